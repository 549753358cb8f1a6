"""Gate `correlation`: a benchmark that no longer goes with the other benchmarks of its board, among the new models.

For known models the comparison with their own last good scores is stricter; new models have none. Their scores on one
benchmark correlate with the mean of their other scores, less than those of known models when they are all alike. In
honest nights of v2 and on the dates of the Arena, the correlation among 12 or more new models fell from .74 to .18 (25
models) and from .98 to .52 (22 models): what is found here lies beyond the sampling error of such falls.
"""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import judge_benchmarks
from aggregator.gates.candidate import Candidate
from aggregator.gates.score_pairs import OVERALL, current_scores, title_of
from aggregator.gates.verdict import Finding

FEWEST_NEW = 12
FEWEST_KNOWN = 30
LEAST_USUAL = 0.5
"""Smallest correlation among known models with which a loss among new ones is seen."""
SIGNIFICANCE = 3.0
"""Standard errors (of Fisher's z) that are added to the correlation of the new models."""
LEAST_PART = 0.7
"""The correlation with its error must reach this part of the usual one."""
LARGEST_OFFSET = 1.5
"""Largest median distance of new models' scores from what their other scores suggest, in standard deviations; .82 in an
honest night of v2 (25 models, 2024-10-01) and .40 in the Arena."""


def correlation(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks whose scores of new models do not go with the other scores of the same models."""
    if new.last_good is None:
        return
    known_names = new.last_good.entries["raw_name"].unique()
    scores = current_scores(new.parsed).filter(pl.col("benchmark").is_in(new.changes["benchmark"].unique().implode()))
    is_new = ~pl.col("raw_name").is_in(known_names.implode())
    if scores.filter(is_new)["raw_name"].n_unique() < FEWEST_NEW:
        return
    standard = new.changes.group_by("benchmark").agg(pl.col("sd").first(), mean=pl.col("before").mean())
    z = scores.join(standard.filter(pl.col("sd") > 0), on="benchmark").with_columns(
        z=(pl.col("score") - pl.col("mean")) / pl.col("sd"), is_new=is_new
    )
    table = _correlations(z.filter("is_new")).join(
        _correlations(z.filter(~pl.col("is_new"))), on="benchmark", suffix="_known"
    )
    if finding := judge_benchmarks(new, dict(_broken(new, table))):
        yield finding


def _correlations(z: pl.DataFrame) -> pl.DataFrame:
    """Return `(benchmark, n, rho, offset)`: each benchmark against the mean of the other scores of the same model."""
    others = z.filter(pl.col("benchmark") != OVERALL).group_by("raw_name").agg(total=pl.col("z").sum(), count=pl.len())
    is_part = (pl.col("benchmark") != OVERALL).cast(pl.Float64)
    rest = (pl.col("total") - is_part * pl.col("z")) / (pl.col("count") - is_part)
    paired = z.join(others, on="raw_name").filter(pl.col("count") > 1).with_columns(rest=rest)
    return paired.group_by("benchmark").agg(
        n=pl.len(),
        rho=pl.corr(pl.col("z").rank(), pl.col("rest").rank()),
        offset=(pl.col("z") - pl.col("rest")).median(),
    )


def _broken(new: Candidate, table: pl.DataFrame) -> Iterator[tuple[str, str]]:
    usual = pl.col("rho_known").fill_nan(0.0)
    rho = pl.col("rho").fill_nan(0.0).clip(-0.999, 0.999)
    upper = (rho.arctanh() + SIGNIFICANCE / (pl.col("n") - 3).sqrt()).tanh()
    offset = pl.col("offset") - pl.col("offset_known")
    judged = table.filter(pl.col("n") >= FEWEST_NEW, pl.col("n_known") >= FEWEST_KNOWN).with_columns(
        is_lost=(usual >= LEAST_USUAL) & (upper < LEAST_PART * usual), offset=offset
    )
    bad = judged.filter(pl.col("is_lost") | (pl.col("offset").abs() > LARGEST_OFFSET))
    for row in bad.sort("rho", "benchmark").iter_rows(named=True):
        scores = f"the scores of {row['n']} new models on {title_of(row['benchmark'], new.parsed)}"
        if row["is_lost"]:
            yield (
                row["benchmark"],
                (
                    f"{scores} correlate with their other scores at {row['rho']:.2f}, those of known models at "
                    f"{row['rho_known']:.2f}"
                ),
            )
        else:
            yield (
                row["benchmark"],
                (f"{scores} lie {row['offset']:+.1f} standard deviations from what their other scores suggest"),
            )
