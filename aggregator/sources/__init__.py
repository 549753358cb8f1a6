"""The register of leaderboards, in the order in which they are shown; one file per leaderboard.

Code that turns the bytes of a board into rows belongs here. Downloads belong in `aggregator.fetch`, checks of an edition
against earlier ones in `aggregator.gates`.
"""

from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from aggregator.errors import UsageError
from aggregator.model import Source
from aggregator.sources import aider_polyglot, arena, mteb, mteb_results, open_llm_v1, open_llm_v2

BUILT_IN: tuple[Source, ...] = (
    open_llm_v2.SOURCE,
    open_llm_v1.SOURCE,
    arena.TEXT_STYLE_CONTROL,
    arena.TEXT,
    mteb.ENGLISH,
    mteb.MULTILINGUAL,
    mteb.CHINESE,
    mteb.RETRIEVAL,
    mteb_results.SOURCE,
    aider_polyglot.SOURCE,
)

ENTRY_POINTS = "metaboard.sources"

SAMPLE = Path(str(files(__name__) / "sample"))
"""Folder of the bundled sample: small files of every board, in the format of the hosts."""


def registered() -> tuple[Source, ...]:
    """Return all sources: the built-in ones, then those of installed packages with the entry point `metaboard.sources`.

    Raises `UsageError` when two sources share an id or an entry point is not a `Source`.
    """
    sources = list(BUILT_IN)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        source = point.load()
        if not isinstance(source, Source):
            raise UsageError(f"entry point {point.name!r} of {ENTRY_POINTS} is {type(source).__name__}, not a Source")
        sources.append(source)
    ids = [source.id for source in sources]
    repeated = sorted({source_id for source_id in ids if ids.count(source_id) > 1})
    if repeated:
        raise UsageError(f"two sources are called {', '.join(repeated)}")
    return tuple(sources)
