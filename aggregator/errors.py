"""Typed errors, each with a message for a person and a hint about the next step.

::

    MetaboardError
    ├── FetchError        a file could not be downloaded whole
    │   ├── NotFound        the host has no such file
    │   ├── AccessDenied    the host refuses access: private, gated, or absent
    │   ├── RateLimited     the host accepts no more requests for a while
    │   ├── WrongContent    the response is not a file of the expected kind
    │   └── IncompleteDataset  a published dataset lacks a file, or has no usable manifest
    ├── SourceError       a downloaded file is not the table that its source declares
    │   ├── MissingColumn   a declared column is not in the file
    │   ├── WrongType       a declared column holds another type
    │   └── PluginError     a plug-in is no usable source, or its rows break a table
    ├── IdentityError     the curated rules contradict each other
    ├── SqlError          a file under sql/ is malformed
    ├── CheckFailed       a built table breaks a check that its SQL file declares
    ├── StorageError      the home directory cannot be read or written
    ├── PublishError      a dataset could not be published; the previous edition stays
    ├── LockedError       another process has locked the directory
    └── UsageError        the request names something that does not exist

The message states what happened and what was kept; ``hint`` states what to do next.
"""

from collections.abc import Sequence

NOTHING_PUBLISHED = "Nothing was published; the previous generation is still current."
"""Hint of every error that stops a build."""


PULL_AGAIN = (
    "Nothing was changed here. Check the place, then `metaboard pull` or download it again, or take another edition."
)
"""Hint of every error about a published dataset that is damaged."""


class MetaboardError(Exception):
    """Base class of all errors that are shown to a person."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{message}\n{self.hint}" if self.hint else message

    @property
    def headline(self) -> str:
        """The first line of the message, without the hint."""
        return str(self.args[0]).splitlines()[0]


class FetchError(MetaboardError):
    """A file could not be downloaded whole from its address."""

    def __init__(self, location: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{location}: {reason}", hint=hint)
        self.location = location
        self.reason = reason


class NotFound(FetchError):
    """The host has no such file: the leaderboard moved or was removed."""


class AccessDenied(FetchError):
    """The host refuses access; the file may be private, gated or absent, and the host does not distinguish."""

    def __init__(self, location: str, reason: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(location, reason, hint=hint)
        self.code = code
        """The cause in the host's own term (`X-Error-Code`, else `X-Error-Message`); empty when it gives none."""


class RateLimited(FetchError):
    """The host accepts no more requests for a while."""

    def __init__(self, location: str, reason: str, *, seconds: float) -> None:
        wait = f" in {seconds / 60:.0f} minutes" if seconds >= 90 else " in a minute or two"
        super().__init__(location, reason, hint=f"Run again{wait}.")
        self.seconds = seconds
        """The wait that the host asks for; 0 when it gives none."""


class WrongContent(FetchError):
    """The response is not a file of the expected kind: an HTML page, an error document, or too many bytes."""


class IncompleteDataset(FetchError):
    """A published dataset lacks a file that its manifest lists, or its manifest is unusable."""

    def __init__(self, place: str, problem: str) -> None:
        reason = f"is not a complete dataset: {problem}"
        super().__init__(place, reason, hint=PULL_AGAIN)
        self.args = (f"{place} {reason}",)


class SourceError(MetaboardError):
    """A downloaded file is not the table that its source declares."""

    def __init__(self, source: str, file: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{source}: {file}: {reason}", hint=hint)
        self.source = source
        self.file = file
        self.reason = reason


class MissingColumn(SourceError):
    """A declared column is not in the file."""

    def __init__(self, source: str, file: str, missing: Sequence[str], found: Sequence[str]) -> None:
        names = ", ".join(f"`{name}`" for name in missing)
        plural = "s" if len(missing) > 1 else ""
        super().__init__(
            source,
            file,
            f"column{plural} {names} missing; the file has {', '.join(f'`{name}`' for name in found) or 'none'}",
            hint="If the board renamed the column, change it in the source's file under aggregator/sources/.",
        )
        self.missing = tuple(missing)


class WrongType(SourceError):
    """A declared column holds another type than declared."""

    def __init__(self, source: str, file: str, column: str, expected: str, found: str) -> None:
        super().__init__(source, file, f"column `{column}` should hold {expected} but holds {found}")
        self.column = column


class PluginError(SourceError):
    """A plug-in of another distribution is no usable source, or its rows break a table; it is left out."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            source, "plug-in", reason, hint="Correct or uninstall the plug-in. All other leaderboards are used."
        )


class IdentityError(MetaboardError):
    """The curated rules contradict each other (a loop, a chain, two targets for one name)."""


class SqlError(MetaboardError):
    """A file under ``sql/`` is malformed: header, columns, dependencies or statement."""


class CheckFailed(MetaboardError):
    """A built table breaks a check that its SQL file declares."""

    def __init__(self, table: str, check: str, failing: int, example: str = "") -> None:
        super().__init__(
            f"table `{table}`: check `{check}` fails on {failing} row(s)"
            + (f", for example {example}" if example else ""),
            hint=NOTHING_PUBLISHED,
        )
        self.table = table
        self.check = check
        self.failing = failing


class StorageError(MetaboardError):
    """The home directory cannot be read or written."""


class PublishError(MetaboardError):
    """A dataset could not be published; readers still see the previous edition, complete."""


class LockedError(MetaboardError):
    """Another process has locked the home directory, or the cache of Hub metadata in it."""


class UsageError(MetaboardError):
    """The request names something that does not exist, or combines options that exclude each other."""
