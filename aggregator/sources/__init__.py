"""The register of leaderboards, in the order in which they are shown; one file per leaderboard.

Code that turns the bytes of a board into rows belongs here. Downloads belong in `aggregator.fetch`, checks of an edition
against earlier ones in `aggregator.gates`.
"""

from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from aggregator.model import Source
from aggregator.sources import (
    aider_edit,
    aider_polyglot,
    alpaca_eval,
    arena,
    arena_hard,
    bigcodebench,
    epoch_external,
    epoch_runs,
    evalplus,
    hub_benchmarks,
    livebench,
    mteb,
    mteb_results,
    open_llm_v1,
    open_llm_v2,
    vectara,
    zeroeval,
)
from aggregator.sources.plugins import ENTRY_POINTS, Register, load_register

BUILT_IN: tuple[Source, ...] = (
    open_llm_v2.SOURCE,
    open_llm_v1.SOURCE,
    *(view for view in arena.SOURCES if view.is_on),
    *(board for board in mteb.SOURCES if board.is_on),
    mteb_results.SOURCE,
    hub_benchmarks.SOURCE,
    *livebench.SOURCES,
    aider_polyglot.SOURCE,
    aider_edit.SOURCE,
    alpaca_eval.SOURCE,
    arena_hard.SOURCE,
    evalplus.SOURCE,
    bigcodebench.SOURCE,
    zeroeval.SOURCE,
    epoch_runs.SOURCE,
    epoch_external.SOURCE,
    vectara.SOURCE,
    *(view for view in arena.SOURCES if not view.is_on),
    *(board for board in mteb.SOURCES if not board.is_on),
)

SAMPLE = Path(str(files(__name__) / "sample"))
"""Folder of the bundled sample: small files of every board, in the format of the hosts."""


def read_register() -> Register:
    """Return all usable sources and the plug-ins that are left out.

    The sources are the built-in ones, then those of installed distributions with the entry point `metaboard.sources`.
    """
    return load_register(BUILT_IN, entry_points(group=ENTRY_POINTS))


def registered() -> tuple[Source, ...]:
    """Return all usable sources, also those that are off by default."""
    return read_register().sources


def on_by_default() -> tuple[Source, ...]:
    """Return the usable sources that a refresh reads without settings."""
    return tuple(source for source in registered() if source.is_on)
