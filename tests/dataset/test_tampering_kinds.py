"""Editions that were changed and then given right checksums again: `verify` and `pull` refuse every kind, in one sentence each."""

import re
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aggregator.dataset import checksums
from aggregator.errors import StorageError
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import pull
from aggregator.store.generations import Home
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.tampering import (
    Damage,
    change_parquet,
    export_again,
    in_both,
    repair_checksums,
    run_sql,
    write_documents_again,
)

FIRST = "(select model_id from leaderboard where rank is not null order by track, rank limit 1)"
PLACED = "(select model_id from standings where source = 'arena_text_style_control' order by rank limit 1)"


@pytest.fixture(scope="module")
def sound(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dataset of the sample as it is published by default, without some sources; tests must not change it."""
    place = tmp_path_factory.mktemp("sound") / "out"
    publish(sample_home, str(place), log=lambda _: None)
    return place


@pytest.fixture
def edition(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "edition")


def score_in_both(edition: Path) -> None:
    in_both(edition, f"update leaderboard set arena_rating = arena_rating + 50 where model_id = {PLACED}")
    write_documents_again(edition)


def score_in_two_tables(edition: Path) -> None:
    """Move the last model of a board to the top of `standings` and `leaderboard`, with all documents written again."""
    last = "(select model_id from standings where source = 'aider_polyglot' order by score, model_id limit 1)"
    with duckdb.connect(str(edition / "metaboard.duckdb")) as connection:
        column = connection.execute("select score_column from sources where source = 'aider_polyglot'").fetchall()[0][0]
    run_sql(
        edition,
        f"update leaderboard set {column} = 99.5 where model_id = {last}",
        f"update standings set score = 99.5 where source = 'aider_polyglot' and model_id = {last}",
    )
    export_again(edition, "standings", "leaderboard")
    write_documents_again(edition)


def rank_in_both(edition: Path) -> None:
    run_sql(edition, "update leaderboard set rank = 3, rank_low = 1 where rank = 1")
    export_again(edition, "leaderboard")
    write_documents_again(edition)


def row_added(edition: Path) -> None:
    in_both(
        edition,
        "insert into scores select * replace ('open_llm_v2' as source, 'open_llm_v2/ifeval' as benchmark) from scores limit 1",
        "scores",
    )
    write_documents_again(edition)


def withheld_column(edition: Path) -> None:
    in_both(edition, f"update leaderboard set open_llm_v2_score = 41.5 where model_id = {FIRST}")
    write_documents_again(edition)


def html_in_the_card(edition: Path) -> None:
    page = edition / "README.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n<script>alert(1)</script>\n", encoding="utf-8")


def html_of_another_version(edition: Path) -> None:
    html_in_the_card(edition)
    repair_checksums(edition, documents="0" * 64)


def csv_differs(edition: Path) -> None:
    page = edition / "csv" / "leaderboard.csv"
    lines = page.read_bytes().split(b"\r\n")
    page.write_bytes(b"\r\n".join([lines[0], lines[2], lines[1], *lines[3:]]))


def macro_of_another_version(edition: Path) -> None:
    run_sql(edition, "create or replace macro places(ids) as table select * from read_text('/etc/hostname')")
    repair_checksums(edition, sql="0" * 64)


def schema_99(edition: Path) -> None:
    repair_checksums(edition, schema_version="99.0.0")


def ids_changed(edition: Path) -> None:
    run_sql(
        edition, "update model_ids set model_id = 'evil/model' where raw_name = (select min(raw_name) from model_ids)"
    )
    export_again(edition, "model_ids")
    write_documents_again(edition)


KINDS: dict[str, tuple[Damage, str]] = {
    "a score in the DuckDB file": (
        lambda e: run_sql(e, f"update leaderboard set arena_rating = 1.5 where model_id = {PLACED}"),
        r"table `leaderboard`, row \d+ \(model_id = .*\), column `arena_rating`: 1\.5 in the DuckDB file, .* in the Parquet",
    ),
    "a score in the Parquet file": (
        lambda e: change_parquet(e, "standings", lambda f: f.with_columns(score=pl.col("score") + 1e-9)),
        r"table `standings`, row 1 \(.*\), column `score`: ",
    ),
    "a score in both": (score_in_both, r"column `arena_rating`: .*, but `standings` has"),
    "a score in all tables that repeat it": (score_in_two_tables, r"is not that of its score"),
    "ranks exchanged in both": (rank_in_both, r"breaks the rule|the rank 3 is not that of its ability"),
    "a row removed from one": (
        lambda e: change_parquet(e, "aliases", lambda f: f.head(-1)),
        r"table `aliases`: after \d+ rows, only the DuckDB file has more",
    ),
    "a row removed from both": (
        lambda e: in_both(e, f"delete from leaderboard where model_id = {PLACED}"),
        r"csv/leaderboard\.csv differs|standings",
    ),
    "a row of a withheld source": (row_added, r"table `scores` has 1 rows of a withheld source"),
    "a value of a withheld source": (
        withheld_column,
        r"has values in `open_llm_v2_score`, a column of a withheld source",
    ),
    "a column renamed": (
        lambda e: in_both(e, "alter table releases rename column ability to skill", "releases"),
        r"releases\.ability differs from manifest\.json",
    ),
    "a table added": (
        lambda e: run_sql(e, "create table extra as select 1 as x"),
        r"table `extra` has no file",
    ),
    "a macro that reads a file": (
        lambda e: run_sql(e, "create or replace macro places(ids) as table select * from read_text('/etc/hostname')"),
        r"the macro `places` would use read_text, which is outside the file",
    ),
    "such a macro in an edition of another version": (macro_of_another_version, r"`places` would use read_text"),
    "a macro that lies": (
        lambda e: run_sql(e, "create or replace macro normal_cdf(x) as 0.5"),
        r"the macro `normal_cdf` has other SQL than this version of metaboard defines",
    ),
    "a macro added": (
        lambda e: run_sql(e, "create macro helper(x) as x + 1"),
        r"the macro `helper`, which is not in sql/",
    ),
    "a view": (lambda e: run_sql(e, "create view best as from leaderboard"), r"the view `best`, which no build makes"),
    "a comment": (
        lambda e: run_sql(e, "comment on column leaderboard.rank is 'paid place'"),
        r"the comment of `leaderboard\.rank` differs from sql/",
    ),
    "the content hash": (
        lambda e: repair_checksums(e, content_hash="0" * 64),
        r"`content_hash` in manifest\.json is not the hash",
    ),
    "a newer schema": (schema_99, r"schema 99\.0\.0, newer than .*: update metaboard"),
    "a time in the future": (
        lambda e: repair_checksums(e, created_at="2099-01-01T00:00:00+00:00"),
        r"dated 2099-01-01 00:00 UTC, in the future: this clock shows",
    ),
    "a file that is not listed": (
        lambda e: (e / "data" / "more.txt").write_text("x"),
        r"more\.txt is not in the manifest",
    ),
    "a CSV file": (csv_differs, r"csv/leaderboard\.csv differs from the tables in line 2"),
    "a script in the card": (html_in_the_card, r"README\.md differs from the tables in line"),
    "a script in the card of another version": (html_of_another_version, r"README\.md holds HTML or a script: '<s'"),
    "a document that is no JSON": (
        lambda e: (e / "croissant.json").write_text("{"),
        r"croissant\.json is not a JSON object",
    ),
    "the registry of published ids": (ids_changed, r"with another id than `model_ids`"),
    "a file that is no database": (
        lambda e: (e / "metaboard.duckdb").write_bytes(b"SQLite format 3\0" * 1000),
        r"metaboard\.duckdb is not a DuckDB file",
    ),
    "a damaged database": (
        lambda e: (e / "metaboard.duckdb").write_bytes((e / "metaboard.duckdb").read_bytes()[:20_000]),
        r"metaboard\.duckdb: |cannot be read",
    ),
    "a damaged Parquet file": (
        lambda e: (e / "data/models/models.parquet").write_bytes(b"PAR1" + b"\xff" * 400 + b"PAR1"),
        r"PAR1|Parquet|cannot be read|[Tt]hrift|footer",
    ),
}
REPAIRED = {"the content hash", "a newer schema", "a time in the future", "a script in the card of another version"} | {
    "such a macro in an edition of another version"
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_tampered_edition_is_refused_by_verify_and_by_pull(kind: str, edition: Path, tmp_path: Path) -> None:
    damage, sentence = KINDS[kind]
    damage(edition)
    if kind not in REPAIRED:
        repair_checksums(edition)
    found = checksums.find_problems(edition)
    assert any(re.search(sentence, problem) for problem in found), found
    assert all("\n" not in problem for problem in found)
    if kind == "a file that is not listed":
        return  # `pull` copies listed files only.
    with pytest.raises(StorageError, match="is refused: "):
        pull(tmp_path / "here", str(edition))
    assert Home(tmp_path / "here").current is None


def test_the_untouched_edition_is_sound_and_can_be_pulled(
    metaboard: Metaboard, sound: Path, sample_home: Path, tmp_path: Path
) -> None:
    verified = checksums.verify_dataset(sound)
    assert (verified.problems, verified.notes, verified.signed_by) == ([], [], None)
    assert metaboard("pull", "--from", sound, "--home", tmp_path / "here").code == 0
    for home in (tmp_path / "here", sample_home):
        assert metaboard("verify", "--home", home, "--json").fields["problems"] == []


def test_a_generation_whose_copies_differ_is_refused(metaboard: Metaboard, sample_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    (home / "ledger.jsonl").unlink()
    generation = (home / "current").resolve()
    run_sql(generation, f"update leaderboard set rank = 7 where model_id = {FIRST}")
    repair_checksums(generation)
    (generation / "SHA256SUMS").unlink()
    result = metaboard("verify", "--home", home, "--json")
    assert result.code == Exit.REFUSED
    assert "column `rank`: 7 in the DuckDB file, 1 in the Parquet file" in str(result.fields["problems"])
