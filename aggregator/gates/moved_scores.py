"""Gate `moved`: scores of known models that moved far beyond the noise of their board.

A measurement moves only when a model or a benchmark is measured anew; all ratings of a refitted board move a little.
Honest movement was measured on 92 nights of the Open LLM Leaderboard v2 (`open_llm_v2_nights.parquet`), 95 changes of
the Arena's text view and 11 of its view with style control, in standard deviations of the benchmark:

- A measurement stays what it is for 94 % of the models or more. On 2024-11-08 MATH was measured anew: 71 % of the
  models changed, 1,200 upwards and 3 downwards.
- The overall ratings of the Arena move together by .04; in the view with style control once by .57 (2025-05-27: a new
  zero of each scale) and by .22 in the 162 days after it; around that shift
  by .06 (overall) and .19 (languages with few votes) in the root mean square, a single model by .28 (overall).
"""

import math
from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import few_models, judge_benchmarks, judge_models
from aggregator.gates.candidate import Candidate
from aggregator.gates.score_pairs import FEWEST_ROWS, OVERALL, title_of
from aggregator.gates.verdict import EXAMPLES, Action, Finding

FEWEST_COMMON = 10
"""Minimum number of common models for a statement about a benchmark."""
FAR = 0.5
"""A measurement moved far when it moved by this many standard deviations: five times a harmless drift of .1."""
FAR_RATING = 0.3
FAR_HALF_WIDTHS = 3.5
"""A rating moved far when it moved, against the others, by more than both: honest ratings moved by .81 standard
deviations with 2 half widths of the interval, and by 5 half widths with .21 standard deviations."""
FAR_NOISES = 6.0
"""A far move is also this many robust standard deviations of all moves of the benchmark."""
FAR_SHARE = 0.02
"""Largest share of the scores of a benchmark that moves far; .7 % in the worst honest night of v2 (5 of 707, 2024-08-17), none in the Arena."""
FEW_FAR = 3

SMALLEST_STEP = 0.02
"""Smaller changes are roundings."""
SYSTEMATIC_SHARE = 0.1
"""A measurement with this share of changed scores was measured anew, if they changed in one direction."""
SYSTEMATIC_STEP = 0.03
ONE_SIDED = 0.5
"""Excess of the more frequent direction among the changed scores, as a share; .99 for MATH on 2024-11-08."""
SIGNIFICANCE = 4.5
"""Standard deviations of the excess of one direction when each change is up or down by chance; so many because a source
has hundreds of benchmarks."""
SHIFT = 0.1
SHIFT_OF_FEW = 0.75
"""Largest median change of a measurement: the first, or the second divided by the root of the common models, which is
six standard errors in a harmless drift. The median of an honest measurement is 0."""

SHIFT_OVERALL = 0.06
"""Largest common shift of the overall rating, 8 points of the Arena; at most 5 in 95 changes of the text view."""
SHIFT_CATEGORY = 0.2
"""Largest common shift of the ratings of one category; .15 when all categories were fitted anew (2025-11-06)."""
QUIET_DAYS = 30
SHIFT_A_DAY = 0.005
"""After `QUIET_DAYS` the allowed shift grows: .22 in the 162 days before 2025-11-05."""

SCATTER_OF_ZERO = 0.05
"""Largest root mean square around the common shift after which only the zero of the scale is new; .04 in the view with style
control on 2025-05-27, when its categories moved by 10 to 69 points."""

LARGEST_SCATTER = 0.15
"""Largest root mean square of the changes around their median, each at most `CLIP`."""
DRIFT = 0.1
DRIFT_ERRORS = 4.5
"""A harmless drift has this root mean square; that of few models differs from it by so many standard errors."""
CLIP = 0.4
LEAST_HALF_WIDTHS = 0.4
"""Scattered ratings move by more than this part of their half interval; .19 for languages with few votes."""
RUN_FACTS = ("revision", "precision", "submitted_on", "chat_template")
"""Facts of the run: with another one, the model was measured anew. So were 40 of 60 models that moved far in v2."""


def moved(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks that moved as a whole, and single models with scores that moved far."""
    table = _summarize(new.changes, is_refitted=new.source.is_refitted)
    zeros = _new_zeros(new, table)
    if zeros.height:
        yield Finding(f"the board set the zero of its scale anew: {_describe_shifts(new, zeros)}", action=Action.NOTE)
    sentences = _sentences(new, table, zeros)
    if finding := judge_benchmarks(new, sentences):
        yield finding
        if new.source.in_rank or not finding.hold:
            return
    changes = new.changes.filter(pl.col("n") >= FEWEST_ROWS, ~pl.col("benchmark").is_in(list(sentences)))
    rows = without_other_runs(new, changes.filter(is_far(is_refitted=new.source.is_refitted)))
    what = "scores that moved far beyond the noise of the board, while the other models stayed"
    if finding := judge_models(rows, what, few_models(new)):
        yield finding


def moved_benchmarks(new: Candidate) -> dict[str, str]:
    """Return the benchmarks that moved as a whole, the worst first, each with a sentence."""
    table = _summarize(new.changes, is_refitted=new.source.is_refitted)
    return _sentences(new, table, _new_zeros(new, table))


def _sentences(new: Candidate, table: pl.DataFrame, zeros: pl.DataFrame) -> dict[str, str]:
    return dict(_bad_benchmarks(new, table.join(zeros, on="benchmark", how="anti")))


def residual(*, is_refitted: bool) -> pl.Expr:
    """Return the change, of a rating without the common shift of its benchmark."""
    return pl.col("change") - pl.col("shift") if is_refitted else pl.col("change")


def is_far(*, is_refitted: bool) -> pl.Expr:
    """Return whether a row of `Candidate.changes` moved far beyond the noise of its board."""
    if not is_refitted:
        limit = pl.max_horizontal(pl.lit(FAR), FAR_NOISES * pl.col("noise"))
        return (pl.col("change").abs() > limit).fill_null(value=False)
    limit = pl.max_horizontal(
        pl.lit(FAR_RATING),
        FAR_NOISES * pl.col("noise"),
        FAR_HALF_WIDTHS * pl.col("half_width").fill_null(FAR / FAR_HALF_WIDTHS),
    )
    return (residual(is_refitted=True).abs() > limit).fill_null(value=False)


def _summarize(changes: pl.DataFrame, *, is_refitted: bool) -> pl.DataFrame:
    """Return one row per benchmark with enough common models and a spread; the other statistics of `_bad_benchmarks`."""
    change, step = pl.col("change"), pl.col("change").abs() > SMALLEST_STEP
    rest = change - pl.col("shift")
    return (
        changes.filter(pl.col("n") >= FEWEST_COMMON, pl.col("sd").is_not_null())
        .group_by("benchmark")
        .agg(
            pl.col("n", "sd", "shift").first(),
            far=is_far(is_refitted=is_refitted).sum(),
            changed=step.sum(),
            size=change.filter(step).abs().median(),
            excess=(change.filter(step) > 0).sum().cast(pl.Int64) - (change.filter(step) < 0).sum().cast(pl.Int64),
            scatter=(rest.clip(-CLIP, CLIP) ** 2).mean().sqrt(),
            widths=(rest.abs() / pl.col("half_width")).filter(pl.col("half_width") > 0).median(),
        )
        .sort(pl.col("shift").abs() + pl.col("scatter"), descending=True)
    )


def _bad_benchmarks(new: Candidate, table: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the benchmarks that moved as a whole, each with its sentence."""
    for row in table.iter_rows(named=True):
        title = title_of(row["benchmark"], new.parsed) if _may_be_bad(row) else ""
        if not title:
            continue
        shift, points = abs(row["shift"]), row["shift"] * row["sd"]
        if new.source.is_refitted and shift > _allowed_shift(row["benchmark"], new.days_since_last):
            yield (
                row["benchmark"],
                (
                    f"the ratings of {title} moved by {points:+.3g} in the median: the board set its scale anew, or the "
                    "column is wrong"
                ),
            )
        elif not new.source.is_refitted and (
            _is_systematic(row) or shift > max(SHIFT, SHIFT_OF_FEW / math.sqrt(row["n"]))
        ):
            share = row["changed"] / row["n"]
            yield (
                row["benchmark"],
                (
                    f"the scores of {title} moved for {share:.0%} of the models: the board measured it anew, or the column "
                    "is wrong"
                ),
            )
        elif row["far"] > max(FEW_FAR, FAR_SHARE * row["n"]):
            yield (
                row["benchmark"],
                f"{row['far']:,} of {row['n']:,} scores of {title} moved far beyond the noise of the board",
            )
        elif row["scatter"] > _largest_scatter(row["n"]) and (
            row["widths"] is None or row["widths"] > LEAST_HALF_WIDTHS
        ):
            yield (
                row["benchmark"],
                f"the scores of {title} scatter around their last good values by {row['scatter']:.2f} standard deviations",
            )


def _may_be_bad(row: dict[str, float]) -> bool:
    """Return whether a benchmark changed at all; most did not, and their titles need not be looked up."""
    return bool(row["changed"] or row["far"])


def _new_zeros(new: Candidate, table: pl.DataFrame) -> pl.DataFrame:
    """Return the ratings of a board that set its scales anew: all models of a benchmark moved by the same.

    That changes no order, and `link_shifts` takes it out of the ability. A benchmark that moves alone is a wrong column.
    """
    moved = pl.col("shift").abs() > _allowed_shift(OVERALL, new.days_since_last)
    if not new.source.is_refitted or 2 * table.filter(moved).height <= table.height:
        return table.clear()
    return table.filter(moved, pl.col("scatter") <= SCATTER_OF_ZERO, pl.col("far") == 0)


def _describe_shifts(new: Candidate, zeros: pl.DataFrame) -> str:
    points = [
        f"all ratings of {title_of(name, new.parsed)} moved by {shift * sd:+.3g} together"
        for name, shift, sd in zeros.select("benchmark", "shift", "sd").head(EXAMPLES).iter_rows()
    ]
    return "; ".join(points) + (f"; and {zeros.height - EXAMPLES} more" if zeros.height > EXAMPLES else "")


def _allowed_shift(benchmark: str, days: int) -> float:
    start = SHIFT_OVERALL if benchmark == OVERALL else SHIFT_CATEGORY
    return start + SHIFT_A_DAY * max(0, days - QUIET_DAYS)


def _largest_scatter(n: int) -> float:
    return max(LARGEST_SCATTER, DRIFT * (1 + DRIFT_ERRORS / math.sqrt(2 * n)))


def _is_systematic(row: dict[str, float]) -> bool:
    """Return whether many scores changed in one direction, as after a new measurement, a factor or an added constant."""
    changed, excess = row["changed"], abs(row["excess"])
    return (
        changed >= SYSTEMATIC_SHARE * row["n"]
        and (row["size"] or 0.0) > SYSTEMATIC_STEP
        and excess > max(ONE_SIDED * changed, SIGNIFICANCE * changed**0.5)
    )


def without_other_runs(new: Candidate, rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` without the few models that were measured anew: the board states another run.

    Models with another run and the old scores of other models belong to the gate `shuffle`.
    """
    if new.last_good is None or rows.is_empty():
        return rows
    names = rows.filter(pl.col("change").abs() > SMALLEST_STEP)["raw_name"].unique().implode()
    now, last = (one.entries.filter(pl.col("raw_name").is_in(names)) for one in (new.parsed, new.last_good))
    is_other = pl.any_horizontal(pl.col(fact).ne_missing(pl.col(f"{fact}_last")) for fact in RUN_FACTS)
    found = now.join(last, on="raw_name", suffix="_last").filter(is_other)["raw_name"]
    return rows if found.len() > few_models(new) else rows.filter(~pl.col("raw_name").is_in(found.implode()))
