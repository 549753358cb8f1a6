"""Which problem of an override file with several problems is reported."""

from datetime import date
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.gates.overrides import parse_override

TODAY = date(2026, 11, 25)
VALID = 'source = "arena_text"\ngate = "drop"\nreason = "The Arena removed old models."\nexpires = 2026-12-01\n'


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"source": "sourc"}, "has no text for source"),
        ({"expires": "expire"}, "has unknown fields: expire"),
        ({"The Arena removed old models.": "ok", "2026-12-01": "2027-12-01"}, "expires on 2027-12-01"),
        ({"The Arena removed old models.": "ok"}, "has the reason 'ok'"),
    ],
)
def test_the_first_problem_is_reported(changes: dict[str, str], problem: str) -> None:
    content = VALID
    for before, after in changes.items():
        content = content.replace(before, after)
    with pytest.raises(UsageError, match=problem):
        parse_override(Path("drop.toml"), content.encode(), TODAY)
