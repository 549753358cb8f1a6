"""What can go wrong, as types.

::

    MetaboardError
    ├── FetchError        bytes did not arrive, or must not be believed
    │   ├── NotFound        the host answers, and has no such file
    │   ├── Withheld        the host answers, and does not say what is there
    │   └── ForeignBody     something came that is not a file of the promised kind
    ├── SourceError       bytes arrived but are not what the source promises
    │   ├── MissingColumn   a declared column is not in the file
    │   └── WrongType       a declared column holds another type
    ├── IdentityError     the curated identity data contradict themselves
    ├── SqlError          a file under sql/ is malformed
    ├── CheckFailed       a built table breaks a check that its file declares
    ├── StorageError      the home directory cannot be read or written
    ├── PublishError      a dataset could not be published; readers still see the edition before
    ├── BusyError         another refresh holds the home directory
    └── UsageError        the caller asked for something that is not there

Every message says what happened; ``hint`` says what to do next.
"""

from collections.abc import Sequence


class MetaboardError(Exception):
    """Base of all errors that are meant for a person to read."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{message}\n{self.hint}" if self.hint else message

    @property
    def headline(self) -> str:
        """The first line: what happened, without the hint."""
        return str(self.args[0]).splitlines()[0]


class FetchError(MetaboardError):
    """A file could not be fetched whole from where it lives."""

    def __init__(self, location: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{location}: {reason}", hint=hint)
        self.location = location
        self.reason = reason


class NotFound(FetchError):
    """The host answers, and has no such file: the board moved or is gone."""


class Withheld(FetchError):
    """The host answers, and does not show this caller what is there: it is private, gated, or not there at all."""

    def __init__(self, location: str, reason: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(location, reason, hint=hint)
        self.code = code
        """The host's own word for the cause (`X-Error-Code`, else `X-Error-Message`), empty where it gives none."""


class ForeignBody(FetchError):
    """What came is not a file of the promised kind: a page, an error, or more than is allowed."""


class SourceError(MetaboardError):
    """A fetched file is not the table that its source promises."""

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


class IdentityError(MetaboardError):
    """The curated identity data contradict themselves (loop, chain, two targets)."""


class SqlError(MetaboardError):
    """A file under ``sql/`` is malformed: header, columns, dependencies or statement."""


class CheckFailed(MetaboardError):
    """A built table breaks a check that its SQL file declares."""

    def __init__(self, table: str, check: str, failing: int, example: str = "") -> None:
        super().__init__(
            f"table `{table}`: check `{check}` fails on {failing} row(s)"
            + (f", for example {example}" if example else ""),
            hint="Nothing was published; the generation before this one is still current.",
        )
        self.table = table
        self.check = check
        self.failing = failing


class StorageError(MetaboardError):
    """The home directory cannot be read or written."""


class PublishError(MetaboardError):
    """A dataset could not be published; what readers see is the edition before, whole."""


class BusyError(MetaboardError):
    """Another refresh holds the home directory."""


class UsageError(MetaboardError):
    """The caller asked for something that does not exist, or in a way that cannot be answered."""
