"""`metaboard predict` and `metaboard estimates --board`, on the bundled sample."""

from pathlib import Path

import duckdb
import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard

MODEL = "Qwen/Qwen2.5-72B-Instruct"


def query(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "current" / "metaboard.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_each_benchmark_of_the_rank_is_measured_predicted_or_refused(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("predict", MODEL, "--json", "--home", sample_home).rows
    names = ("measured", "self-reported", "predicted", "no prediction")
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in names}
    assert all(kinds[kind] for kind in ("measured", "predicted", "no prediction"))
    assert sum(map(len, kinds.values())) == len(rows)
    known = {row["benchmark"]: row["score"] for kind in names[:2] for row in kinds[kind]}
    stored = query(sample_home, f"select benchmark, avg(score) from scores where model_id = '{MODEL}' group by 1")
    assert known.items() <= {row[0]: row[1] for row in stored}.items()
    for row in kinds["predicted"]:
        assert row["score"] is None
        assert float(str(row["low"])) <= float(str(row["predicted"])) <= float(str(row["high"]))
    assert all(row["reason"] for row in kinds["no prediction"])
    table = query(sample_home, f"select benchmark, predicted from predictions where model_id = '{MODEL}'")
    predicted = {row["benchmark"]: row["predicted"] for row in kinds["predicted"]}
    assert table
    assert {row[0]: row[1] for row in table}.items() <= predicted.items()


def test_the_printed_lines_say_what_is_predicted_and_why_not(metaboard: Metaboard, sample_home: Path) -> None:
    printed = metaboard("predict", MODEL, "--home", sample_home)
    assert printed.code == Exit.DONE
    assert "predicted" in printed.out
    assert "measured" in printed.out
    assert "No prediction of hub_benchmarks/" in printed.err
    assert "A prediction is no measurement." in printed.err


def test_a_benchmark_can_be_given_by_id_name_or_beginning(metaboard: Metaboard, sample_home: Path) -> None:
    for text in ("open_llm_v1/arc", "OPEN_LLM_V1/ARC"):
        rows = metaboard("predict", MODEL, text, "--json", "--home", sample_home).rows
        assert [row["benchmark"] for row in rows] == ["open_llm_v1/arc"]
        assert rows[0]["model_id"] == MODEL
    whole = metaboard("predict", MODEL, "open_llm_v1", "arena_hard", "--json", "--home", sample_home).rows
    assert {str(row["benchmark"]).partition("/")[0] for row in whole} == {"open_llm_v1", "arena_hard"}
    wrong = metaboard("predict", MODEL, "nosuch", "--home", sample_home)
    assert wrong.code == Exit.USAGE
    assert "'nosuch'" in wrong.err


def test_a_model_outside_the_table_is_predicted_when_asked_or_refused_with_the_reason(
    metaboard: Metaboard, sample_home: Path
) -> None:
    alone = query(
        sample_home,
        """
        select model_id from leaderboard where track = 'llm' and rank is not null and model_id in (
            select s.model_id from scores as s inner join sources as o using (source) where o.in_rank
            group by s.model_id having count(distinct s.source) = 1 and any_value(s.source) = 'open_llm_v2'
        ) order by rank limit 1
        """,
    )
    model = str(alone[0][0])
    assert query(sample_home, f"select count(*) from predictions where model_id = '{model}'") == [(0,)]
    rows = metaboard("predict", model, "open_llm_v1", "arena_hard", "--json", "--home", sample_home).rows
    assert rows
    assert all((row["predicted"] is None) == (row["reason"] is not None) for row in rows)
    outside = metaboard(
        "predict", MODEL, "arena_text/german", "mteb_eng_v2/BIOSSES", "--json", "--home", sample_home
    ).rows
    reasons = {str(row["reason"]) for row in outside if row["kind"] == "no prediction"}
    assert reasons <= {"the combined rank has no measured score of the benchmark"}


def test_the_table_has_missing_cells_only_and_its_error_is_measured(sample_home: Path) -> None:
    both = query(sample_home, "select count(*) from predictions as p semi join scores as s using (model_id, benchmark)")
    assert both == [(0,)]
    boards = query(sample_home, "select board from predictions except select source from sources where in_rank")
    assert boards == []
    unmeasured = query(sample_home, "select benchmark from predictions except select benchmark from prediction_quality")
    assert unmeasured == []
    cells, coverage = query(
        sample_home, "select sum(n_cells), sum(n_cells * coverage_90) / sum(n_cells) from prediction_quality"
    )[0]
    assert int(str(cells)) > 1000
    assert 0.87 <= float(str(coverage)) <= 0.95


def test_estimates_of_another_board_are_its_predicted_overall_scores(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("estimates", "--board", "arena_hard", "-n", 1000, "--json", "--home", sample_home).rows
    expected = query(sample_home, "select count(*) from predictions where benchmark = 'arena_hard/arena_hard'")
    assert [(len(rows),)] == expected
    scores = [float(str(row["estimate"])) for row in rows]
    assert scores == sorted(scores, reverse=True)
    errors = metaboard("estimates", "--board", "vectara", "--json", "--home", sample_home).rows
    rates = [float(str(row["estimate"])) for row in errors]
    assert rates == sorted(rates)
    printed = metaboard("estimates", "--board", "livebench", "--home", sample_home)
    assert "predicted livebench/(overall)" in printed.out
    assert "cross-validation" in printed.err


@pytest.mark.parametrize(
    ("board", "message"),
    [("nowhere", "no leaderboard of language models"), ("epoch_runs", "no overall score of epoch_runs")],
)
def test_a_board_without_a_predicted_overall_score_is_wrong_usage(
    metaboard: Metaboard, sample_home: Path, board: str, message: str
) -> None:
    found = metaboard("estimates", "--board", board, "--home", sample_home)
    assert found.code == Exit.USAGE
    assert message in found.err
