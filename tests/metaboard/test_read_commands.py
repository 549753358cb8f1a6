"""Commands that read, on the bundled sample: what they print, what they give as JSON, how they fail."""

import csv
import io
from pathlib import Path

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.homes.query import write_tiny_file


def test_top_fits_eighty_columns_and_drops_the_rest(metaboard: Metaboard, sample_home: Path) -> None:
    wide, narrow = (metaboard("top", "-n", 3, "--home", sample_home, columns=width) for width in (200, 80))
    assert "organization" in wide.out
    assert "organization" not in narrow.out
    assert all(header in narrow.out for header in ("rank", "model", "Arena"))


def test_top_as_json_has_real_numbers_in_order(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("top", "-n", 15, "--json", "--home", sample_home)
    ranks = [row["rank"] for row in ended.rows]
    assert len(ranks) == 15
    assert all(isinstance(rank, int) for rank in ranks)
    assert ranks == sorted(ranks, key=lambda rank: rank if isinstance(rank, int) else 0)
    assert {"model_id", "name", "track", "boards", "arena_rating_low", "params_b"} <= ended.rows[0].keys()


def test_filters_of_top_hold_together(metaboard: Metaboard, sample_home: Path) -> None:
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


def test_pretrained_is_a_kind(metaboard: Metaboard, sample_home: Path) -> None:
    short = metaboard("top", "--pretrained", "--json", "--home", sample_home).rows
    assert {row["kind"] for row in short} == {"pretrained"}
    assert short == metaboard("top", "--kind", "pretrained", "--json", "--home", sample_home).rows


def test_flagged_models_are_listed_only_when_asked_for(metaboard: Metaboard, sample_home: Path) -> None:
    without, along = (
        metaboard("top", "-n", 999, *also, "--json", "--home", sample_home).rows for also in ([], ["--include-flagged"])
    )
    assert not any(row["flagged"] for row in without)
    assert any(row["flagged"] for row in along)


def test_an_embedding_list_shows_embedding_boards(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("top", "--track", "embedding", "--home", sample_home)
    assert "MTEB" in ended.out
    assert "Arena" not in ended.out


def test_intervals_and_tie_groups_are_printed_where_the_file_has_them(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    ended = metaboard("top", "--include-flagged", "--home", home)
    assert "2 (1–3)" in ended.out
    first, second, third = (
        next(line for line in ended.out.splitlines() if name in line) for name in ("First", "Second", "Third")
    )
    between = ended.out[ended.out.index(second) + len(second) : ended.out.index(third)]
    assert between.strip("\n").strip() == ""
    assert between.count("\n") == 2, "a line divides the tie groups"
    assert ended.out[ended.out.index(first) + len(first) : ended.out.index(second)].count("\n") == 1
    shown = metaboard("show", "a/second", "--home", home).out
    assert "Rank 2 in track llm, surely between 1 and 3, in one tie group with 1 other" in shown


def test_no_model_of_that_kind_is_no_error(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("top", "--license", "no such licence", "--home", sample_home)
    assert (ended.code, ended.out) == (0, "")
    assert "No model" in ended.err
    assert metaboard("top", "--license", "no such licence", "--json", "--home", sample_home).document == []


def test_show_answers_to_any_name_and_gives_everything_as_json(metaboard: Metaboard, sample_home: Path) -> None:
    by_id = metaboard("show", "Qwen/Qwen2.5-72B-Instruct", "--json", "--home", sample_home).fields
    assert by_id == metaboard("show", "QWEN2.5-72b-instruct", "--json", "--home", sample_home).fields
    assert set(by_id) == {"model", "boards", "scores", "aliases", "parents", "children", "history"}
    boards = by_id["boards"]
    assert isinstance(boards, list)
    assert {"open_llm_v2", "arena_text_style_control"} <= {board["source"] for board in boards}
    assert boards[0]["published_on"][:2] == "20"


def test_show_prints_boards_scores_names_and_history(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("show", "Qwen/Qwen2.5-72B-Instruct", "--home", sample_home, columns=200)
    for part in (
        "On the leaderboards",
        "Scores: open_llm_v2",
        "mmlu_pro",
        "Names, and why",
        "hf_id",
        "History",
        "best place",
    ):
        assert part in ended.out


def test_an_ambiguous_name_lists_candidates_and_ends_with_two(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("show", "qwen", "--home", sample_home)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "models" in ended.err
    assert "Qwen/Qwen" in ended.err


def test_an_unknown_name_suggests_the_nearest_and_ends_with_two(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("show", "Qwen2.5-72B-Instrcut", "--json", "--home", sample_home)
    assert ended.code == Exit.USAGE
    assert ended.fields["error"] == "UnknownModel"
    candidates = ended.fields["candidates"]
    assert isinstance(candidates, list)
    assert candidates[0]["model_id"] == "Qwen/Qwen2.5-72B-Instruct"
    assert "Qwen/Qwen2.5-72B-Instruct" in ended.err


def test_compare_sets_values_side_by_side(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    ended = metaboard("compare", "a/first", "a/second", "--home", home)
    line = next(line for line in ended.out.splitlines() if line.startswith("board_one/math"))
    assert line.split() == ["board_one/math", "0.500", "0.600"]
    document = metaboard("compare", "a/first", "a/second", "--json", "--home", home).fields
    assert set(document) == {"models", "boards", "scores"}
    assert metaboard("compare", "a/first", "--home", home).code == Exit.USAGE


def test_find_lists_every_hit_best_first(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("find", "QWEN 72b", "--json", "--home", sample_home).rows
    assert rows
    assert all("qwen" in str(row["model_id"]).lower() for row in rows)
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


def test_sql_stops_at_a_thousand_rows_unless_all_are_wanted(metaboard: Metaboard, sample_home: Path) -> None:
    some = metaboard("sql", "from range(1001)", "--json", "--home", sample_home)
    assert len(some.rows) == 1000
    assert "--all" in some.err
    assert len(metaboard("sql", "from range(1001)", "--json", "--all", "--home", sample_home).rows) == 1001


def test_wrong_sql_ends_with_two_and_duckdbs_own_words(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("sql", "select nmae from leaderboard", "--home", sample_home)
    assert ended.code == Exit.USAGE
    assert "nmae" in ended.err
    assert "Candidate bindings" in ended.err
    assert "Traceback" not in ended.err


def test_sql_names_the_columns_that_it_had_no_room_for(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("sql", "select * from leaderboard limit 1", "--home", sample_home)
    assert "No room for" in ended.err
    assert "merged" in ended.err


def test_sources_say_licence_age_and_rows(metaboard: Metaboard, sample_home: Path) -> None:
    rows = {row["source"]: row for row in metaboard("sources", "--json", "--home", sample_home).rows}
    arena = rows["arena_text_style_control"]
    assert arena["license"] == "CC-BY-4.0"
    assert isinstance(arena["age_days"], int)
    assert isinstance(arena["models"], int)
    assert arena["models"] > 50
    assert "CC-BY-4.0" in metaboard("sources", "--home", sample_home).out
