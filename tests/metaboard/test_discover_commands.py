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
        ("outliers", {"model_id", "benchmark", "robust_z", "reason"}),
        ("gems", {"model_id", "ability", "usual_ability", "likes"}),
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


def test_outliers_can_list_the_disputed_facts_of_models(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("outliers", "--facts", "-n", 1000, "--json", "--home", sample_home).rows
    assert {row["fact"] for row in rows} <= {"params_b", "kind"}
    assert all(row["value"] != row["other_value"] and row["reason"] for row in rows)
    assert "outliers --facts" in metaboard("outliers", "--home", sample_home).err


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
