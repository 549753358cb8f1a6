"""Guess from a sample which column is the model's name, which are scores with which range, and which are facts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

from aggregator.errors import UsageError
from aggregator.model import Domain
from aggregator.pipeline.board_sample import KEY, Sample, Values
from aggregator.sources.text_numbers import NO_VALUE, NUMBER
from aggregator.sources.wire import MAX_NAME_LENGTH

NAME_WORDS = ("model", "model_name", "name", "fullname", "models", "system", "llm", "method")
FACT_WORDS: Mapping[str, frozenset[str]] = {
    "organization": frozenset({"organization", "organisation", "org", "provider", "developer", "company", "creator"}),
    "license": frozenset({"license", "licence"}),
    "link": frozenset({"link", "url", "model_link", "model_url"}),
    "hf_id": frozenset({"hf_id", "hf", "huggingface", "hub_id", "repo", "hf_repo"}),
    "params_b": frozenset({"params_b", "params", "size", "parameters", "size_b", "model_size"}),
    "submitted_on": frozenset({"date", "submitted", "submission_date", "submitted_on", "evaluated_on"}),
    "released_on": frozenset({"release_date", "released", "released_on", "release"}),
}
"""The column of ENTRIES by the names that boards give it."""
OVERALL_WORDS = ("average", "avg", "mean", "overall", "global_average", "overall_score", "aggregate_score", "total")
MAIN_WORDS = ("score", "accuracy", "acc", "elo", "rating", "win_rate", "winrate")
"""Names of an overall score that is a benchmark of its own."""
NO_SCORE = re.compile(
    r"param|size|cost|price|token|time|date|year|vote|rank|count|^num|_num|^n_|^no_|seed|error|std|stderr|coverage|"
    r"(^|_)(ci|se|lo|hi|low|high|lower|upper|min|max|id|index|idx|row|b|version|samples|total|seconds|q\d+|cases|tests|"
    r"lens|length|windows)$|^id_|^index"
)
"""Names of numbers that are no scores."""
LOWER_IS_BETTER = re.compile(r"hallucination|perplexity|latency|loss|error_rate|(^|_)(wer|cer|ppl)($|_)")
DOMAINS = (
    (Domain.MATH, re.compile(r"math|gsm|aime|hmmt")),
    (Domain.CODING, re.compile(r"code|coding|humaneval|mbpp|(^|_)swe|program|(^|_)sql")),
    (Domain.MULTILINGUAL, re.compile(r"lingual|translat|mgsm")),
    (Domain.FACTUALITY, re.compile(r"factual|hallucination|truthful|simpleqa")),
    (Domain.INSTRUCTION_FOLLOWING, re.compile(r"ifeval|instruction")),
    (Domain.PREFERENCE, re.compile(r"(^|_)elo|arena|win_?rate|rating|preference")),
    (Domain.AGENTS, re.compile(r"agent|terminal|tool|browse")),
    (Domain.REASONING, re.compile(r"reason|bbh|logic|puzzle|(^|_)arc(_|$)")),
    (Domain.KNOWLEDGE, re.compile(r"mmlu|gpqa|knowledge|(^|_)hle|trivia")),
    (Domain.RETRIEVAL, re.compile(r"retriev|ndcg|recall")),
)
MAX_BENCHMARKS = 20
"""More columns of scores are left to the author: the file of a board has at most 110 lines."""
MIN_SCORES, MIN_SHARE = 5, 0.2
"""A column with fewer scores, or with scores of fewer models, does not show its range."""
OPEN_FACTOR = 5.0
"""The bounds of a scale without ends: this factor below and above the scores of the sample."""


@dataclass(frozen=True)
class Score:
    """One column of scores."""

    column: str
    low: float
    high: float
    """The range that a score of this column must keep; others are quarantined."""
    is_open: bool
    """Whether the scale has no ends, as an Elo rating."""
    has_gaps: bool
    domain: Domain
    higher_is_better: bool

    @property
    def slug(self) -> str:
        """The name as a part of an id."""
        return slug(self.column)


@dataclass(frozen=True)
class Guess:
    """The meaning of the columns of a sample."""

    name: str
    overall: Score | None
    """The overall score of the board; None for the mean win rate over its benchmarks."""
    benchmarks: tuple[Score, ...]
    facts: Mapping[str, str]
    """The column of ENTRIES, and the column of the file."""
    ignored: tuple[str, ...]


def slug(text: str) -> str:
    """Return `text` as an identifier in lower case: `GPQA diamond (%)` becomes `gpqa_diamond`."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower().replace("+", " plus ")).strip("_")
    return words if words[:1].isalpha() else f"c_{words}".rstrip("_")


def guess(sample: Sample) -> Guess:
    """Return the meaning of the columns; raises `UsageError` when no column can be a name or a score."""
    name = _find_name(sample)
    facts = _find_facts(sample, name)
    scores = list(_find_scores(sample, {name, *facts.values()}))
    if not scores:
        raise UsageError(
            f"no column holds scores; the file has {', '.join(sample.columns)}",
            hint="Scores are numbers from 0 to 1, from 0 to 100, or on one open scale. Write the file by hand then.",
        )
    overall = _find_overall(scores)
    is_separate = overall is not None and (len(scores) > 1 and slug(overall.column) in OVERALL_WORDS)
    benchmarks = tuple(score for score in _distinct(scores) if not (is_separate and score is overall))[:MAX_BENCHMARKS]
    used = {name, *facts.values(), *(score.column for score in benchmarks), *([overall.column] if overall else [])}
    return Guess(name, overall, benchmarks, facts, tuple(column for column in sample.columns if column not in used))


def _find_name(sample: Sample) -> str:
    texts = {
        column: values
        for column, values in sample.columns.items()
        if _is_text(values) and all(isinstance(value, str) and value.strip() for value in values)
        if max(len(str(value)) for value in values) <= MAX_NAME_LENGTH
    }
    by_word = [column for word in NAME_WORDS for column in texts if slug(column) == word]
    if by_word and len(set(texts[by_word[0]])) > len(texts[by_word[0]]) / 2:
        return by_word[0]
    if KEY in texts:
        return KEY
    if not texts:
        raise UsageError(
            "no column has the name of a model in every row", hint="Is it the file with the rows of the leaderboard?"
        )
    return max(texts, key=lambda column: len(set(texts[column])))


def _is_text(values: Values) -> bool:
    return bool(values) and not any(is_number(value) for value in values if value is not None)


def _find_facts(sample: Sample, name: str) -> dict[str, str]:
    """Return at most one column for each fact, with the type that the fact needs."""
    found: dict[str, str] = {}
    for column, values in sample.columns.items():
        given = [value for value in values if not is_empty(value)]
        fact = next((fact for fact, words in FACT_WORDS.items() if slug(column) in words), None)
        if fact is None or fact in found or column == name or not given:
            continue
        fits = all(map(is_number, given)) if fact == "params_b" else all(isinstance(value, str) for value in given)
        if fits and not (fact.endswith("_on") and not all(re.match(r"\d{4}-\d\d-\d\d", str(v)) for v in given)):
            found[fact] = column
    return found


def is_empty(value: object) -> bool:
    """Return whether a cell has no value."""
    return value is None or (isinstance(value, str) and value.strip() in NO_VALUE)


def is_number(value: object) -> bool:
    """Return whether a value is a number, or the text of one."""
    if isinstance(value, str):
        return bool(re.fullmatch(NUMBER, value.strip().removesuffix("%").strip()))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _find_scores(sample: Sample, used: set[str]) -> Iterator[Score]:
    for column, values in sample.columns.items():
        given = [value for value in values if not is_empty(value)]
        last = slug(column.rpartition(".")[2] if column.startswith(f"{sample.nested}.") else column)
        if column in used or not all(map(is_number, given)) or NO_SCORE.search(last):
            continue
        if len(given) < max(MIN_SCORES, len(values) * MIN_SHARE):
            continue
        if not sample.has_text_cells and len({isinstance(value, str) for value in given}) > 1:
            continue
        numbers = [float(str(value).strip().removesuffix("%")) for value in given]
        if scale := _scale(numbers):
            low, high, is_open = scale
            has_gaps = len(given) < len(values)
            yield Score(column, low, high, is_open, has_gaps, domain_of(slug(column)), not LOWER_IS_BETTER.search(last))


def _scale(numbers: Sequence[float]) -> tuple[float, float, bool] | None:
    """Return the range 0–1 or 0–100, or that of an open scale around the numbers; None when there is no sensible one."""
    low, high = min(numbers), max(numbers)
    if low == high or (high > 1 and all(map(float.is_integer, numbers)) and numbers.count(0) > len(numbers) / 4):
        # One value everywhere, or a count of rare events.
        return None
    if low >= 0 and high <= 1:
        return (0.0, 1.0, False)
    if low >= 0 and high <= 100:
        return (0.0, 100.0, False) if high >= 2 else None
    # A narrower range would refuse real scores, a wider one would take numbers in another unit.
    return (_round(low / OPEN_FACTOR), _round(high * OPEN_FACTOR), True) if low > 0 and high < 4 * low else None


def _round(number: float) -> float:
    """Return `number` with one significant digit."""
    return round(number, -floor(log10(number)))


def domain_of(name: str) -> Domain:
    """Return the domain that a name of a benchmark shows."""
    return next((domain for domain, pattern in DOMAINS if pattern.search(name)), Domain.GENERAL)


def _find_overall(scores: Sequence[Score]) -> Score | None:
    """Return the column of the overall score: the only one, or one with such a name and no gaps."""
    whole = [score for score in scores if not score.has_gaps]
    named = [score for word in (*OVERALL_WORDS, *MAIN_WORDS) for score in whole if slug(score.column) == word]
    return named[0] if named else whole[0] if len(scores) == 1 and whole else None


def _distinct(scores: Sequence[Score]) -> Iterator[Score]:
    """Yield the first of each slug: two benchmarks cannot have one name."""
    seen = set[str]()
    for score in scores:
        if score.slug not in seen:
            seen.add(score.slug)
            yield score
