"""Settings of the leaderboards: which are read, which are in the combined rank, and which are published.

An option of the command has priority over the environment, the environment over `HOME/settings.toml`, and that file
over the register.

::

    [boards]
    on = ["arena_vision"]           # read in every refresh
    off = ["vectara"]
    in_rank = ["arena_text"]        # part of the combined rank
    out_of_rank = ["alpaca_eval"]
    publish = ["bigcodebench"]      # published although its data has no licence, or a non-commercial one
    include = ["self-reported"]     # these scores enter the combined rank too
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aggregator.errors import UsageError
from aggregator.model import Source
from aggregator.store.files import storage_errors

FILE = "settings.toml"
TABLE = "boards"
KEEP_TABLE = "keep"
"""The table of `aggregator.pipeline.keep_limits`."""
BOARD_LISTS = ("on", "off", "in_rank", "out_of_rank", "publish")
"""The keys of the file with ids of leaderboards."""
OPPOSITES = (("on", "off"), ("in_rank", "out_of_rank"))
SELF_REPORTED = "self-reported"
NOTHING = "none"
"""As the value of `include`: no scores besides the measured ones, although a place with less priority has some."""
REGISTER = "register"


@dataclass(frozen=True)
class Place:
    """The settings of one place: the options, the environment or the file."""

    title: str
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    in_rank: tuple[str, ...] = ()
    out_of_rank: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()
    include: tuple[str, ...] | None = None
    """None where the place has no such setting."""

    def __post_init__(self) -> None:
        """Raise `UsageError` for a board that is switched in both directions, and for unknown scores to include."""
        for first, second in OPPOSITES:
            if both := sorted(set(getattr(self, first)) & set(getattr(self, second))):
                raise UsageError(f"{self.title}: {', '.join(both)} is in `{first}` and in `{second}`")
        if unknown := sorted(set(self.include or ()) - {SELF_REPORTED, NOTHING}):
            raise UsageError(
                f"{self.title}: nothing called {', '.join(unknown)} can be included",
                hint=f"The values of `include` are {SELF_REPORTED} and {NOTHING}.",
            )

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all leaderboards that the place names."""
        return frozenset(board for name in BOARD_LISTS for board in getattr(self, name))


@dataclass(frozen=True)
class Settings:
    """The settings of all places, the one with the least priority first."""

    places: tuple[Place, ...] = ()

    def apply(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        """Return `sources` with the `is_on` and `in_rank` of these settings."""
        return tuple(self._switched(source) for source in sources)

    def _switched(self, source: Source) -> Source:
        for place in self.places:
            if source.id in (*place.on, *place.off):
                source = replace(source, is_on=source.id in place.on)
            if source.id in (*place.in_rank, *place.out_of_rank):
                source = replace(source, in_rank=source.id in place.in_rank)
        return source

    def origin(self, board: str, *names: str) -> str:
        """Return the title of the place that decides over one of the lists `names` for a board, or "register"."""
        places = [place for place in self.places if any(board in getattr(place, name) for name in names)]
        return places[-1].title if places else REGISTER

    @property
    def include(self) -> frozenset[str]:
        """The scores that enter the combined rank besides the measured ones: `self-reported` or nothing."""
        given = [place.include for place in self.places if place.include is not None]
        return frozenset(given[-1] if given else ()) - {NOTHING}

    @property
    def published(self) -> frozenset[str]:
        """The leaderboards that are published although their data has no licence, or a non-commercial one."""
        return frozenset(board for place in self.places for board in place.publish)

    def unknown_boards(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return a sentence for each place that names a leaderboard besides `known`."""
        ids = frozenset(known)
        return tuple(
            f"{place.title} names {', '.join(sorted(unknown))}, which is not registered"
            for place in self.places
            if (unknown := place.ids - ids)
        )


def load_settings(home: Path, options: Place | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `home`, of the environment and of the options.

    Raises `UsageError` for an invalid value, and `StorageError` when the file cannot be read.
    """
    environment = os.environ if environment is None else environment
    return Settings((_of_file(home / FILE), _of_environment(environment), *([options] if options else [])))


def _of_file(path: Path) -> Place:
    with storage_errors(f"read {path}"):
        content = path.read_bytes() if path.exists() else b""
    try:
        fields = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise _invalid(path, f"is not TOML: {cause}") from cause
    table = fields.get(TABLE, {})
    if unknown := sorted(fields.keys() - {TABLE, KEEP_TABLE}):
        raise _invalid(path, f"has unknown tables or keys: {', '.join(unknown)}")
    if not isinstance(table, dict):
        raise _invalid(path, f"has {TABLE!r} as a value, not as a table")
    if unknown := sorted(table.keys() - {*BOARD_LISTS, "include"}):
        raise _invalid(path, f"has unknown keys in [{TABLE}]: {', '.join(unknown)}")
    return _place(str(path), {key: _texts(path, key, value) for key, value in table.items()})


def _texts(path: Path, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid(path, f"has no list of texts as `{key}`")
    return tuple(value)


def _invalid(path: Path, problem: str) -> UsageError:
    return UsageError(f"{path} {problem}", hint="Nothing was changed. Correct the file or remove it.")


def _of_environment(environment: Mapping[str, str]) -> Place:
    variables = {"on": "METABOARD_BOARDS_ON", "off": "METABOARD_BOARDS_OFF", "include": "METABOARD_INCLUDE"}
    texts = {name: environment.get(variable, "") for name, variable in variables.items()}
    lists = {name: tuple(part.strip() for part in text.split(",") if part.strip()) for name, text in texts.items()}
    return _place("environment", {name: found for name, found in lists.items() if found})


def _place(title: str, lists: Mapping[str, Sequence[str]]) -> Place:
    boards = {name: tuple(lists.get(name, ())) for name in BOARD_LISTS}
    include = tuple(lists["include"]) if "include" in lists else None
    return Place(title, **boards, include=include)


def of_options(on: Sequence[str], off: Sequence[str], include: Sequence[str], known: Iterable[str]) -> Place | None:
    """Return the settings that options give, None without any; raises `UsageError` for a board besides `known`."""
    if unknown := sorted({*on, *off} - set(known)):
        raise UsageError(
            f"no leaderboard is called {', '.join(unknown)}", hint="`metaboard boards` lists the registered ones."
        )
    if not (on or off or include):
        return None
    return Place("option", on=tuple(on), off=tuple(off), include=tuple(include) or None)
