"""`metaboard review` from the list to the refreshes after it: every verb acts, holds, and can be taken back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from aggregator.sources import SAMPLE
from metaboard.exit_codes import Exit
from tests.support.board_files import edit_parquet
from tests.support.command_line import Metaboard

REASON = ("--reason", "the card of the model states it")
ACCEPTED, REJECTED, SPLIT, MERGED, POSTPONED = "Zx-9-Plus", "Zx-8 Large", "Zx-7-Max", "Zx-6", "Zx-5-Pro"
NEW_NAMES = (
    *(ACCEPTED, "zx-9-plus-0111", REJECTED, "zx-8-large", SPLIT, "zx 7 max", MERGED, "Zx-6-0222", POSTPONED),
    "Zx-5-Pro-0331",
)
REPOSITORY = "zx-lab/Zx-9-Plus-Instruct"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a copy of the sample in which some Arena models have the NEW_NAMES of one publisher."""
    folder = tmp_path / "mirror"
    shutil.copytree(SAMPLE, folder)
    latest = pl.read_parquet(next(folder.glob("datasets/lmarena-ai/*/text/latest*")))
    old_names = latest["model_name"].unique().sort()[: len(NEW_NAMES)].to_list()
    is_new = pl.col("model_name").is_in(old_names)
    edit_arena(
        folder,
        lambda frame: frame.with_columns(
            organization=pl.when(is_new).then(pl.lit("Zx Lab")).otherwise("organization"),
            license=pl.when(is_new).then(pl.lit("Proprietary")).otherwise("license"),
            model_name=pl.col("model_name").replace(dict(zip(old_names, NEW_NAMES, strict=True))),
        ),
    )
    return folder


def edit_arena(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    for file in folder.glob("datasets/lmarena-ai/*/*/*.parquet"):
        file.write_bytes(edit_parquet(file.read_bytes(), change))


def without_facts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the Arena rows as on a night on which facts of new names are missing or spelled otherwise."""
    is_new = pl.col("model_name").is_in(list(NEW_NAMES))
    return frame.with_columns(
        organization=pl.when(is_new).then(pl.lit("ZX lab.")).otherwise("organization"),
        license=pl.when(pl.col("model_name") == ACCEPTED).then(None).otherwise("license"),
    )


def test_every_decision_acts_from_the_next_refresh_on_and_holds(
    metaboard: Metaboard, mirror: Path, tmp_path: Path
) -> None:
    home, aliases = tmp_path / "home", tmp_path / "aliases.toml"
    files = ("--home", home, "--aliases", aliases)

    def refresh() -> dict[str, str]:
        assert metaboard("refresh", "--direct", "--mirror", mirror, *files).code == Exit.DONE
        sql = "select distinct raw_name, model_id from aliases where lower(raw_name) like 'zx%'"
        found = metaboard("sql", sql, "--json", "--home", home).rows
        assert len(found) == len(NEW_NAMES)
        return {str(row["raw_name"]): str(row["model_id"]) for row in found}

    def listed(*options: str) -> set[object]:
        return {row["raw_name"] for row in metaboard("review", *options, "-n", "500", "--json", *files).rows}

    aliases.write_text("# mine\n", encoding="utf-8")
    before = refresh()
    assert before[REJECTED] == before["zx-8-large"]
    assert before[SPLIT] == before["zx 7 max"]
    assert {ACCEPTED, MERGED, POSTPONED} <= listed()

    decisions = [
        ("accept", ACCEPTED, REPOSITORY),
        ("reject", "zx-9-plus-0111", REPOSITORY),
        ("split", SPLIT, "zxlab/zx-7-max-build-2", "--from", "zx 7 max"),
        ("split", REJECTED, "zxlab/zx-8-other"),
        ("merge", before["Zx-6-0222"], before[MERGED]),
        ("postpone", POSTPONED),
    ]
    own = metaboard("review", "reject", REJECTED, before[REJECTED], *REASON, *files)
    assert own.code == Exit.USAGE
    assert "review split" in own.err
    for decision in decisions:
        written = metaboard("review", *decision, *REASON, "--json", *files)
        assert written.code == Exit.DONE, written
    open_now = listed()
    assert open_now.isdisjoint({ACCEPTED, SPLIT, REJECTED, MERGED, "Zx-6-0222", POSTPONED})
    assert POSTPONED in listed("--all")

    after = refresh()
    expected = before | {
        ACCEPTED: REPOSITORY,
        SPLIT: "zxlab/zx-7-max-build-2",
        REJECTED: "zxlab/zx-8-other",
        MERGED: before["Zx-6-0222"],
    }
    assert after == expected
    assert listed() == open_now
    moves = metaboard("sql", "from model_moves", "--json", "--home", home).rows
    assert {(row["old_id"], row["new_id"]) for row in moves} >= {(before[MERGED], before["Zx-6-0222"])}

    edit_arena(mirror, without_facts)
    assert refresh() == expected
    assert listed() == open_now

    for name in (ACCEPTED, SPLIT, REJECTED, before[MERGED], POSTPONED, "zx-9-plus-0111"):
        assert metaboard("review", "undo", name, *files).code == Exit.DONE
    assert aliases.read_text(encoding="utf-8").strip() == "# mine"
    assert refresh() == before
    assert {ACCEPTED, MERGED, POSTPONED} <= listed()


def test_a_decision_that_cannot_act_is_refused_and_the_file_stays(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    aliases = tmp_path / "aliases.toml"
    options = (*REASON, "--aliases", aliases, "--home", sample_home)
    model = "Qwen/Qwen2.5-72B-Instruct"
    for arguments, text in (
        (("accept", "no such name", model), "no leaderboard uses the name"),
        (("accept", "qwen2.5-72b-instruct", "72b"), "is not the id or the name of a model"),
        (("reject", model, model), "has its id from the name"),
        (("merge", model, "nobody/nothing-7b"), "no leaderboard has the model"),
        (("merge", model, model), "back to itself"),
        (("split", "qwen2.5-72b-instruct"), "is taken"),
        (("undo", "qwen2.5-72b-instruct"), "is about"),
    ):
        refused = metaboard("review", *arguments, *options)
        assert refused.code in {Exit.USAGE, Exit.FAILED}, arguments
        assert text in refused.err, (arguments, refused.err)
        assert not aliases.exists()


def test_a_decision_reports_what_it_changes_and_what_it_replaces(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    aliases = tmp_path / "aliases.toml"
    options = (*REASON, "--aliases", aliases, "--home", sample_home)
    name = "qwen2.5-72b-instruct"
    first = metaboard("review", "accept", name, "some-lab/never-seen-7b", *options)
    assert "no leaderboard has some-lab/never-seen-7b" in first.err
    assert "Qwen/Qwen2.5-72B-Instruct becomes some-lab/never-seen-7b" in first.err
    second = metaboard("review", "accept", name.upper(), "some-lab/another-7b", "--json", *options).fields
    assert str(second["name"]).lower() == name
    assert "never-seen-7b" in str(second["replaced"])
    assert "never-seen" not in aliases.read_text(encoding="utf-8")
    assert "'new_id': 'some-lab/another-7b'" in str(second["changes"])
