"""Which benchmarks can be put on one scale at all: those that are linked by models in common."""

import warnings

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from aggregator.errors import UsageError
from aggregator.ranking.score_matrix import Bools


class UnlinkedError(UsageError):
    """Two groups of benchmarks have no model in common, so no common scale exists."""


class UnlinkedWarning(UserWarning):
    """A rule that needs no common scale was applied to groups that share no model."""


def linked_groups(present: Bools, benchmarks: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Split benchmarks into groups that share no model with each other; largest group first."""
    n_models, n_columns = present.shape
    row, column = np.nonzero(present)
    edges = csr_array((np.ones(row.size), (row, n_models + column)), shape=(n_models + n_columns,) * 2)
    _, label = connected_components(edges, directed=False)
    of_column = label[n_models:]
    groups = [tuple(np.array(benchmarks)[of_column == g].tolist()) for g in dict.fromkeys(of_column.tolist())]
    return sorted(groups, key=lambda group: (-len(group), group))


def describe(groups: list[tuple[str, ...]]) -> str:
    """One sentence that names the groups, a few benchmarks of each."""
    named = [", ".join(group[:3]) + (f" and {len(group) - 3} more" if len(group) > 3 else "") for group in groups]
    return f"no model links {len(groups)} groups of benchmarks: " + " | ".join(named)


def require_one_scale(present: Bools, benchmarks: tuple[str, ...]) -> None:
    """Raise `UnlinkedError` unless every benchmark reaches every other through shared models."""
    groups = linked_groups(present, benchmarks)
    if len(groups) > 1:
        raise UnlinkedError(
            describe(groups),
            hint="Scores of unlinked groups have no common scale. Rank each group on its own (`linked_groups` names them).",
        )


def warn_if_unlinked(present: Bools, benchmarks: tuple[str, ...], method: str) -> None:
    """Say so when a rule counts across groups that share no model; the rule itself is still defined."""
    groups = linked_groups(present, benchmarks)
    if len(groups) > 1:
        warnings.warn(
            f"{method}: {describe(groups)}; positions across the groups mean nothing", UnlinkedWarning, stacklevel=4
        )
