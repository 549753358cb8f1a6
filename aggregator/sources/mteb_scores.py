"""What all scores of an MTEB file have in common."""

import polars as pl

from aggregator.errors import SourceError

USUAL = 0.9
"""The least share of scores from 0 to 1; real files have more than 98 %, the rest are negative correlations."""

LEAST_BEST = 0.1
"""A file whose best score is below this does not hold fractions of 1."""


def require_fractions(source: str, file: str, scores: pl.Series) -> None:
    """Raise `SourceError` when `scores` as a whole are percentages, hundredths or of the wrong sign."""
    if scores.is_empty():
        return
    usual = int(scores.is_between(0, 1).sum())
    if usual < USUAL * len(scores):
        raise SourceError(
            source, file, f"only {usual} of {len(scores)} task scores lie in 0…1: are they still fractions?"
        )
    if scores.filter(scores >= LEAST_BEST).is_empty():
        raise SourceError(source, file, f"no task score reaches {LEAST_BEST}: are they still fractions of 1?")
