"""Run the `parse` of a source: whatever it raises or returns, the result is rows or a `SourceError`.

The parser of a plug-in is foreign code. The rows are checked against the rules that the tables of `sql/model/` need, so
that a mistake in one parser costs its own rows and no others.
"""

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import SourceError
from aggregator.model import Domain, Kind, MeasuredBy, Parsed, Source
from aggregator.sources.plugins import describe
from aggregator.sources.wire import MAX_NAME_LENGTH

FRAMES = {
    "entries": schema.ENTRIES,
    "scores": schema.SCORES,
    "benchmarks": schema.BENCHMARKS,
    "quarantined": schema.QUARANTINED,
    "history": schema.HISTORY,
}
EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    ("entries", "kind"): tuple(Kind),
    ("entries", "effort"): EFFORTS,
    ("scores", "measured_by"): tuple(MeasuredBy),
    ("benchmarks", "measured_by"): tuple(MeasuredBy),
    ("benchmarks", "domain"): tuple(Domain),
}
"""The possible values of the columns that have a list of them, by frame and column."""


def parse_files(source: Source, files: Mapping[str, bytes]) -> Parsed:
    """Return the rows of `files`; raises `SourceError` for any error of the parser and for rows that break a rule."""
    try:
        parsed: object = source.parse(files)
    except SourceError:
        raise
    except (Exception, pl.exceptions.PanicException) as cause:
        raise SourceError(source.id, "parse", f"failed with {describe(cause)}{_place(cause)}") from cause
    problem = _find_wrong_type(parsed)
    if problem is None and isinstance(parsed, Parsed):
        problem = next(find_broken_rules(source, parsed), None)
    if problem or not isinstance(parsed, Parsed):
        raise SourceError(source.id, "parse", f"returned {problem}")
    return parsed


def _place(cause: BaseException) -> str:
    """Return the file and the line in which foreign code failed."""
    frames = traceback.extract_tb(cause.__traceback__)[1:]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _find_wrong_type(parsed: object) -> str | None:
    if not isinstance(parsed, Parsed):
        return f"a {type(parsed).__name__}, not a Parsed"
    frames: dict[str, object] = vars(parsed)
    for name, columns in FRAMES.items():
        found = frames[name]
        if name == "history" and found is None:
            continue
        if not isinstance(found, pl.DataFrame):
            return f"a {type(found).__name__} as `{name}`, not a frame"
        if wrong := [column for column, dtype in columns.items() if found.schema.get(column) != dtype]:
            return f"`{name}` without the column `{wrong[0]}` of type {columns[wrong[0]]}"
        if len(found.columns) != len(columns):
            return f"`{name}` with other columns than {', '.join(columns)}"
    accepted = frames["accepted"]
    if not isinstance(accepted, pl.DataFrame) or {"raw_name", "rows"} - set(accepted.columns):
        return "no frame with `raw_name` and `rows` as `accepted`"
    return None


def find_broken_rules(source: Source, parsed: Parsed) -> Iterator[str]:
    """Yield a sentence for each rule that the rows break."""
    if parsed.rows_duplicate < 0 or parsed.rows_read != (
        parsed.rows_accepted + parsed.rows_duplicate + parsed.rows_quarantined
    ):
        yield (
            f"{parsed.rows_read} rows read, but {parsed.rows_accepted} accepted, {parsed.rows_duplicate} duplicate and "
            f"{parsed.rows_quarantined} quarantined"
        )
    yield from _find_wrong_keys(source, parsed)
    yield from _find_wrong_references(parsed)
    yield from _find_wrong_values(parsed)


def _find_wrong_keys(source: Source, parsed: Parsed) -> Iterator[str]:
    """Yield keys that are null, repeated, too long, or of another source."""
    keys = {"entries": ["raw_name"], "scores": ["benchmark", "raw_name"], "benchmarks": ["benchmark"]}
    for name, key in keys.items():
        frame: pl.DataFrame = getattr(parsed, name)
        if frame.select(pl.any_horizontal(pl.col(key).is_null())).to_series().any():
            yield f"`{name}` with an empty {' or '.join(key)}"
        if repeated := frame.filter(frame.select(key).is_duplicated()).select(key).head(1).rows():
            yield f"`{name}` with {' and '.join(repeated[0])} twice"
        if not frame["source"].eq_missing(source.id).all():
            yield f"`{name}` with another source than {source.id!r}"
        if "benchmark" in key and not frame["benchmark"].str.starts_with(f"{source.id}/").all():
            yield f"`{name}` with a benchmark that does not begin with {source.id}/"
    names = parsed.entries["raw_name"]
    if (names.str.len_chars() > MAX_NAME_LENGTH).any() or names.str.contains(r"[\x00-\x1f\x7f]").any():
        yield "`entries` with a name that is too long or has control characters"


def _find_wrong_references(parsed: Parsed) -> Iterator[str]:
    """Yield names and benchmarks that only one of two frames has."""
    pairs = (("raw_name", parsed.scores, parsed.entries), ("benchmark", parsed.scores, parsed.benchmarks))
    for column, frame, described in pairs:
        if missing := frame.join(described, on=column, how="anti")[column].head(1).to_list():
            yield f"a score with the {column} {missing[0]!r}, which has no row of its own"
    if set(parsed.entries["raw_name"]) != set(parsed.accepted["raw_name"]):
        yield "`accepted` with other names than `entries`"


def _find_wrong_values(parsed: Parsed) -> Iterator[str]:
    """Yield empty scores and values outside their list; `gates.find_impossible_scores` quarantines impossible scores."""
    scores = parsed.scores
    if scores["score"].has_nulls():
        yield "a score without a value"
    if (scores["standard_error"] < 0).any():
        yield "a negative standard error"
    for (name, column), values in VALUES.items():
        found = getattr(parsed, name)[column].drop_nulls()
        if unknown := sorted(set(found) - set(values)):
            yield f"`{name}` with the {column} {unknown[0]!r}; the possible ones are {', '.join(values)}"
    for column in ("params_b", "active_params_b", "thinking_budget"):
        if (parsed.entries[column] <= 0).any():
            yield f"`entries` with a {column} of 0 or less"
