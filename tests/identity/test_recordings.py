"""Identity on the recorded boards: the promised quality, and no name is lost."""

import os
import time
from pathlib import Path

import polars as pl
import pytest

from aggregator.identity import Resolution, evaluate, load_rules, resolve
from tests.support.names import recorded_names, rules_without_aliases

pytestmark = pytest.mark.recordings
MTEB = "^(?:mteb|rteb)"


@pytest.fixture(scope="module")
def all_names(recordings: Path) -> pl.DataFrame:
    return recorded_names(recordings)


@pytest.fixture(scope="module")
def resolution(all_names: pl.DataFrame) -> Resolution:
    return resolve(all_names)


@pytest.fixture(scope="module")
def gold(recordings: Path) -> Path:
    path = recordings.parent / "gold" / "identity_dev.tsv"
    if not path.is_file():
        assert os.environ.get("CI") != "true", f"no labels at {path}"
        pytest.skip(f"no labels at {path}")
    return path


def figure(quality: pl.DataFrame, measure: str, part: str) -> float:
    row = quality.filter(pl.col("measure") == measure, pl.col("part") == part, pl.col("class") == "all")
    return float(row["value"].item())


@pytest.mark.parametrize("part", ["tune", "check", "all"])
def test_links_and_clusters_reach_the_promised_quality(resolution: Resolution, gold: Path, part: str) -> None:
    quality = evaluate(resolution.aliases, gold)
    assert figure(quality, "link_precision", part) >= 0.995
    assert figure(quality, "link_recall", part) >= 0.97
    assert figure(quality, "pair_precision", part) >= 0.995
    assert figure(quality, "pair_recall", part) >= 0.97


@pytest.mark.parametrize("part", ["tune", "check"])
def test_match_rules_without_aliases_make_no_false_link(all_names: pl.DataFrame, gold: Path, part: str) -> None:
    quality = evaluate(resolve(all_names, rules_without_aliases()).aliases, gold)
    assert figure(quality, "link_precision", part) == 1.0
    assert figure(quality, "link_recall", part) >= 0.8
    assert figure(quality, "pair_precision", part) == 1.0
    assert figure(quality, "pair_recall", part) >= 0.85


def test_every_name_has_exactly_one_model(all_names: pl.DataFrame, resolution: Resolution) -> None:
    assert resolution.aliases.select("source", "raw_name").equals(all_names.select("source", "raw_name"))
    assert resolution.aliases.null_count().sum_horizontal().item() == 0
    assert set(resolution.models["model_id"]) == set(resolution.aliases["model_id"])
    assert resolution.models["model_id"].is_unique().all()
    assert resolution.models["model_id"].str.to_lowercase().is_unique().all()
    always = resolution.models.select("model_id", "name", "organization", "family", "release_id")
    assert always.null_count().sum_horizontal().item() == 0
    assert resolution.models.height >= 10_500


def test_no_recorded_name_is_quarantined(resolution: Resolution) -> None:
    assert resolution.quarantined.is_empty()


def test_all_names_with_one_hub_id_are_one_model(all_names: pl.DataFrame, resolution: Resolution) -> None:
    ids = all_names.with_columns(model_id=resolution.aliases["model_id"]).drop_nulls("hf_id")
    bare_id = pl.col("hf_id").str.replace(r" \(.*\)$", "").str.to_lowercase()
    assert ids.group_by(bare_id).agg(pl.col("model_id").n_unique())["model_id"].max() == 1


def test_no_two_organizations_share_a_model_without_a_curated_rename(
    all_names: pl.DataFrame, resolution: Resolution
) -> None:
    spaces = all_names.with_columns(model_id=resolution.aliases["model_id"]).drop_nulls("hf_id")
    shared = spaces.group_by("model_id").agg(
        space=pl.col("hf_id").str.to_lowercase().str.extract(r"^([^/]+)/").unique()
    )
    shared = shared.filter(pl.col("space").list.drop_nulls().list.len() > 1)
    rules = load_rules()
    renamed = {frozenset((r.old.lower(), r.new.lower())) for r in rules.renamed}
    moved = {
        frozenset((n.partition("/")[0].lower(), a.model.partition("/")[0].lower()))
        for a in rules.moved
        for n in a.names
    }
    assert all(frozenset(space) in renamed | moved for space in shared["space"].to_list())
    assert shared.height <= 6


def test_ids_with_one_tail_of_several_organizations_are_different_models(
    all_names: pl.DataFrame, resolution: Resolution
) -> None:
    placed = all_names.with_columns(model_id=resolution.aliases["model_id"]).drop_nulls("hf_id")
    hub = pl.col("hf_id").str.replace(r" \(.*\)$", "").str.to_lowercase()
    ids = placed.select("model_id", hub=hub).unique().with_columns(tail=pl.col("hub").str.extract(r"/(.*)$"))
    shared = ids.group_by("tail").agg(pl.col("model_id").n_unique(), pl.col("hub")).filter(pl.col("hub").list.len() > 1)
    assert shared.height >= 100
    rules = load_rules()
    moved = {name.lower() for alias in rules.moved for name in alias.names}
    old = tuple(f"{renamed.old.lower()}/" for renamed in rules.renamed)
    joined = shared.filter(pl.col("model_id") < pl.col("hub").list.len())["hub"].to_list()
    assert all(any(name in moved or name.startswith(old) for name in names) for names in joined)
    assert len(joined) <= 5


def test_embedding_models_belong_to_families_of_other_boards(resolution: Resolution) -> None:
    family = dict(resolution.models.select("model_id", "family").iter_rows())
    aliases = resolution.aliases
    embedding = set(aliases.filter(pl.col("source").str.contains(MTEB))["model_id"])
    others = set(aliases.filter(~pl.col("source").str.contains(MTEB))["model_id"])
    elsewhere = {family[model] for model in others}
    assert len(embedding & others) >= 6
    assert sum(family[model] in elsewhere for model in embedding) >= 50


def test_identity_takes_less_than_three_cpu_seconds(all_names: pl.DataFrame) -> None:
    started = time.process_time()
    resolve(all_names)
    assert time.process_time() - started < 3.0
