"""Compare two models: on each leaderboard by the leaderboard's own errors, and overall by their abilities.

What is here needs no numpy, because `metaboard compare` starts without it. `web/src/verdict.js` is the same for the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, hypot, sqrt

TOLD_APART = 0.95
"""Two models are told apart when one is better with this probability or more."""
LEANING = 0.75
"""From this probability on, two models that are not told apart are called leaning to the better one."""
BOARD_QUANTILE = 1.959964
"""Half the width of a 95 % interval, as the boards publish it, in standard errors."""
OVERALL = "/overall"
"""The end of the name of a benchmark that holds the overall score of its board."""


def normal_cdf(x: float) -> float:
    """Return the standard normal distribution function at `x`."""
    return 0.5 * erfc(-x / sqrt(2.0))


def probability_above_zero(difference: float, variance: float) -> float:
    """Return the probability that a normal variable is above 0; equal numbers without errors have 0.5."""
    if difference == 0:
        return 0.5
    return normal_cdf(difference / sqrt(variance)) if variance > 0 else float(difference > 0)


def verdict_word(probability: float) -> str:
    """Return `told apart`, `leans to` or `not told apart` for the probability that one of two models is better."""
    most = max(probability, 1 - probability)
    return "told apart" if most >= TOLD_APART else "leans to" if most >= LEANING else "not told apart"


@dataclass(frozen=True)
class UncertainAbility:
    """An ability with its errors: loadings on the errors that all models share, and a standard deviation of its own."""

    ability: float
    shared: tuple[float, ...]
    deviation: float
    board_deviation: float
    """The typical distance between an ability and what one more leaderboard would measure."""

    @property
    def total_deviation(self) -> float:
        """Return the standard deviation of the ability."""
        return hypot(self.deviation, *self.shared)

    def in_domain(self, ability: float, deviation: float) -> "UncertainAbility":
        """Return the ability in a domain, with all errors in proportion to its standard deviation there."""
        ratio = deviation / self.total_deviation if self.total_deviation > 0 else 0.0
        shared = tuple(ratio * loading for loading in self.shared)
        return UncertainAbility(ability, shared, ratio * self.deviation, self.board_deviation)


def probability_better(a: UncertainAbility, b: UncertainAbility) -> float:
    """Return the probability that one more leaderboard has `a` above `b`: shared errors cancel in the difference."""
    shared = sum((one - other) ** 2 for one, other in zip(a.shared, b.shared, strict=True))
    own = a.deviation**2 + b.deviation**2 + a.board_deviation**2 + b.board_deviation**2
    return probability_above_zero(a.ability - b.ability, shared + own)


@dataclass(frozen=True)
class Benchmark:
    """What a comparison needs to know about a benchmark; fields as in the table `benchmarks`."""

    name: str
    board: str
    domain: str | None = None
    higher_is_better: bool = True
    scale_low: float | None = None
    scale_high: float | None = None
    chance: float | None = None
    n_items: float | None = None

    @property
    def span(self) -> float | None:
        """Return the distance from chance to the best score; None if the scale has no known ends."""
        if self.scale_low is None or self.scale_high is None or self.scale_high <= self.scale_low:
            return None
        floor = self.scale_low if self.chance is None or not self.higher_is_better else self.chance
        return self.scale_high - floor if self.scale_high > floor else None


@dataclass(frozen=True)
class Measured:
    """One score with what its board publishes about its error; the interval is a 95 % interval."""

    score: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None


@dataclass(frozen=True)
class SharedBenchmark:
    """The scores of two models on one benchmark."""

    benchmark: Benchmark
    difference: float
    """First minus second, positive if the first is better; a share of the scale above chance if its ends are known."""
    variance: float | None
    """The variance of `difference`, from the errors of the board; None if it publishes none."""
    basis: tuple[str, ...]
    """Where the errors are from: `interval`, `standard error`, `test items`."""


def share_benchmark(benchmark: Benchmark, a: Measured, b: Measured) -> SharedBenchmark:
    """Return the comparison on one benchmark.

    The error of each score is half the interval towards the other score / 1.96, else the stated standard error, else
    the binomial error of the test items. The two errors count as independent although both models answer the same
    items: the probability is cautious.
    """
    sign = 1.0 if benchmark.higher_is_better else -1.0
    difference = sign * (a.score - b.score)
    errors = [_error(benchmark, a, is_upper=a.score < b.score), _error(benchmark, b, is_upper=b.score < a.score)]
    unit = benchmark.span or 1.0
    known = [error for error in errors if error is not None]
    variance = sum((error / unit) ** 2 for error, _ in known) if len(known) == len(errors) else None
    basis = tuple(sorted({basis for _, basis in known})) if variance is not None else ()
    return SharedBenchmark(benchmark, difference / unit, variance, basis)


def _error(benchmark: Benchmark, measured: Measured, *, is_upper: bool) -> tuple[float, str] | None:
    """Return the standard error of a score and its basis; `is_upper` chooses the upper half of its interval."""
    if measured.low is not None and measured.high is not None:
        half = measured.high - measured.score if is_upper else measured.score - measured.low
        return half / BOARD_QUANTILE, "interval"
    if measured.standard_error is not None:
        return measured.standard_error, "standard error"
    if benchmark.scale_low is None or benchmark.scale_high is None or not benchmark.n_items:
        return None
    span, items = benchmark.scale_high - benchmark.scale_low, benchmark.n_items
    # All items right or all wrong is not a score without error.
    share = min(max((measured.score - benchmark.scale_low) / span, 0.5 / items), 1 - 0.5 / items)
    return span * sqrt(share * (1 - share) / items), "test items"


@dataclass(frozen=True)
class BoardVerdict:
    """How one board compares two models."""

    source: str
    probability: float | None
    """The probability that the first is better on this board; None if the board publishes no error."""
    basis: str
    """Where the errors are from, or `no error published`."""
    ahead: int
    """1 if the first is ahead, -1 if the second is, 0 if neither."""
    won: int
    """The number of benchmarks on which the first is better."""
    lost: int
    tied: int

    @property
    def word(self) -> str | None:
        """Return the word for `probability`."""
        return None if self.probability is None else verdict_word(self.probability)


@dataclass(frozen=True)
class Wins:
    """Numbers of benchmarks that the first model won, lost and tied."""

    won: int
    lost: int
    tied: int

    @classmethod
    def of(cls, shared: Iterable[SharedBenchmark]) -> "Wins":
        """Count the signs of the differences."""
        signs = [(one.difference > 0) - (one.difference < 0) for one in shared]
        return cls(signs.count(1), signs.count(-1), signs.count(0))


def counted_benchmarks(shared: Sequence[SharedBenchmark]) -> list[SharedBenchmark]:
    """Return the benchmarks that count when the wins on a board are counted.

    Where the overall score of a board has an error, its other columns count the same votes again: only it counts.
    Where it has none, it is a mean of the others: these count.
    """
    overall = [one for one in shared if one.benchmark.name.endswith(OVERALL)]
    others = [one for one in shared if not one.benchmark.name.endswith(OVERALL)]
    return overall if overall and (overall[0].variance is not None or not others) else others


def board_verdict(source: str, shared: Sequence[SharedBenchmark]) -> BoardVerdict:
    """Return what one board says about two models, from the benchmarks that it measured both on (one or more).

    Its probability is that of the mean difference over these benchmarks, with the errors of the board alone.
    """
    counted = counted_benchmarks(shared)
    wins = Wins.of(counted)
    has_unit = len(counted) == 1 or all(one.benchmark.span is not None for one in counted)
    variances = [one.variance for one in counted if one.variance is not None]
    mean = sum(one.difference for one in counted) / len(counted)
    if has_unit and len(variances) == len(counted):
        probability = probability_above_zero(mean, sum(variances) / len(counted) ** 2)
        basis = ", ".join(sorted({basis for one in counted for basis in one.basis}))
        return BoardVerdict(source, probability, basis, _sign(mean), wins.won, wins.lost, wins.tied)
    overall = [one.difference for one in shared if one.benchmark.name.endswith(OVERALL)]
    ahead = _sign(overall[0] if overall else wins.won - wins.lost)
    return BoardVerdict(source, None, "no error published", ahead, wins.won, wins.lost, wins.tied)


def board_verdicts(shared: Sequence[SharedBenchmark]) -> list[BoardVerdict]:
    """Return one verdict per board, in the order of first occurrence."""
    boards = dict.fromkeys(one.benchmark.board for one in shared)
    return [board_verdict(board, [one for one in shared if one.benchmark.board == board]) for board in boards]


def all_counted(shared: Sequence[SharedBenchmark]) -> list[SharedBenchmark]:
    """Return the benchmarks that count on every board, see `counted_benchmarks`."""
    boards = dict.fromkeys(one.benchmark.board for one in shared)
    return [
        one
        for board in boards
        for one in counted_benchmarks([other for other in shared if other.benchmark.board == board])
    ]


def domain_wins(shared: Sequence[SharedBenchmark]) -> dict[str, Wins]:
    """Return the wins by domain.

    A column of a board whose overall score alone counts still counts in its own domain, if that is another one: the
    coding questions of an arena.
    """
    counted = all_counted(shared)
    domains = {(one.benchmark.board, one.benchmark.domain) for one in counted}
    rest = [
        one
        for one in shared
        if not one.benchmark.name.endswith(OVERALL) and (one.benchmark.board, one.benchmark.domain) not in domains
    ]
    by_domain: dict[str, list[SharedBenchmark]] = {}
    for one in (*counted, *rest):
        if one.benchmark.domain is not None:
            by_domain.setdefault(one.benchmark.domain, []).append(one)
    return {domain: Wins.of(found) for domain, found in by_domain.items()}


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
