"""The verdict on two models: where both were measured, overall, and by domain, as numbers and as sentences.

`web/src/verdict.js` makes the same sentences for the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from aggregator.pairwise import BoardVerdict, Wins, verdict_word

Names = tuple[str, str]
"""The names of the first and of the second model."""


@dataclass(frozen=True)
class Board:
    """A leaderboard by its short title."""

    source: str
    title: str
    in_rank: bool


@dataclass(frozen=True)
class DomainVerdict:
    """How two models compare in one domain."""

    domain: str
    probability: float | None
    """The probability that the first is better in the domain; None if one of them has no ability there."""
    wins: Wins
    """By benchmark, where one board measured both on it."""
    abilities: tuple[float | None, float | None]
    benchmarks: tuple[int, int]
    """The number of benchmarks of the domain that each one has a score on; its ability is borrowed where it is 0."""


@dataclass(frozen=True)
class PairVerdict:
    """How the first model compares with the second; each probability is that the first is better."""

    ids: tuple[str, str]
    names: Names
    grain: str | None
    """`release` or `setting`: what `probability` is about; None without one."""
    probability: float | None
    """Overall, from the abilities; None if one of them has no rank or the tracks differ."""
    boards: Sequence[tuple[Board, BoardVerdict]]
    """The boards that measured both, in the order of the register."""
    only: tuple[Sequence[Board], Sequence[Board]]
    """The boards of the rank that measured only the first, and only the second."""
    wins: Wins
    """By benchmark, over the boards of the rank."""
    domains: Sequence[DomainVerdict]

    @property
    def better(self) -> int:
        """Return 1 if the first is more probably better overall, -1 if the second is, 0 without an answer."""
        return 0 if self.probability is None else (self.probability > 0.5) - (self.probability < 0.5)

    @property
    def contradicted_by(self) -> list[Board]:
        """Return the boards of the rank that part the two the other way round than the overall order."""
        return [
            board
            for board, found in self.boards
            if board.in_rank and found.word == "told apart" and found.ahead * self.better < 0
        ]

    @property
    def supported_by(self) -> list[Board]:
        """Return the boards of the rank that measured both and have the order of the overall verdict."""
        return [board for board, found in self.boards if board.in_rank and found.ahead * self.better > 0]

    def sentences(self) -> list[str]:
        """Return where both were measured, who is better overall, and why if the two contradict each other."""
        return [_measured(self), _overall(self), *_reversed(self)]

    def document(self) -> dict[str, object]:
        """Return the verdict as JSON values."""
        return {
            "models": list(self.ids),
            "grain": self.grain,
            "probability": self.probability,
            "word": None if self.probability is None else verdict_word(self.probability),
            "better": {1: self.ids[0], -1: self.ids[1]}.get(self.better),
            "sentences": self.sentences(),
            "boards": [
                {
                    "source": board.source,
                    "title": board.title,
                    "in_rank": board.in_rank,
                    "probability": found.probability,
                    "word": found.word,
                    "basis": found.basis,
                    "ahead": {1: self.ids[0], -1: self.ids[1]}.get(found.ahead),
                    "won": found.won,
                    "lost": found.lost,
                    "tied": found.tied,
                }
                for board, found in self.boards
            ],
            "benchmarks": vars(self.wins),
            "domains": [
                {
                    "domain": one.domain,
                    "probability": one.probability,
                    "word": None if one.probability is None else verdict_word(one.probability),
                    **vars(one.wins),
                    "abilities": list(one.abilities),
                    "measured_benchmarks": list(one.benchmarks),
                }
                for one in self.domains
            ],
            "contradicted_by": [board.source for board in self.contradicted_by],
            "supported_by": [board.source for board in self.supported_by],
            "only_on": {
                model: [board.source for board in boards] for model, boards in zip(self.ids, self.only, strict=True)
            },
        }


def percent(probability: float) -> str:
    """Return `83 %`, and `> 99 %` from 99.5 % on."""
    return "> 99 %" if probability >= 0.995 else f"{floor(100 * probability + 0.5)} %"


def join_words(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _measured(pair: PairVerdict) -> str:
    """Return the sentence about the boards that measured both: those of the rank, or the others if there is none."""
    boards = [one for one in pair.boards if one[0].in_rank] or list(pair.boards)
    if not boards:
        return "Where both were measured: no leaderboard has scores of both."
    parts = []
    for ahead, start in ((1, f"{pair.names[0]} is ahead"), (-1, f"{pair.names[1]} is ahead"), (0, "they are equal")):
        on = [_on_board(board, found) for board, found in boards if found.ahead == ahead]
        if on:
            parts.append(f"{start} {join_words(on)}")
    outside = "" if boards[0][0].in_rank else " (not in the combined rank)"
    return f"Where both were measured{outside}: {'; '.join(parts)}."


def _on_board(board: Board, found: BoardVerdict) -> str:
    if found.probability is None:
        shared, won = found.won + found.lost + found.tied, found.lost if found.ahead < 0 else found.won
        return f"on {board.title} with {won} of {shared} benchmarks won (no error published)"
    if found.ahead == 0:
        return f"on {board.title}"
    return f"on {board.title} with {percent(max(found.probability, 1 - found.probability))}"


def _overall(pair: PairVerdict) -> str:
    if pair.probability is None:
        return "Overall: no answer, because one of them has no rank or they are in two tracks."
    about = "as releases" if pair.grain == "release" else "as settings"
    if pair.better == 0:
        return f"Overall, {about}: not told apart, each is better with 50 %."
    better = pair.names[0] if pair.better > 0 else pair.names[1]
    chance = percent(max(pair.probability, 1 - pair.probability))
    word = verdict_word(pair.probability)
    end = {
        "told apart": "the two are told apart",
        "leans to": f"this leans to {better}, but the two are not told apart",
        "not told apart": "the two are not told apart",
    }[word]
    return f"Overall, {about}: {better} is better with {chance}, which counts how far a board carries to others; {end}."


def _reversed(pair: PairVerdict) -> list[str]:
    """Return why the overall order is the reverse of a board that parts the two: the boards that do it."""
    against = pair.contradicted_by
    if not against:
        return []
    better, other = (0, 1) if pair.better > 0 else (1, 0)
    rates = "rate" if len(pair.supported_by) > 1 else "rates"
    causes = (
        [f"{_titles(pair.supported_by)} {rates} {pair.names[better]} higher"]
        if pair.supported_by
        else [
            f"{pair.names[place]} alone is on {_titles(pair.only[place])}"
            for place in (better, other)
            if pair.only[place]
        ]
    )
    part = "which part them" if len(against) > 1 else "which parts them"
    reason = "; ".join(causes) or "no other board explains it"
    return [f"The overall order is the reverse of {_titles(against)}, {part}: {reason}."]


def _titles(boards: Sequence[Board]) -> str:
    return join_words([board.title for board in boards])


def short_names(ids: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the name of each id for a sentence: `names`, or the ids where two of them have one name."""
    chosen = [names[one] for one in ids]
    return {one: names[one] if chosen.count(names[one]) == 1 else one for one in ids}
