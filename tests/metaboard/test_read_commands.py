"""Query commands on the bundled sample: tables, JSON, CSV and errors."""

import csv
import io
from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.homes.query import WITH_SETTINGS, write_tiny_file


def test_top_drops_columns_that_do_not_fit_into_eighty_characters(metaboard: Metaboard, sample_home: Path) -> None:
    wide, narrow = (metaboard("top", "-n", 3, "--home", sample_home, columns=width) for width in (200, 80))
    assert "organization" in wide.out
    assert "organization" not in narrow.out
    assert all(header in narrow.out for header in ("rank", "release", "LiveBench"))


def test_top_as_json_has_numeric_ranks_in_order(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("top", "-n", 15, "--json", "--home", sample_home)
    ranks = [row["rank"] for row in result.rows]
    assert len(ranks) == 15
    assert all(isinstance(rank, int) for rank in ranks)
    assert ranks == sorted(ranks, key=lambda rank: rank if isinstance(rank, int) else 0)
    assert {"model_id", "name", "track", "boards", "arena_rating_low", "params_b"} <= result.rows[0].keys()


def test_all_filters_of_top_apply_together(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard(
        "top",
        "-n",
        50,
        "--open-weights",
        "--max-params",
        15,
        "--min-params",
        2,
        "--license",
        "apache",
        "--json",
        "--home",
        sample_home,
    ).rows
    assert rows
    for row in rows:
        assert row["open_weights"] is True
        assert isinstance(row["params_b"], float)
        assert 2 <= row["params_b"] <= 15
        assert "apache" in str(row["license"]).lower()


def test_pretrained_is_short_for_kind_pretrained(metaboard: Metaboard, sample_home: Path) -> None:
    short = metaboard("top", "--pretrained", "--json", "--home", sample_home).rows
    assert {row["kind"] for row in short} == {"pretrained"}
    assert short == metaboard("top", "--kind", "pretrained", "--json", "--home", sample_home).rows


def test_flagged_models_are_listed_only_on_request(metaboard: Metaboard, sample_home: Path) -> None:
    without, included = (
        metaboard("top", "-n", 999, *options, "--json", "--home", sample_home).rows
        for options in ([], ["--include-flagged"])
    )
    assert not any(row["flagged"] for row in without)
    assert any(row["flagged"] for row in included)


def test_an_embedding_list_has_the_columns_of_embedding_boards(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("top", "--track", "embedding", "--home", sample_home)
    assert "MTEB" in result.out
    assert "Arena" not in result.out


def test_ranks_are_printed_with_their_intervals_and_the_evidence_in_words(metaboard: Metaboard, tmp_path: Path) -> None:
    result = metaboard("top", "--include-flagged", "--home", write_tiny_file(tmp_path), columns=200)
    assert "2 (1–3)" in result.out
    assert "One, Two · 6 benchmarks · 2026-11" in result.out
    assert "overall" not in result.out
    assert "match" not in result.err


def test_a_filter_gives_places_among_the_rows_that_match_beside_the_overall_rank(
    metaboard: Metaboard, tmp_path: Path
) -> None:
    home = write_tiny_file(tmp_path, WITH_SETTINGS)
    options = ("top", "--kind", "chat", "--home", home)
    result = metaboard(*options, columns=200)
    title = result.out.splitlines()[0]
    assert title.split()[:3] == ["place", "overall", "release"]
    lines = [line.split()[:3] for line in result.out.splitlines() if "First" in line or "Last" in line]
    assert lines == [["1", "(1–1)", "1"], ["2", "(2–2)", "3"]]
    assert (
        "2 releases match; place counted among them, with its 90 % interval; overall = place in the whole" in result.err
    )
    rows = metaboard(*options, "--json").rows
    assert [(row["place"], row["place_low"], row["place_high"], row["rank"], row["of"]) for row in rows] == [
        (1, 1, 1, 1, 2),
        (2, 2, 2, 3, 2),
    ]


def test_a_board_with_a_filter_gives_both_places(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path, WITH_SETTINGS)
    result = metaboard("top", "--board", "board_one", "--kind", "chat", "--home", home, columns=200)
    assert next(line for line in result.out.splitlines() if "Last" in line).split()[:2] == ["2", "5"]
    assert "2 releases match; place counted among them; on the board = place on the whole board." in result.err


def test_a_domain_ranks_by_the_ability_in_it_and_names_what_is_borrowed(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path, WITH_SETTINGS)
    result = metaboard("top", "--domain", "coding", "--home", home, columns=200)
    last = next(line for line in result.out.splitlines() if "Last" in line)
    assert last.split()[:3] == ["1", "(1–9)", "3"]
    assert "960 (930–990)" in last
    assert "partly borrowed" in last
    assert "place by coding counted among them" in result.err
    unknown = metaboard("top", "--domain", "cooking", "--json", "--home", home)
    assert (unknown.code, unknown.fields["error"]) == (Exit.USAGE, "UnknownDomainError")
    assert "coding, math" in str(unknown.fields["hint"])


@pytest.mark.parametrize("columns", [10, 20, 30, 44, 60, 80])
@pytest.mark.parametrize("options", [(), ("--kind", "chat"), ("--domain", "coding"), ("--board", "board_one")])
def test_the_name_is_the_last_column_that_a_narrow_terminal_drops(
    metaboard: Metaboard, tmp_path: Path, columns: int, options: tuple[str, ...]
) -> None:
    out = metaboard("top", *options, "--home", write_tiny_file(tmp_path), columns=columns).out
    assert "First" in out


def test_show_prints_the_rank_in_words(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    shown = metaboard("show", "a/second", "--home", home, columns=200).out
    for sentence in (
        "Rank 2 of 3 releases in track llm, 90 % interval 1–3: better than 50 %.",
        "Clearly better than 7, not told apart from 1, clearly worse than 1",
        "Evidence: 1 leaderboard (One), 3 benchmarks; the newest edition is of 2026-11-01.",
    ):
        assert sentence in shown
    assert "This setting" not in shown
    domains = shown[shown.index("By domain") :]
    line = next(line for line in domains.splitlines() if line.startswith("coding"))
    assert line.split() == ["coding", "2", "(1–9)", "3", "920", "(890–950)", "50", "%", "4", "partly", "borrowed"]
    assert next(line for line in domains.splitlines() if line.startswith("math")).endswith("all borrowed    ")


def test_show_gives_the_rank_of_another_setting_beside_that_of_its_release(
    metaboard: Metaboard, tmp_path: Path
) -> None:
    shown = metaboard("show", "a/second-high", "--home", write_tiny_file(tmp_path, WITH_SETTINGS), columns=200).out
    assert "Rank 2 of 4 releases in track llm, 90 % interval 1–3" in shown
    assert "This setting: Rank 4 of 5 settings in track llm, 90 % interval 3–5" in shown


@pytest.mark.parametrize(
    ("model_id", "reason"),
    [
        ("q/second-gguf", "it is a copy of a/second"),
        ("d/alone", "no ranked leaderboard lists this model today"),
        ("b/third", "a leaderboard flagged it"),
        ("e/last", "it has too few scores, so its ability is extrapolated"),
    ],
)
def test_show_gives_the_reason_for_a_missing_rank(
    metaboard: Metaboard, tmp_path: Path, model_id: str, reason: str
) -> None:
    unranked = "model_id in ('b/third', 'e/last')"
    home = write_tiny_file(
        tmp_path,
        WITH_SETTINGS,
        f"update leaderboard set rank = null, evidence = if(flagged, 'B', 'C') where {unranked}",
        f"update releases set rank = null where {unranked}",
    )
    assert f"No combined rank in track llm: {reason}." in metaboard("show", model_id, "--home", home, columns=200).out


def test_an_empty_list_is_not_an_error(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("top", "--license", "no such licence", "--home", sample_home)
    assert (result.code, result.out) == (0, "")
    assert "No model" in result.err
    assert metaboard("top", "--license", "no such licence", "--json", "--home", sample_home).document == []


def test_show_accepts_any_name_and_prints_everything_as_json(metaboard: Metaboard, sample_home: Path) -> None:
    by_id = metaboard("show", "Qwen/Qwen2.5-72B-Instruct", "--json", "--home", sample_home).fields
    assert by_id == metaboard("show", "QWEN2.5-72b-instruct", "--json", "--home", sample_home).fields
    facts = {"model", "disputed_facts", "boards", "release", "domains", "settings", "scores"}
    assert set(by_id) == facts | {"aliases", "parents", "children", "history"}
    boards = by_id["boards"]
    assert isinstance(boards, list)
    assert {"open_llm_v2", "arena_text_style_control"} <= {board["source"] for board in boards}
    assert boards[0]["published_on"][:2] == "20"


def test_show_prints_boards_scores_names_and_history(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("show", "Qwen/Qwen2.5-72B-Instruct", "--home", sample_home, columns=200)
    for part in (
        "On the leaderboards",
        "Scores: open_llm_v2",
        "mmlu_pro",
        "Names and evidence",
        "hf_id",
        "History",
        "best place",
    ):
        assert part in result.out


def test_an_ambiguous_name_lists_candidates_and_exits_with_two(metaboard: Metaboard, tmp_path: Path) -> None:
    result = metaboard("show", "shared", "--json", "--home", write_tiny_file(tmp_path))
    assert result.code == Exit.USAGE
    assert result.fields["error"] == "AmbiguousModelError"
    candidates = result.fields["candidates"]
    assert isinstance(candidates, list)
    assert [row["model_id"] for row in candidates] == ["a/first", "a/second"]
    assert all(model_id in result.err for model_id in ("a/first", "a/second"))


def test_an_unknown_name_lists_similar_names_and_exits_with_two(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("show", "Qwen2.5-72B-Instructed-by-nobody", "--json", "--home", sample_home)
    assert result.code == Exit.USAGE
    assert result.fields["error"] == "UnknownModelError"
    candidates = result.fields["candidates"]
    assert isinstance(candidates, list)
    assert candidates[0]["model_id"] == "Qwen/Qwen2.5-72B-Instruct"
    assert "Qwen/Qwen2.5-72B-Instruct" in result.err


@pytest.mark.parametrize("command", [["show"], ["compare", "google/gemma-2-9b-it"]])
def test_a_name_that_others_fit_is_taken_for_the_best_one_with_a_message(
    metaboard: Metaboard, sample_home: Path, command: list[str]
) -> None:
    result = metaboard(*command, "llama 3.1 8b instruct gguf", "--json", "--home", sample_home)
    assert result.code == 0
    assert "taken for meta-llama/Llama-3.1-8B-Instruct" in result.err
    assert "meta-llama/Llama-3.1-8B-Instruct" in result.out
    exact = metaboard(*command, "Llama-3.1-8B-Instruct", "--json", "--home", sample_home)
    assert (exact.out, exact.err) == (result.out, "")


def test_find_always_prints_the_ids(metaboard: Metaboard, sample_home: Path) -> None:
    wide = metaboard("find", "qwen2.5 7b", "-n", 3, "--home", sample_home, columns=200)
    narrow = metaboard("find", "qwen2.5 7b", "-n", 3, "--home", sample_home, columns=44)
    assert all("Qwen/Qwen2.5-7B-Instruct" in result.out for result in (wide, narrow))


def test_compare_prints_models_side_by_side(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    result = metaboard("compare", "a/first", "a/second", "--home", home)
    line = next(line for line in result.out.splitlines() if line.startswith("board_one/math"))
    assert line.split() == ["board_one/math", "0.500", "0.600"]
    document = metaboard("compare", "a/first", "a/second", "--json", "--home", home).fields
    assert {"models", "boards", "scores"} <= set(document)
    assert metaboard("compare", "a/first", "--home", home).code == Exit.USAGE


def test_find_lists_all_matching_models_best_first(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("find", "QWEN 72b", "--json", "--home", sample_home).rows
    assert str(rows[0]["model_id"]).startswith("Qwen/Qwen2.5-72B")
    assert all("qwen" in str(row["model_id"]).lower() for row in rows)
    assert [row["mismatch"] for row in rows] == sorted(int(str(row["mismatch"])) for row in rows)
    assert metaboard("find", "no such model", "--json", "--home", sample_home).document == []
    assert metaboard("find", "  ", "--home", sample_home).code == Exit.USAGE


def test_sql_prints_a_table_csv_or_json(metaboard: Metaboard, sample_home: Path) -> None:
    question = "select source, published_on, 0.5 as half, ['a', 'b'] as list from sources where source = 'arena_text'"
    as_json = metaboard("sql", question, "--json", "--home", sample_home).rows
    assert as_json == [
        {"source": "arena_text", "published_on": as_json[0]["published_on"], "half": 0.5, "list": ["a", "b"]}
    ]
    as_csv = list(csv.reader(io.StringIO(metaboard("sql", question, "--csv", "--home", sample_home).out)))
    assert as_csv == [
        ["source", "published_on", "half", "list"],
        ["arena_text", str(as_json[0]["published_on"]), "0.5", '["a", "b"]'],
    ]
    assert "arena_text" in metaboard("sql", question, "--home", sample_home).out
    assert metaboard("sql", question, "--csv", "--json", "--home", sample_home).code == Exit.USAGE


def test_sql_prints_a_thousand_rows_unless_all_are_requested(metaboard: Metaboard, sample_home: Path) -> None:
    first = metaboard("sql", "from range(1001)", "--json", "--home", sample_home)
    assert len(first.rows) == 1000
    assert "--all" in first.err
    assert len(metaboard("sql", "from range(1001)", "--json", "--all", "--home", sample_home).rows) == 1001


def test_wrong_sql_exits_with_two_and_the_message_of_duckdb(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("sql", "select nmae from leaderboard", "--home", sample_home)
    assert result.code == Exit.USAGE
    assert "nmae" in result.err
    assert "Candidate bindings" in result.err
    assert "Traceback" not in result.err


def test_sql_lists_the_columns_that_do_not_fit(metaboard: Metaboard, sample_home: Path) -> None:
    result = metaboard("sql", "select * from leaderboard limit 1", "--home", sample_home)
    assert "Columns that do not fit" in result.err
    assert "merged" in result.err


def test_sources_have_licence_age_and_rows(metaboard: Metaboard, sample_home: Path) -> None:
    rows = {row["source"]: row for row in metaboard("sources", "--json", "--home", sample_home).rows}
    arena = rows["arena_text_style_control"]
    assert arena["license"] == "CC-BY-4.0"
    assert isinstance(arena["age_days"], int)
    assert isinstance(arena["models"], int)
    assert arena["models"] > 50
    assert "CC-BY-4.0" in metaboard("sources", "--home", sample_home).out
