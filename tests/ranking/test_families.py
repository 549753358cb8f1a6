"""Families and organizations, ranked over leaderboards by their best models."""

import polars as pl

from aggregator.ranking import families, organizations

BOARD_RANKS = pl.DataFrame(
    [
        ("q/base", "open_llm_v2", 5),
        ("q/tuned", "open_llm_v2", 1),
        ("q/chat", "arena_text_style_control", 1),
        ("q/embed", "mteb_eng_v2", 2),
        ("m/base", "open_llm_v2", 3),
        ("m/embed", "mteb_eng_v2", 1),
        ("l/base", "open_llm_v2", 4),
        ("l/chat", "arena_text_style_control", 2),
        ("solo", "open_llm_v2", 2),
        ("old", "open_llm_v1", 1),
        ("l/base", "open_llm_v1", 2),
        ("old/chat", "arena_text_style_control", 3),
    ],
    schema=["model_id", "board", "rank"],
    orient="row",
)
MODELS = pl.DataFrame(
    [
        ("q/base", "Q", "qorg"),
        ("q/tuned", "Q", "someone"),
        ("q/chat", "Q", "qorg"),
        ("q/embed", "Q", "qorg"),
        ("m/base", "M", "morg"),
        ("m/embed", "M", "morg"),
        ("l/base", "L", "lorg"),
        ("l/chat", "L", "lorg"),
        ("solo", "S", "sorg"),
        ("old", "O", "oorg"),
        ("old/chat", "O", "oorg"),
    ],
    schema=["model_id", "family", "organization"],
    orient="row",
)


def test_a_family_is_ranked_by_its_best_model_on_every_leaderboard() -> None:
    table = families(BOARD_RANKS, MODELS)
    assert table.columns == [
        "family",
        "rank",
        "rank_low",
        "rank_high",
        "boards",
        "best_open_llm_model",
        "best_open_llm_rank",
        "best_arena_model",
        "best_arena_rank",
        "best_mteb_model",
        "best_mteb_rank",
        "models",
    ]
    first = table.row(0, named=True)
    assert (first["family"], first["rank"], first["boards"], first["models"]) == ("Q", 1, 3, 4)
    assert (first["best_open_llm_model"], first["best_open_llm_rank"]) == ("q/tuned", 1)
    assert (first["best_arena_model"], first["best_mteb_model"]) == ("q/chat", "q/embed")


def test_a_family_on_one_leaderboard_has_no_rank() -> None:
    row = families(BOARD_RANKS, MODELS).filter(family="S").row(0, named=True)
    assert (row["rank"], row["rank_low"], row["boards"], row["best_open_llm_rank"]) == (None, None, 1, 2)


def test_the_next_board_of_a_leaderboard_counts_where_the_first_lists_no_model() -> None:
    row = families(BOARD_RANKS, MODELS).filter(family="O").row(0, named=True)
    assert (row["best_open_llm_model"], row["best_open_llm_rank"], row["boards"]) == ("old", 1, 2)
    first_board = families(BOARD_RANKS, MODELS).filter(family="L").row(0, named=True)
    assert first_board["best_open_llm_rank"] == 4


def test_rank_intervals_hold_their_ranks_and_widen_with_the_intervals_of_the_boards() -> None:
    wide = BOARD_RANKS.with_columns(rank_low=1, rank_high=pl.col("rank") + 4)
    for board_ranks in (BOARD_RANKS, wide):
        ranked = families(board_ranks, MODELS).drop_nulls("rank")
        assert ranked.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
    width = [
        families(board_ranks, MODELS).select((pl.col("rank_high") - pl.col("rank_low")).sum()).item()
        for board_ranks in (BOARD_RANKS, wide)
    ]
    assert width[1] >= width[0]


def test_organizations_are_ranked_as_families_are() -> None:
    table = organizations(BOARD_RANKS, MODELS)
    assert table.columns[0] == "organization"
    row = table.filter(organization="qorg").row(0, named=True)
    assert (row["best_open_llm_model"], row["best_open_llm_rank"], row["models"]) == ("q/base", 5, 3)


def test_without_a_group_on_two_leaderboards_no_rank_is_given() -> None:
    table = families(BOARD_RANKS.filter(board="open_llm_v2"), MODELS)
    assert table.height == 4
    assert table["rank"].null_count() == 4
