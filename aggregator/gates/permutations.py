"""Find the models that have all scores of another model, as after two names or more were exchanged.

A few such models can be held. A permutation of most names is found by `similarity.find_swapped_scores`, which asks for
no complete match.
"""

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.score_pairs import OVERALL

LEAST_MATCH = 0.8
"""Smallest share of the changed scores of a model that are the old scores of one other model."""
LEAST_CHANGED = 0.6
"""Smallest share of the scores of a model that changed; two models can have some equal scores."""
FEWEST_RATINGS = 3
"""Ratings are rounded and all change: single ones equal the old rating of another model by chance."""
MOST_EQUAL = 20
"""A score that more models have shows no model."""
LARGEST_SHARE = 0.3
"""On a board of one benchmark, a change of more scores is a new measurement."""


def find_exchanged_models(new: Candidate) -> pl.DataFrame:
    """Return the rows of `Candidate.changes` of the models that have the last good scores of another model."""
    rows = new.changes
    if rows["benchmark"].n_unique() > 1:
        rows = rows.filter(pl.col("benchmark") != OVERALL)
    is_changed = pl.col("now") != pl.col("before")
    counts = rows.group_by("raw_name").agg(scores=pl.len(), changed=is_changed.sum())
    fewest = FEWEST_RATINGS if new.source.is_refitted else 1
    candidates = counts.filter(
        pl.col("changed") >= pl.max_horizontal(pl.lit(float(fewest)), LEAST_CHANGED * pl.col("scores"))
    )
    if candidates.height < 2 or (
        rows["benchmark"].n_unique() == 1 and candidates.height > LARGEST_SHARE * counts.height
    ):
        return rows.clear()
    cells = rows.join(candidates, on="raw_name").filter(is_changed)
    return rows.filter(pl.col("raw_name").is_in(_matching(cells).implode()))


def _matching(cells: pl.DataFrame) -> pl.Series:
    """Return the names whose changed scores are those that one other name of `cells` had before."""
    rare = pl.len().over("benchmark", "before") <= MOST_EQUAL
    had = cells.filter(rare).select("benchmark", other="raw_name", now="before")
    matches = (
        cells.join(had, on=["benchmark", "now"])
        .filter(pl.col("raw_name") != pl.col("other"))
        .group_by("raw_name", "other")
        .agg(matches=pl.len(), changed=pl.col("changed").first())
    )
    found = matches.filter(pl.col("matches") >= LEAST_MATCH * pl.col("changed"))["raw_name"].unique()
    return found.clear() if found.len() < 2 else found
