"""Groups of benchmarks that models in common link: only linked benchmarks can have one scale."""

import warnings

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Bools


class UnlinkedError(UsageError):
    """Two groups of benchmarks have no model in common, so no common scale exists."""


class UnlinkedWarning(UserWarning):
    """A method that needs no common scale was applied to groups without a model in common."""


def linked_groups(present: Bools, benchmarks: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Split benchmarks into groups without a model in common; largest group first.

    `present` is models × benchmarks. The groups are the connected components of the bipartite graph of both.
    """
    n_models, n_columns = present.shape
    row, column = np.nonzero(present)
    edges = csr_array((np.ones(row.size), (row, n_models + column)), shape=(n_models + n_columns,) * 2)
    _, label = connected_components(edges, directed=False)
    of_column = label[n_models:]
    groups = [tuple(np.array(benchmarks)[of_column == g].tolist()) for g in dict.fromkeys(of_column.tolist())]
    return sorted(groups, key=lambda group: (-len(group), group))


def describe_groups(groups: list[tuple[str, ...]]) -> str:
    """Return one sentence with the groups, three benchmarks of each."""
    named = [", ".join(group[:3]) + (f" and {len(group) - 3} more" if len(group) > 3 else "") for group in groups]
    return f"no model links {len(groups)} groups of benchmarks: " + " | ".join(named)


def require_one_scale(present: Bools, benchmarks: tuple[str, ...]) -> None:
    """Raise `UnlinkedError` unless models in common link all benchmarks."""
    groups = linked_groups(present, benchmarks)
    if len(groups) > 1:
        raise UnlinkedError(
            describe_groups(groups),
            hint="Scores of unlinked groups have no common scale. Rank each group on its own (`linked_groups` lists them).",
        )


def warn_if_unlinked(present: Bools, benchmarks: tuple[str, ...], method: str) -> None:
    """Warn (`UnlinkedWarning`) when a method compares groups without a model in common."""
    groups = linked_groups(present, benchmarks)
    if len(groups) > 1:
        # Level 4 is the caller of `rank`.
        warnings.warn(
            f"{method}: {describe_groups(groups)}; ranks across the groups mean nothing", UnlinkedWarning, stacklevel=4
        )
