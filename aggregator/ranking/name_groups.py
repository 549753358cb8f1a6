"""Groups of models whose names begin alike: side information of the factor model.

`gpt-4o-mini` and `gpt-4o` share their first two tokens. What is known of one says something of the other, on every
benchmark together and on one benchmark alone. Names without common beginnings give no groups.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aggregator.ranking.arrays import Index

LEVELS = 3
"""Groups share their first token, their first two, and so on up to this number."""
_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")


@dataclass(frozen=True)
class NameGroups:
    """Groups at one level; a model belongs to one group or to none."""

    group: Index
    """The group of each model; models without one have the number `count`."""
    count: int

    @property
    def membership(self) -> sparse.csr_array:
        """Groups × models: 1 where the model is in the group; the last row holds the models without a group."""
        models = np.arange(self.group.size)
        return sparse.csr_array((np.ones(models.size), (self.group, models)), shape=(self.count + 1, models.size))

    def select(self, models: Index) -> "NameGroups":
        """Return the groups of some models, with the same numbers."""
        return NameGroups(self.group[models], self.count)


def name_groups(models: Sequence[str]) -> tuple[NameGroups, ...]:
    """Return the groups of the models at each level that has one; a group has two models or more, and not all.

    The organization before the last slash does not count: boards differ in it.
    """
    tokens = [tuple(_TOKEN.findall(model.lower().rpartition("/")[2])) for model in models]
    levels = []
    for length in range(1, LEVELS + 1):
        starts = [name[:length] if len(name) >= length else None for name in tokens]
        counts = Counter(start for start in starts if start is not None)
        named = sorted(start for start, count in counts.items() if 1 < count < len(models))
        position = {start: number for number, start in enumerate(named)}
        if named:
            group = [len(named) if start is None else position.get(start, len(named)) for start in starts]
            levels.append(NameGroups(np.array(group, dtype=np.intp), len(named)))
    return tuple(levels)
