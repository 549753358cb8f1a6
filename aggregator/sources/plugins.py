"""Load the leaderboards of other distributions, and name those that cannot be used."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint

from aggregator.errors import PluginError
from aggregator.model import Domain, MeasuredBy, Parsed, RankRule, Resource, Source, Track

ENTRY_POINTS = "metaboard.sources"
"""The group of the entry points: `my_board = "my_package.my_board:SOURCE"`."""

ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""An id: also the beginning of column names, so without a sign that SQL would need to quote."""
TEXTS = ("title", "score_unit", "homepage", "license", "citation")
TYPES: dict[str, type] = {
    **dict.fromkeys(TEXTS, str),
    "track": Track,
    "rank_rule": RankRule,
    "domain": Domain,
    "measured_by": MeasuredBy,
    "resources": tuple,
    "in_rank": bool,
    "is_on": bool,
}
"""The types of the fields that the pipeline reads without a check of its own."""


@dataclass(frozen=True)
class BrokenPlugin:
    """An entry point that gives no usable leaderboard. It is left out; all others are used."""

    name: str
    """The name of the entry point."""
    distribution: str
    """The name and version of the distribution that declares it."""
    reason: str

    @property
    def message(self) -> str:
        """Which plug-in it is and what is wrong with it."""
        return f"the plug-in {self.name!r} of {self.distribution} {self.reason}"


@dataclass(frozen=True)
class Register:
    """All usable leaderboards, the built-in ones first, and the plug-ins that are left out."""

    sources: tuple[Source, ...]
    broken: tuple[BrokenPlugin, ...] = ()
    plugins: frozenset[str] = frozenset()
    """The ids of the usable leaderboards of other distributions."""
    modules: tuple[str, ...] = ()
    """The files of their modules."""

    @property
    def left_out(self) -> tuple[Source, ...]:
        """One source without files for each plug-in that is left out, for the report; `parse` raises `PluginError`."""
        used = {source.id for source in self.sources}
        found = list[Source]()
        for plugin in self.broken:
            name = re.sub(r"[^a-z0-9]+", "_", plugin.name.lower()).strip("_") or "plugin"
            while name in used:
                name += "_plugin"
            used.add(name)
            found.append(_without_rows(name, plugin))
        return tuple(found)


def _without_rows(name: str, plugin: BrokenPlugin) -> Source:
    def parse(_: Mapping[str, bytes]) -> Parsed:
        raise PluginError(name, plugin.message)

    return Source(
        id=name,
        title=plugin.name,
        track=Track.LLM,
        rank_rule=RankRule.NONE,
        score_unit="",
        homepage="",
        license="",
        citation="",
        resources=(),
        parse=parse,
        in_rank=False,
    )


def load_register(built_in: Iterable[Source], points: Iterable[EntryPoint]) -> Register:
    """Return `built_in` and the leaderboards of `points`, sorted by name; an entry point with an error is left out."""
    sources, broken, modules = list(built_in), list[BrokenPlugin](), list[str]()
    own = len(sources)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        found = _load(point)
        reason = found if isinstance(found, str) else find_problem(found) or _find_conflict(found, sources)
        if reason or not isinstance(found, Source):
            broken.append(BrokenPlugin(point.name, _distribution(point), reason or "is no leaderboard"))
        else:
            sources.append(found)
            modules += _module_file(point)
    return Register(tuple(sources), tuple(broken), frozenset(source.id for source in sources[own:]), tuple(modules))


def _module_file(point: EntryPoint) -> list[str]:
    file = getattr(sys.modules.get(str(point.value).partition(":")[0]), "__file__", None)
    return [file] if isinstance(file, str) else []


def _load(point: EntryPoint) -> object:
    """Return the object that the entry point names, or what failed as a sentence without its subject."""
    try:
        found = point.load()
    except (Exception, SystemExit) as cause:  # noqa: BLE001 - the code of another distribution can raise anything
        return f"cannot be imported: {describe(cause)}"
    return found if isinstance(found, Source) else f"is {_kind(found)}, not a Source"


def _kind(found: object) -> str:
    return f"the class {found.__name__}" if isinstance(found, type) else f"of the type {type(found).__name__}"


def describe(cause: BaseException) -> str:
    """Return the type and the first line of an error of foreign code, at most 200 characters."""
    lines = str(cause).splitlines()
    return f"{type(cause).__name__}: {lines[0]}"[:200] if lines else type(cause).__name__


def find_problem(source: object) -> str | None:
    """Return what is wrong with the declaration of a leaderboard, as a sentence without its subject; else None."""
    checks: tuple[Callable[[Source], str | None], ...] = (_find_wrong_id, _find_wrong_field, _find_wrong_resource)
    if not isinstance(source, Source):
        return "is no leaderboard"
    return next((problem for check in checks if (problem := check(source))), None)


def _find_wrong_id(source: Source) -> str | None:
    for field in ("id", "column_prefix", "score_name", "board_group"):
        value = getattr(source, field)
        if not (isinstance(value, str) and ID.fullmatch(value)):
            return f"has the {field} {value!r}, not a lower-case letter followed by letters, digits and _"
    return None


def _find_wrong_field(source: Source) -> str | None:
    fields = vars(source)
    for name, expected in TYPES.items():
        value = fields[name]
        if not isinstance(value, expected):
            return f"has {value!r} as its {name}, not a {expected.__name__}"
        if name in TEXTS and not fields[name].strip():
            return f"has no {name}"
    return None if callable(fields["parse"]) else "has no function as its parse"


def _find_wrong_resource(source: Source) -> str | None:
    """Return a resource of another type, without an https address, outside a mirror, or with a name that occurs twice."""
    names = set[str]()
    resources: tuple[object, ...] = source.resources
    for resource in resources:
        if not isinstance(resource, Resource):
            return f"has {resource!r:.80} in its resources, not a Resource"
        if "/" in resource.name or not resource.name or resource.name in names:
            return f"has a resource called {resource.name!r}, which is empty, has a / or occurs twice"
        if not resource.url.startswith("https://"):
            return f"has the address {resource.url!r}, which is not https"
        if resource.path.startswith("/") or ".." in resource.path.split("/"):
            return f"has the path {resource.path!r}, which is outside a mirror"
        names.add(resource.name)
    return None if resources else "has no resources"


def _find_conflict(source: object, others: Iterable[Source]) -> str | None:
    """Return that the id or the columns belong to another leaderboard, else None."""
    if not isinstance(source, Source):
        return None
    for other in others:
        if source.id == other.id:
            return f"has the id {source.id!r}, which is in use"
        if repeated := {source.rank_column, source.score_column} & {other.rank_column, other.score_column}:
            return f"has the column {min(repeated)!r}, which {other.id} has"
    return None


def _distribution(point: EntryPoint) -> str:
    found = getattr(point, "dist", None)
    return f"{found.name} {found.version}" if found else "an unknown distribution"
