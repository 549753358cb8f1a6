"""The sentences of a verdict name the boards, the probabilities, and the boards that reverse the order."""

from dataclasses import replace

import pytest

from aggregator.pairwise import BoardVerdict, Wins
from aggregator.query.verdict import Board, PairVerdict, join_words, percent, short_names

ARENA, LIVE, EPOCH, OLD = (Board(name.lower(), name, in_rank=True) for name in ("Arena", "LiveBench", "Epoch", "Old"))


def on(
    source: Board, probability: float | None, ahead: int, wins: tuple[int, int] = (0, 0)
) -> tuple[Board, BoardVerdict]:
    basis = "no error published" if probability is None else "interval"
    return source, BoardVerdict(source.source, probability, basis, ahead, *wins, tied=0)


PAIR = PairVerdict(
    ids=("x/a", "x/b"),
    names=("A", "B"),
    grain="release",
    probability=0.83,
    boards=[on(ARENA, 0.99, 1), on(LIVE, None, -1, (2, 5)), on(EPOCH, 0.5, 0)],
    only=([OLD], []),
    wins=Wins(3, 5, 0),
    domains=[],
)


def test_the_first_sentence_has_each_board_with_its_own_probability_or_its_benchmarks() -> None:
    assert PAIR.sentences()[0] == (
        "Where both were measured: A is ahead on Arena with 99 %; "
        "B is ahead on LiveBench with 5 of 7 benchmarks won (no error published); they are equal on Epoch."
    )


@pytest.mark.parametrize(
    ("probability", "end"),
    [
        (
            0.83,
            "A is better with 83 %, which counts how far a board carries to others; this leans to A, but the two are not told apart.",
        ),
        (0.05, "B is better with 95 %, which counts how far a board carries to others; the two are told apart."),
        (0.40, "B is better with 60 %, which counts how far a board carries to others; the two are not told apart."),
        (0.50, "not told apart, each is better with 50 %."),
    ],
)
def test_the_second_sentence_has_the_overall_probability_in_a_word(probability: float, end: str) -> None:
    assert replace(PAIR, probability=probability).sentences()[1] == f"Overall, as releases: {end}"


def test_a_reversed_order_names_the_boards_that_do_it() -> None:
    against = replace(PAIR, probability=0.2)
    assert against.contradicted_by == [ARENA]
    assert (
        against.sentences()[2]
        == "The overall order is the reverse of Arena, which parts them: LiveBench rates B higher."
    )
    assert against.document()["contradicted_by"] == ["arena"]
    assert PAIR.sentences()[2:] == []


def test_a_reversal_by_boards_that_only_one_is_on_names_these() -> None:
    pair = replace(PAIR, probability=0.2, boards=[on(ARENA, 0.99, 1)], only=([OLD], [LIVE, EPOCH]))
    assert pair.sentences()[2] == (
        "The overall order is the reverse of Arena, which parts them: B alone is on LiveBench and Epoch; A alone is on Old."
    )


def test_boards_outside_the_rank_are_in_the_sentence_only_without_any_other() -> None:
    plain = Board("plain", "Plain", in_rank=False)
    both = replace(PAIR, boards=[on(ARENA, 0.99, 1), on(plain, 0.01, -1)])
    assert "Plain" not in both.sentences()[0]
    assert both.contradicted_by == []
    alone = replace(PAIR, boards=[on(plain, 0.01, -1)])
    assert alone.sentences()[0] == "Where both were measured (not in the combined rank): B is ahead on Plain with 99 %."


def test_the_document_has_all_numbers() -> None:
    document = PAIR.document()
    assert (document["probability"], document["word"], document["better"]) == (0.83, "leans to", "x/a")
    assert document["boards"][0] == {  # type: ignore[index] # the document is any JSON value
        "source": "arena",
        "title": "Arena",
        "in_rank": True,
        "probability": 0.99,
        "word": "told apart",
        "basis": "interval",
        "ahead": "x/a",
        "won": 0,
        "lost": 0,
        "tied": 0,
    }
    assert document["benchmarks"] == {"won": 3, "lost": 5, "tied": 0}
    assert document["only_on"] == {"x/a": ["old"], "x/b": []}


def test_percentages_and_names_are_short_and_unambiguous() -> None:
    assert [percent(value) for value in (0.5, 0.825, 0.9949, 0.995, 1.0)] == [
        "50 %",
        "83 %",
        "99 %",
        "> 99 %",
        "> 99 %",
    ]
    assert [join_words(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert short_names(["x/a", "y/a"], {"x/a": "a", "y/a": "a"}) == {"x/a": "x/a", "y/a": "y/a"}
    assert short_names(["x/a", "y/b"], {"x/a": "a", "y/b": "b"}) == {"x/a": "a", "y/b": "b"}
