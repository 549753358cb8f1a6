"""Read the date inside a model name, in every form that vendors use."""

_MONTH_NAMES = (
    *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
    *("jul july", "aug august", "sep sept september", "oct october", "nov november", "dec december"),
)
MONTHS = {name: f"{number:02}" for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
"""Two-digit number of a month by its English name."""

DATE_LENGTHS = frozenset({2, 4, 6, 8})
"""Numbers of digits with which a date can begin."""


def read_date(run: list[str], at: int) -> tuple[str, int]:
    """Return the date that starts at `run[at]` and how many numbers it takes, or `("", 0)`.

    `2024-05-13`, `20240513`, `24-05-13`, `2024-05`, `202405`, `05-2024`, `2405`, `05-13` and `0513` are dates.
    In four digits, the first two are a year from 23 on: `2501` is January 2025, `0125` is 25 January.
    """
    first = run[at]
    if not first.isdecimal() or len(first) not in {2, 4, 6, 8}:
        return "", 0
    second = run[at + 1] if at + 1 < len(run) else ""
    third = run[at + 2] if at + 2 < len(run) else ""
    if _is_year(first) and _is_month(second):
        return (f"{first}-{second}-{third}", 3) if _is_day(third) else (f"{first}-{second}", 2)
    if year_of(first) and _is_month(second) and _is_day(third):
        return f"{year_of(first)}-{second}-{third}", 3
    if _is_month(first) and _is_year(second):
        return f"{second}-{first}", 2
    if _is_month(first) and _is_day(second):
        return f"{first}-{second}", 2
    return _compact_date(first), 1


def _compact_date(digits: str) -> str:
    year, month, day = digits[:-4], digits[-4:-2], digits[-2:]
    if len(digits) == 8 and _is_year(year) and _is_month(month) and _is_day(day):
        return f"{year}-{month}-{day}"
    if len(digits) == 6 and _is_year(digits[:4]) and _is_month(day):
        return f"{digits[:4]}-{day}"
    if len(digits) == 4 and "23" <= month <= "39" and _is_month(day):
        return f"20{month}-{day}"
    if len(digits) == 4 and _is_month(month) and _is_day(day):
        return f"{month}-{day}"
    return ""


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and "2019" <= digits <= "2039"


def _is_month(digits: str) -> bool:
    return len(digits) == 2 and "01" <= digits <= "12"


def _is_day(digits: str) -> bool:
    return len(digits) == 2 and "01" <= digits <= "31"


def year_of(digits: str) -> str:
    """Return the year written after the name of a month (`2024`, `24`), or an empty text."""
    if _is_year(digits):
        return digits
    return f"20{digits}" if len(digits) == 2 and "23" <= digits <= "39" else ""
