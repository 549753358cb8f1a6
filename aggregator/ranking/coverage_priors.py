"""Prior mean of ability for each coverage pattern, the set of boards with a score of a model.

Models of one board resemble each other, so the prior depends on the pattern. A pattern with few models borrows from
the others: its mean is shrunk towards a base plus one term per board, fitted by ridge regression (Hoerl & Kennard 1970).
"""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index

PATTERN_VARIANCE = 0.25
"""Variance of a pattern's mean around the additive prior; ability has variance 1."""
BOARD_TERM_VARIANCE = 4.0
"""Prior variance of the term of one board: the ridge penalty is its inverse."""


@dataclass(frozen=True)
class AdditivePrior:
    """Expected ability of a coverage pattern: a base plus one term per board of the pattern."""

    base: float
    """Expected ability of a pattern without boards."""
    board_terms: Floats
    """What each board adds."""

    def mean(self, boards: Bools) -> Floats:
        """Return the expected ability of each row of `boards` (patterns or models × boards)."""
        expected: Floats = self.base + boards @ self.board_terms
        return expected


def fit_additive_prior(boards: Bools, mean: Floats, variance: Floats) -> AdditivePrior:
    """Fit base and board terms to the patterns' means by ridge regression, each weighted by 1 / `variance`.

    `boards` is patterns × boards.
    """
    design = np.column_stack([np.ones(boards.shape[0]), boards])
    penalty = np.diag(np.r_[1e-6, np.full(boards.shape[1], 1 / BOARD_TERM_VARIANCE)])
    left = design.T @ (design / variance[:, None]) + penalty
    solved = np.linalg.solve(left, design.T @ (mean / variance))
    return AdditivePrior(float(solved[0]), solved[1:])


def pattern_positions(seen: Bools, patterns: tuple[tuple[int, ...], ...]) -> Index:
    """Return the position in `patterns` of each model's coverage pattern, -1 for a pattern that is not there.

    `seen` is models × boards; a pattern lists positions of boards.
    """
    position_of = {pattern: position for position, pattern in enumerate(patterns)}
    distinct, which = np.unique(seen, axis=0, return_inverse=True)
    positions = np.array([position_of.get(tuple(np.flatnonzero(row).tolist()), -1) for row in distinct], dtype=np.intp)
    found: Index = positions[which.reshape(-1)]
    return found
