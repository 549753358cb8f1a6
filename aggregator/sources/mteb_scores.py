"""Check that the scores of an MTEB file are fractions of 1."""

import polars as pl

from aggregator.errors import SourceError

MIN_SHARE_IN_RANGE = 0.9
"""Least share of scores from 0 to 1. Real files have more than 98 %; the rest are negative correlations."""

MIN_BEST_SCORE = 0.1
"""The best score of a file of fractions is at least this."""


def require_fractions(source: str, file: str, scores: pl.Series) -> None:
    """Raise `SourceError` when `scores` as a whole are percentages, hundredths or of the wrong sign."""
    if scores.is_empty():
        return
    in_range = int(scores.is_between(0, 1).sum())
    if in_range < MIN_SHARE_IN_RANGE * len(scores):
        raise SourceError(
            source, file, f"only {in_range} of {len(scores)} task scores lie in 0…1: are they still fractions?"
        )
    if scores.filter(scores >= MIN_BEST_SCORE).is_empty():
        raise SourceError(source, file, f"no task score reaches {MIN_BEST_SCORE}: are they still fractions of 1?")
