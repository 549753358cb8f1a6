"""The shipped baselines: which nights they are for, and that the recorded editions pass and spoiled ones do not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import GATES, run_gates
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action
from aggregator.model import Sha256, Snapshot, Source
from aggregator.pipeline.abilities import load_abilities
from aggregator.pipeline.last_good import sample_digests
from aggregator.pipeline.read import Baseline, read_source
from aggregator.pipeline.references import find_reference, load_references, with_references
from aggregator.pipeline.results import FetchResult
from aggregator.sources import BUILT_IN, SAMPLE
from aggregator.store.files import sha256_hex
from aggregator.store.generations import Home
from aggregator.store.snapshots import SnapshotStore, edition_digest
from tests.support.samples import SOURCES, files, parsed
from tools.write_gate_references import read_recorded

TONIGHT = datetime(2026, 11, 25, 3, 17, tzinfo=UTC)
V2, AIDER = (next(source for source in SOURCES if source.id == name) for name in ("open_llm_v2", "aider_polyglot"))
BASELINE_GATES = [name for name in GATES if name.startswith("baseline_")]


def fetch(source: Source, folder: Path, store: SnapshotStore, extra: bytes = b"") -> FetchResult:
    """Return the files of a mirror as fetched tonight; `extra` is added to the end of each."""
    contents = {name: content + extra for name, content in files(source, folder).items()}
    return FetchResult(source, tuple(snapshot(source, name, content, store) for name, content in contents.items()))


def snapshot(source: Source, name: str, content: bytes, store: SnapshotStore) -> Snapshot:
    digest = Sha256(sha256_hex(content))
    return store.keep(Snapshot(source.id, name, f"mirror:{name}", digest, len(content), TONIGHT, content=content))


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path)


def baseline(**given: object) -> Baseline:
    return Baseline(TONIGHT.date(), sample=sample_digests(), **given)  # type: ignore[arg-type] # several types


def test_every_board_of_the_default_selection_has_a_baseline_with_a_sample_of_its_scores() -> None:
    references = load_references()
    assert set(references) == {source.id for source in BUILT_IN if source.is_on}
    for source, reference in references.items():
        assert reference.anchors["key"].n_unique() <= 200, source
        assert reference.names.height == reference.names["key"].n_unique(), source
        assert reference.day <= TONIGHT.date(), source
        assert reference.anchors.join(reference.names, on="key", how="anti").is_empty(), source


def test_a_night_with_a_file_of_the_bundled_sample_has_no_baselines(store: SnapshotStore) -> None:
    changed, unchanged = fetch(AIDER, SAMPLE, store, b"\n"), fetch(V2, SAMPLE, store)
    assert with_references(baseline(), [changed, unchanged]).references == {}
    assert set(with_references(baseline(), [changed]).references) == set(load_references())


def test_a_file_that_the_sample_has_whole_does_not_make_a_night_of_the_sample(store: SnapshotStore) -> None:
    whole = fetch(AIDER, SAMPLE, store)
    assert with_references(baseline(), [whole]).references
    assert find_reference(AIDER.id, whole.snapshots, sample_digests()) is not None
    assert find_reference(V2.id, fetch(V2, SAMPLE, store).snapshots, sample_digests()) is None


def test_baselines_are_not_loaded_when_every_source_has_a_last_good_edition(store: SnapshotStore) -> None:
    tonight = fetch(AIDER, SAMPLE, store, b"\n")
    assert with_references(baseline(snapshots={AIDER.id: tonight.snapshots}), [tonight]).references == {}


def test_a_spoiled_first_edition_is_refused_and_passes_once_a_person_accepts_it(store: SnapshotStore) -> None:
    (name, content), *_ = files(AIDER, SAMPLE).items()
    spoiled = content.replace(b"pass_rate_2: 8", b"pass_rate_2: 4")
    assert spoiled != content
    fetched = FetchResult(AIDER, (snapshot(AIDER, name, spoiled, store),))
    night = with_references(baseline(), [fetched])
    result = read_source(fetched, store, night)
    assert (result.status, result.cause, result.parsed) == ("refused", "gate", None)
    assert result.message is not None
    assert "the shipped baseline of" in result.message
    accepted = replace(night, accepted=frozenset({(AIDER.id, edition_digest(fetched.snapshots))}))
    assert read_source(fetched, store, accepted).status == "fresh"


def test_there_are_no_abilities_without_a_generation() -> None:
    assert load_abilities(None) == {}


def test_a_leaderboard_of_the_sample_alone_has_abilities_of_models_on_two_boards(sample_home: Path) -> None:
    found = load_abilities(Home(sample_home).current)
    assert {"open_llm_v2", "livebench"} <= set(found)
    assert set(found["livebench"]["raw_name"]) <= set(
        parsed(next(s for s in SOURCES if s.id == "livebench")).entries["raw_name"]
    )
    assert found["livebench"].columns == ["raw_name", "ability"]
    assert found["livebench"]["ability"].is_finite().all()


@pytest.mark.recordings
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_the_recorded_editions_pass_as_first_ones_and_spoiled_ones_do_not(source: Source, recordings: Path) -> None:
    found = read_recorded(source, recordings)
    assert found is not None

    def closed(scores: pl.DataFrame) -> list[str]:
        now = replace(found, scores=scores)
        first = Candidate(source, now, compute_statistics(now), TONIGHT.date(), reference=load_references()[source.id])
        return [one.reason for one in run_gates(first, BASELINE_GATES) if one.action is not Action.NOTE]

    assert closed(found.scores.reverse()) == []
    benchmark = found.scores["benchmark"].value_counts().sort("count", "benchmark")["benchmark"][-1]
    spoiled = pl.when(pl.col("benchmark") == benchmark).then(0.8 * pl.col("score")).otherwise("score")
    assert closed(found.scores.with_columns(score=spoiled)) != []
    lost = found.scores["raw_name"].unique().sort().gather_every(12)
    assert closed(found.scores.filter(~pl.col("raw_name").is_in(lost.implode()))) != []
