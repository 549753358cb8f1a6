"""How the rows of the file's tables look as columns of a terminal."""

from collections.abc import Mapping, Sequence
from functools import partial

from aggregator.text import billions, number, visible
from metaboard.display import Column, with_interval

Row = Mapping[str, object]


def words(name: str, title: str = "", *, keep: int = 0, folds: bool = False, least: int = 24) -> Column:
    """Return a column of text."""
    return Column(title or name, partial(value, name), keep, folds=folds, least=least)


def figures(name: str, title: str = "", *, keep: int = 0) -> Column:
    """Return a column of numbers."""
    return Column(title or name, lambda row: number(row.get(name)), keep, right=True)


def text(cell: object) -> str:
    """Return a value as words: nothing for null, yes and no for truth, commas between the items of a list."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case list() | tuple():
            return ", ".join(map(text, cell))
        case float() | int():
            return number(cell)
        case _:
            return str(cell)


def rank(row: Row) -> str:
    """Return the combined rank with its interval, where the file has one."""
    return with_interval(row.get("rank"), row.get("rank_low"), row.get("rank_high"))


def ability(row: Row) -> str:
    """Return the ability with its interval, in whole points."""
    ends = (row.get(f"ability{end}") for end in ("", "_low", "_high"))
    return with_interval(*(None if end is None else round(float(str(end))) for end in ends))


def value(name: str, row: Row) -> str:
    """Return the value of one column as words."""
    return text(row.get(name))


def score(row: Row) -> str:
    """Return a leaderboard's or benchmark's score with its interval, where there is one."""
    return with_interval(row["score"], row["score_low"], row["score_high"])


def params(row: Row) -> str:
    """Return the number of parameters."""
    return billions(row.get("params_b"))


RANK = Column("rank", rank, keep=100, right=True)
MODEL = words("name", "model", keep=100, folds=True, least=32)
PARAMS = Column("params", params, keep=75, right=True)
FACTS = (
    PARAMS,
    words("license", keep=40),
    words("kind", keep=30),
    words("organization", keep=35),
)
BOARDS = figures("boards", keep=60)
ABILITY = Column("ability", ability, keep=78, right=True)
EVIDENCE = words("evidence", "ev.", keep=76)
LLM = (
    RANK,
    MODEL,
    ABILITY,
    EVIDENCE,
    BOARDS,
    figures("arena_rank", "Arena", keep=90),
    figures("open_llm_v2_rank", "Open\nLLM v2", keep=85),
    figures("open_llm_v1_rank", "Open\nLLM v1", keep=80),
    *FACTS,
)
EMBEDDING = (
    RANK,
    MODEL,
    ABILITY,
    EVIDENCE,
    BOARDS,
    figures("mteb_rank", "MTEB", keep=90),
    figures("mteb_score", "score", keep=50),
    figures("mteb_multilingual_rank", "multi", keep=85),
    figures("mteb_chinese_rank", "Chinese", keep=70),
    figures("rteb_rank", "RTEB", keep=65),
    *FACTS,
)
MIXED = (RANK, MODEL, words("track", keep=95), BOARDS, *LLM[5:8], figures("mteb_rank", "MTEB", keep=84), *FACTS)
ONE_BOARD = (
    figures("board_rank", "place", keep=100),
    MODEL,
    Column(
        "score",
        lambda row: with_interval(row.get("board_score"), row.get("board_score_low"), row.get("board_score_high")),
        keep=95,
        right=True,
    ),
    Column("combined", rank, keep=80, right=True),
    *FACTS,
)
PLACES = (
    words("best_open_llm_model", "best on Open LLM", keep=80, folds=True),
    figures("best_open_llm_rank", "place", keep=79),
    words("best_arena_model", "best on Arena", keep=90, folds=True),
    figures("best_arena_rank", "place", keep=89),
    words("best_mteb_model", "best on MTEB", keep=70, folds=True),
    figures("best_mteb_rank", "place", keep=69),
    figures("models", keep=60),
)
FAMILIES = (RANK, words("family", keep=100, folds=True), *PLACES)
ORGANIZATIONS = (RANK, words("organization", keep=100, folds=True), *PLACES)


def correlation(name: str, row: Row) -> str:
    """Return a correlation with its interval, to two decimals."""
    middle, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    return "" if middle is None else f"{middle:.2f} ({low:.2f}–{high:.2f})"


AGREEMENT = (
    words("left_name", "one", keep=100, folds=True),
    words("right_name", "other", keep=100, folds=True),
    words("published_on", "date", keep=70),
    words("shared", "models", keep=40),
    figures("n_models", "n", keep=90),
    Column("Spearman", partial(correlation, "spearman"), keep=95, right=True),
    Column("Kendall", partial(correlation, "kendall"), keep=80, right=True),
)
ESTIMATES = (
    words("model_id", "model", keep=100, folds=True, least=32),
    Column(
        "estimated Arena rating",
        lambda row: with_interval(row.get("estimate"), row.get("low"), row.get("high")),
        keep=95,
        right=True,
    ),
)
OUTLIERS = (
    words("model_id", "model", keep=100, folds=True, least=32),
    words("benchmark", keep=95),
    figures("score", keep=90),
    figures("usual", keep=85),
    figures("robust_z", "z", keep=80),
    figures("n_window", "n", keep=60),
    words("flagged", keep=50),
)
GEMS = (
    words("model_id", "model", keep=100, folds=True, least=32),
    PARAMS,
    Column("ability", ability, keep=95, right=True),
    figures("usual_ability", "usual", keep=90),
    figures("likes", keep=60),
    words("license", keep=40),
)
CANDIDATES = (
    words("model_id", keep=100, folds=True),
    words("track", keep=50),
    Column("rank", rank, keep=80, right=True),
    BOARDS,
)
SOURCES = (
    words("source", keep=100),
    words("title", keep=40),
    words("track", keep=50),
    figures("models", keep=90),
    figures("rows_accepted", "rows", keep=70),
    words("published_on", "published", keep=85),
    Column("age", lambda row: days(row.get("age_days")), keep=80, right=True),
    words("status", keep=75),
    words("license", "data licence", keep=95, folds=True, least=12),
    words("homepage", keep=10, folds=True),
)
REPORT = (
    words("source", keep=100),
    words("status", keep=95),
    figures("rows_read", "read", keep=80),
    figures("rows_accepted", "accepted", keep=90),
    figures("rows_quarantined", "quarantined", keep=60),
    figures("rows_duplicate", "duplicate", keep=50),
    words("published_on", "published", keep=70),
    Column("age", lambda row: days(row.get("age_days")), keep=75, right=True),
)


def days(value: object) -> str:
    """Return an age in days, as a person says it."""
    return "" if value is None else f"{value} d"


def leaderboard(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns for rows of `leaderboard`: those of their track, or of one leaderboard where it was asked for."""
    if rows and "board_rank" in rows[0]:
        return ONE_BOARD
    match {row.get("track") for row in rows}:
        case tracks if tracks == {"embedding"}:
            return EMBEDDING
        case tracks if len(tracks) > 1:
            return MIXED
        case _:
            return LLM


def free(names: Sequence[str]) -> list[Column]:
    """Return columns for the answer to free SQL: values as they are, the last columns dropped first."""
    return [
        Column(visible(name), partial(_exact, name), keep=-place, folds=True, least=10)
        for place, name in enumerate(names)
    ]


def _exact(name: str, row: Row) -> str:
    cell = row[name]
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else text(cell)


STANDINGS = (
    words("source", "leaderboard", keep=100),
    Column("place", lambda row: f"{number(row['rank'])} of {number(row['models'])}", keep=95, right=True),
    Column("score", score, keep=90, right=True),
    words("published_on", "published", keep=80),
    words("raw_name", "listed as", keep=50, folds=True),
)
FINDINGS = (
    words("source", keep=95),
    words("resource", keep=90),
    words("verdict", keep=100),
    figures("http_status", "http", keep=70),
    figures("size", "bytes", keep=50),
    words("kept_at", "kept since", keep=60),
    words("host", keep=30),
)
GENERATIONS = (
    words("generation", keep=100),
    words("created_at", "created", keep=90),
    words("current", keep=95),
    words("directory", keep=10, folds=True),
)
UNRESOLVED = (
    figures("best_rank", "best rank", keep=80),
    words("raw_name", "name", keep=100, folds=True, least=20),
    words("source", "leaderboard", keep=70),
    words("reason", keep=60, folds=True),
    words("candidates", "might be", keep=90, folds=True, least=20),
)
QUALITY = (
    words("part", keep=90),
    words("class", keep=95),
    words("measure", keep=100),
    Column("value", lambda row: with_interval(row["value"], row["low"], row["high"]), keep=100, right=True),
    figures("right", keep=60),
    figures("decided", keep=70),
)
