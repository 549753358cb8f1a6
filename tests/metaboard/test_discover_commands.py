"""Commands that compare leaderboards, and the methods and weights of `top`, on the bundled sample."""

from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (
            "families",
            {"family", "rank", "rank_low", "rank_high", "boards", "best_open_llm_model", "best_mteb_rank", "models"},
        ),
        ("organizations", {"organization", "rank", "best_arena_model"}),
        ("agreement", {"left_name", "right_name", "n_models", "spearman", "kendall_low"}),
        ("outliers", {"model_id", "reasons", "n_scores", "largest_z", "explanations"}),
        ("gems", {"model_id", "ability", "usual_ability", "likes", "evidence", "has_outliers"}),
        ("estimates", {"model_id", "estimate", "low", "high"}),
    ],
)
def test_each_list_is_printed_as_a_table_and_as_json(
    metaboard: Metaboard, sample_home: Path, command: str, keys: set[str]
) -> None:
    as_json = metaboard(command, "--json", "--home", sample_home)
    printed = metaboard(command, "--home", sample_home)
    assert (as_json.code, printed.code) == (0, 0)
    for row in as_json.rows:
        assert keys <= row.keys()
    assert printed.out if as_json.rows else "Nothing to list" in printed.err


def test_outliers_are_high_ones_one_row_per_model_with_reasons(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("outliers", "-n", 1000, "--json", "--home", sample_home).rows
    assert rows
    assert {row["direction"] for row in rows} == {"high"}
    assert {row["track"] for row in rows} == {"llm"}
    names = [row["model_id"] for row in rows]
    assert len(set(names)) == len(names)
    assert all(row["explanations"] and len(row["explanations"]) == row["n_scores"] for row in rows)  # type: ignore[arg-type] # a list
    printed = metaboard("outliers", "--home", sample_home, columns=200)
    assert str(names[0]) in printed.out
    assert "predict" in printed.out or "for its size" in printed.out
    low = metaboard("outliers", "--low", "-n", 1000, "--json", "--home", sample_home).rows
    assert {row["direction"] for row in low} == {"low"}
    broken = sum(1 for row in low if row["is_broken"])
    assert f"{broken} models look broken: `metaboard outliers --low`" in printed.err
    assert "look broken" not in metaboard("outliers", "--low", "--home", sample_home).err


def test_outliers_of_one_board_benchmark_or_model(metaboard: Metaboard, sample_home: Path) -> None:
    first = metaboard("outliers", "--by", "score", "-n", 1, "--json", "--home", sample_home).rows[0]
    for option, key in (("--board", "source"), ("--benchmark", "benchmark"), ("--model", "model_id")):
        value = str(first[key])
        rows = metaboard("outliers", option, value, "--by", "score", "--json", "--home", sample_home).rows
        assert rows
        assert {row[key] for row in rows} == {value}
    board = str(first["source"])
    models = metaboard("outliers", "--board", board, "--json", "--home", sample_home).rows
    assert all(str(text).startswith((f"{board}/", f"{board}:")) for row in models for text in row["explanations"])  # type: ignore[attr-defined] # a list
    wrong = metaboard("outliers", "--board", "nowhere", "--home", sample_home)
    assert wrong.code == Exit.USAGE
    assert "no leaderboard of the rank has the id 'nowhere'" in wrong.err


def test_without_outliers_the_message_says_what_was_compared(metaboard: Metaboard, sample_home: Path) -> None:
    found = metaboard("outliers", "--board", "vectara", "--home", sample_home)
    assert found.code == 0
    assert "No score of these is unusually good." in found.err
    assert "have a known size" in found.err


def test_outliers_can_list_the_disputed_facts_of_models(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("outliers", "--facts", "-n", 1000, "--json", "--home", sample_home).rows
    assert {row["fact"] for row in rows} <= {"params_b", "kind"}
    assert all(row["value"] != row["other_value"] and row["reason"] for row in rows)
    assert "outliers --facts" in metaboard("outliers", "--home", sample_home).err


def test_gems_can_be_limited(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("gems", "--max-params", 9, "--license", "APACHE", "--json", "--home", sample_home).rows
    assert all(row["params_b"] <= 9 and "apache" in str(row["license"]).lower() for row in rows)  # type: ignore[operator] # a number


def test_agreement_can_be_limited_to_one_board(metaboard: Metaboard, sample_home: Path) -> None:
    every = metaboard("agreement", "-n", 1000, "--json", "--home", sample_home).rows
    board = str(every[0]["left_name"])
    rows = metaboard("agreement", "--board", board, "--by-models", "-n", 1000, "--json", "--home", sample_home).rows
    assert 0 < len(rows) < len(every)
    assert all(board in (row["left_name"], row["right_name"]) for row in rows)
    counts = [row["n_models"] for row in rows]
    assert counts == sorted(counts, reverse=True)  # type: ignore[type-var] # numbers


def test_families_within_limits_are_in_the_order_of_their_best_matching_model(
    metaboard: Metaboard, sample_home: Path
) -> None:
    rows = metaboard("families", "--max-params", 9, "-n", 500, "--json", "--home", sample_home).rows
    assert rows
    ranks = [row["best_rank"] for row in rows]
    assert ranks == sorted(ranks)  # type: ignore[type-var] # numbers
    assert all(row["best_params_b"] <= 9 and row["matching_models"] >= 2 for row in rows)  # type: ignore[operator] # numbers
    assert "ability of the base" in metaboard("families", "--max-params", 9, "--home", sample_home, columns=250).out


def test_families_of_one_track_have_a_ranked_model_of_it(metaboard: Metaboard, sample_home: Path) -> None:
    lists = {}
    for track in ("llm", "embedding"):
        rows = metaboard("families", "--track", track, "-n", 5000, "--json", "--home", sample_home).rows
        lists[track] = {row["family"] for row in rows}
        ids = [row["best_model_id"] for row in rows]
        found = metaboard(
            "sql",
            "--json",
            "--home",
            sample_home,
            f"select distinct track from leaderboard where list_contains({ids}, model_id)",
        ).rows
        assert found == [{"track": track}]
    usual = metaboard("families", "-n", 5000, "--json", "--home", sample_home).rows
    assert {row["family"] for row in usual} == lists["llm"]


def test_the_boards_of_a_family_are_the_groups_with_a_best_model(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("families", "-n", 200, "--json", "--home", sample_home).rows
    for row in rows:
        best = [name for name, value in row.items() if name.startswith("best_") and name.endswith("_model") and value]
        assert row["boards"] == len(best)
    on_three = [
        row for row in rows if row["best_open_llm_model"] and row["best_arena_model"] and row["best_mteb_model"]
    ]
    assert len(on_three) >= 3


def test_families_have_columns_of_the_groups_with_the_most_best_models(metaboard: Metaboard, sample_home: Path) -> None:
    out = metaboard("families", "-n", 5, "--home", sample_home, columns=300).out
    assert "best on Arena" in out
    assert "best on MTEB" not in metaboard("families", "-n", 1, "--home", sample_home, columns=60).out


def test_another_method_gives_its_own_ranks(metaboard: Metaboard, sample_home: Path) -> None:
    ability, other = (
        metaboard("top", "-n", 30, "--json", "--home", sample_home, *method).rows
        for method in ((), ("--method", "expected_borda"))
    )
    assert [row["rank"] for row in other] == sorted(row["rank"] for row in other)  # type: ignore[type-var] # ranks are numbers
    assert [row["model_id"] for row in ability] != [row["model_id"] for row in other]
    by_sql = metaboard(
        "sql",
        "--json",
        "--home",
        sample_home,
        "select model_id, rank from ranked_by('expected_borda') where track = 'llm' order by rank, model_id limit 1",
    ).rows
    assert other[0]["model_id"] == by_sql[0]["model_id"]


def test_own_weights_give_an_order(metaboard: Metaboard, sample_home: Path) -> None:
    arena_only = metaboard(
        "top", "-n", 10, "--json", "--home", sample_home, "--weight", "arena_text_style_control=1"
    ).rows
    assert all(row["arena_rank"] for row in arena_only)
    assert arena_only[0]["arena_rank"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--weight", "nonsense"),
        ("--weight", "x=many"),
        ("--weight", "no_such_board=1"),
        ("--weight", "a=1", "--method", "ability"),
    ],
)
def test_invalid_weights_are_refused_with_a_message(
    metaboard: Metaboard, sample_home: Path, options: tuple[str, ...]
) -> None:
    result = metaboard("top", "--home", sample_home, *options)
    assert result.code == Exit.USAGE
    assert "Error:" in result.err


def test_bradley_terry_is_computed_on_request(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("top", "-n", 5, "--method", "bradley_terry", "--json", "--home", sample_home).rows
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)  # type: ignore[type-var] # ranks are numbers
    assert all(row["rank_low"] is None for row in rows)


def test_models_without_a_rank_are_listed_on_request(metaboard: Metaboard, sample_home: Path) -> None:
    usual = metaboard("top", "-n", 1000, "--json", "--home", sample_home).rows
    everything = metaboard(
        "top",
        "-n",
        1000,
        "--json",
        "--home",
        sample_home,
        "--include-flagged",
        "--include-copies",
        "--include-extrapolated",
    ).rows
    added = {row["model_id"] for row in everything} - {row["model_id"] for row in usual}
    assert added
    assert all(row["rank"] is not None and not row["flagged"] and row["copy_of"] is None for row in usual)
    assert all(
        row["flagged"] or row["copy_of"] or row["evidence"] == "C" for row in everything if row["model_id"] in added
    )


def test_the_next_refresh_uses_a_new_calibration(metaboard: Metaboard, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert metaboard("refresh", "--sample", "--direct", "--home", home).code == 0
    fitted = metaboard("calibrate", "--draws", 20, "--home", home, "--json")
    assert fitted.code == 0
    assert fitted.fields["llm"]["n_draws"] == 20  # type: ignore[index] # the document is an object of objects
    again = metaboard("refresh", "--sample", "--direct", "--home", home, "--json")
    assert again.fields["is_new"] is True
    used = metaboard(
        "sql", "--json", "--home", home, "select n_draws, n_models from calibrations where track = 'llm'"
    ).rows
    assert used[0]["n_draws"] == 20
    assert (home / "current" / "calibrations" / "llm.npz").is_file()
