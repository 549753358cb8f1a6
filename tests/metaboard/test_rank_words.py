"""Ranks in words: evidence, percentiles, and the borrowed share of an ability."""

from datetime import date

import pytest

from metaboard.rank_words import (
    comparison_sentence,
    evidence_sentence,
    format_borrowed,
    format_evidence,
    format_percentile,
    rank_sentence,
)

ROW: dict[str, object] = {
    "rank": 3,
    "rank_low": 1,
    "rank_high": 9,
    "of": 1200,
    "track": "llm",
    "percentile": 99.83,
    "clearly_better": 2,
    "not_told_apart": 30,
    "clearly_worse": 1167,
    "rests_on": ["Arena", "LiveBench", "Aider", "ZeroEval"],
    "benchmarks": 14,
    "newest_on": date(2026, 6, 3),
}


def test_evidence_names_two_boards_counts_the_others_and_ends_with_the_month() -> None:
    assert format_evidence(ROW) == "Arena, LiveBench +2 · 14 benchmarks · 2026-06"
    one = {"on_boards": ["Arena"], "benchmarks": 1, "newest_on": None}
    assert format_evidence(one) == "Arena · 1 benchmark"
    assert format_evidence(ROW | {"evidence": "C"}).endswith("2026-06 · too few scores")
    assert format_evidence({"rests_on": []}) == ""


def test_the_evidence_of_one_model_names_all_boards_and_the_day() -> None:
    assert evidence_sentence(ROW) == (
        "Evidence: 4 leaderboards (Arena, LiveBench, Aider, ZeroEval), 14 benchmarks; the newest edition is of 2026-06-03."
    )
    assert evidence_sentence({"rests_on": []}) == ""


def test_a_rank_is_a_place_with_an_interval_and_a_percentile() -> None:
    expected = "Rank 3 of 1,200 releases in track llm, 90 % interval 1–9: better than 99.8 %."
    assert rank_sentence(ROW, "releases") == expected
    assert rank_sentence({"rank": 3, "track": "llm"}, "releases") == "Rank 3 in track llm."


def test_those_that_are_clearly_worse_are_those_that_it_is_clearly_better_than() -> None:
    sentence = comparison_sentence(ROW)
    assert sentence.startswith("Clearly better than 1,167, not told apart from 30, clearly worse than 2 ")
    assert comparison_sentence({"rank": 3}) == ""


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (42.9, "42 %"), (98.99, "98 %"), (99.0, "99.0 %"), (99.99, "99.9 %"), (100.0, "100 %"), (None, "")],
)
def test_a_percentile_is_never_rounded_up(share: float | None, text: str) -> None:
    assert format_percentile(share) == text


@pytest.mark.parametrize(
    ("share", "word"),
    [(1.0, "all borrowed"), (0.6, "mostly borrowed"), (0.3, "partly borrowed"), (0.1, "measured"), (None, "")],
)
def test_the_borrowed_share_is_a_word(share: float | None, word: str) -> None:
    assert format_borrowed({"borrowed": share}) == word
