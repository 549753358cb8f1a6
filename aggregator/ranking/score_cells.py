"""The cells of a score matrix that a factor model reads: transformed scores with what is known of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.name_groups import NameGroups


@dataclass(frozen=True)
class Cells:
    """Transformed scores of models × benchmarks with what is known of them."""

    present: Bools
    value: Floats
    """0 where missing."""
    known_variance: Floats
    """Variance of the known error of each cell, 0 where missing or unknown."""
    groups: tuple[NameGroups, ...]

    @cached_property
    def at(self) -> tuple[Index, Index]:
        """The models and the benchmarks of the present cells."""
        model, benchmark = np.nonzero(self.present)
        return model, benchmark

    @cached_property
    def count(self) -> Index:
        """The number of models of each benchmark."""
        return np.asarray(self.present.sum(axis=0), dtype=np.intp)

    def sums(self, numbers: Floats, group: Index, n_groups: int) -> Floats:
        """Return the sums of one number per present cell over groups of models, groups × benchmarks."""
        width = self.present.shape[1]
        sums = np.bincount(group[self.at[0]] * width + self.at[1], weights=numbers, minlength=n_groups * width)
        return np.asarray(sums, dtype=np.float64).reshape(n_groups, width)

    def select(self, models: Index) -> "Cells":
        """Return the rows of some models."""
        groups = tuple(level.select(models) for level in self.groups)
        return Cells(self.present[models], self.value[models], self.known_variance[models], groups)

    def without(self, hidden: Bools) -> "Cells":
        """Return the cells with some of them missing."""
        kept = self.present & ~hidden
        return Cells(kept, np.where(kept, self.value, 0.0), np.where(kept, self.known_variance, 0.0), self.groups)
