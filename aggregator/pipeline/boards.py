"""The leaderboards of one home directory: the register with the settings applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aggregator.model import Source
from aggregator.pipeline import plugins, settings
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.pipeline.settings import Settings
from aggregator.sources import read_register
from aggregator.sources.plugins import Register


@dataclass(frozen=True)
class Boards:
    """All leaderboards of the register with their switches, and the plug-ins that are left out."""

    register: Register
    settings: Settings

    @property
    def every(self) -> tuple[Source, ...]:
        """All usable leaderboards, with `is_on` and `in_rank` as the settings have them."""
        return self.settings.apply(self.register.sources)

    @property
    def on(self) -> tuple[Source, ...]:
        """The leaderboards that a refresh reads."""
        return tuple(source for source in self.every if source.is_on)

    @property
    def plugins(self) -> frozenset[str]:
        """The ids of the leaderboards of other distributions."""
        return self.register.plugins

    @property
    def left_out(self) -> tuple[FetchResult, ...]:
        """A failed fetch for each plug-in that cannot be used, unless the settings switch it off."""
        failed = plugins.left_out(self.register)
        return tuple(one for one in failed if self.settings.apply([one.source])[0].is_on)

    @property
    def plugin_files(self) -> tuple[Path, ...]:
        """The files of the plug-ins: a new version of one changes what a refresh builds."""
        return tuple(path for module in self.register.modules if (path := Path(module)).is_file())

    @property
    def includes_self_reported(self) -> bool:
        """Whether self-reported scores enter the combined rank."""
        return settings.SELF_REPORTED in self.settings.include

    @property
    def choices(self) -> tuple[str, ...]:
        """What the settings change in a generation, one line each; part of the hash of its inputs."""
        ranked = (f"{source.id} {'in rank' if source.in_rank else 'out of rank'}" for source in self.on)
        return (*ranked, *(plugin.message for plugin in self.register.broken), *sorted(self.settings.include))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Settings for leaderboards that are not registered, as after the removal of a plug-in; they are ignored."""
        return self.settings.unknown_boards(known_ids(self.register))

    def columns(self, results: Iterable[ReadResult]) -> list[Source]:
        """Return the leaderboards with columns: those of `results`, and the built-in ones that are on by default.

        A built-in leaderboard that the settings switch off keeps its columns, so that queries continue to run.
        """
        read = {result.source.id: result.source for result in results}
        default = [source.id for source in self.register.sources if source.is_on and source.id not in self.plugins]
        known = [source for source in self.every if source.id in read or source.id in default]
        return [read.pop(source.id, source) for source in known] + list(read.values())


def known_ids(register: Register) -> list[str]:
    """Return the ids of the usable leaderboards and of the plug-ins that are left out."""
    return [source.id for source in (*register.sources, *register.left_out)]


def read_boards(home: Path, on: Sequence[str] = (), off: Sequence[str] = (), include: Sequence[str] = ()) -> Boards:
    """Return the leaderboards of `home`; the arguments have priority over the environment and the settings file.

    Raises `UsageError` for an invalid setting and for an unknown id in `on` or `off`, and `StorageError` when the file
    cannot be read.
    """
    register = read_register()
    options = settings.of_options(on, off, include, known_ids(register))
    return Boards(register, settings.load_settings(home, options))
