"""Read the numbers of a name: versions and dates. Pure."""

import re

from aggregator.identity.dates import DATE_LENGTHS, read_date, year_of
from aggregator.identity.name_tokens import is_number

_TRAILING_ZEROS = re.compile(r"(?:\.0+)+$")
"""`v1.0` is `v1`."""


def read_numbers(tokens: list[str], at: int, date: str) -> tuple[list[str], str, int]:
    """Read the run of numbers from `tokens[at]` on as `(versions, date, end)`.

    `date` is the date found earlier in the name, if any. The first number may have dots or a `v`.
    """
    end = at + 1
    while end < len(tokens) and is_number(tokens[end]):
        end += 1
    first = tokens[at]
    if end == at + 1 and (date or len(first) not in DATE_LENGTHS):
        return [_version(first)], date, end
    versions: list[str] = []
    while at < end:
        found, width = ("", 0) if date else read_date(tokens[at:end], 0)
        if found:
            date = found
        else:
            versions.append(tokens[at])
        at += width or 1
    return _join_versions(versions), date, end


def read_month(tokens: list[str], at: int, month: str, date: str) -> tuple[str, int] | None:
    """Read the name of a month before `tokens[at]` with the year there, as `(date, end)`; None where it is a word.

    A month that only repeats the `date` of the name changes nothing: `R1 0528 (May '25)`.
    """
    year = year_of(tokens[at]) if at < len(tokens) else ""
    if not year or read_date(tokens[at : at + 3], 0)[1] > 1:
        # The numbers are a date by themselves (`may 2024-05`), or none.
        return None
    if not date:
        return f"{year}-{month}", at + 1
    return (date, at + 1) if date.removeprefix(f"{year}-").startswith(month) else None


def _join_versions(numbers: list[str]) -> list[str]:
    """Return the versions of a run: `3`, `5` is `v3.5`, but `1.5`, `002` are two, as a part with dots is whole."""
    versions: list[str] = []
    is_open = False
    for number in numbers:
        if is_open and len(number) <= 2 and (number == "0" or number[0] != "0"):
            versions[-1] += f".{number}"
        else:
            versions.append(number)
            is_open = "." not in number
    return [_version(version) for version in versions]


def _version(number: str) -> str:
    """Return the spelling of a version in the key: with a `v`, and without trailing zeros."""
    spelled = number if number[0] == "v" else f"v{number}"
    return _TRAILING_ZEROS.sub("", spelled) if number.endswith("0") and "." in number else spelled
