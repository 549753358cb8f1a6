"""One rank table from every leaderboard: the library below the flows, usable without Prefect.

`aggregator.rank(scores, method)` ranks the models of any frame of scores, `aggregator.compare(scores, a, b)` compares
two of them; see `aggregator.ranking`.

What belongs here: packages, and the modules that several of them share (`model`, `schema`, `errors`, `text`, `text_columns`,
`pairwise`).
`docs/architecture.md` lists the packages and who may import whom.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # From the modules: `aggregator.ranking.compare` is both a module and a function.
    from aggregator.ranking.compare import compare
    from aggregator.ranking.methods import rank
    from aggregator.ranking.predict import predict

__all__ = ["compare", "predict", "rank"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - an attribute of a module can be of any type
    """Import a function of the ranking at its first use: reading commands start without numpy and scipy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aggregator import ranking  # noqa: PLC0415 - for the reason above

    return getattr(ranking, name)


class _MovedModules(MetaPathFinder):
    """Fail with the new name when a module is imported under the name that it had in an earlier release."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise `ImportError` for a moved module; return None for every other name."""
        del path, target
        if fullname.startswith(("aggregator.", "flows.")) and (new := _moved().get(fullname)):
            # `ImportError` and not its subclass: `from package import name` hides a `ModuleNotFoundError`.
            raise ImportError(f"{fullname} has moved: import {new}", name=fullname)
        return None


@cache
def _moved() -> Mapping[str, str]:
    """Return the new name of every moved module by its old name."""
    lines = (files(__name__) / "moved_modules.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" -> ") for line in lines)


# At the end: the finder is asked only for modules that exist nowhere else.
sys.meta_path.append(_MovedModules())
