"""A clock for tests that moves only when the code under test sleeps."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.fetch.limits import Clock

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class FakeTime:
    """Time that only `sleep` moves; `slept` lists the seconds of each sleep."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(
            now=lambda: NOON + timedelta(seconds=sum(self.slept)),
            monotonic=lambda: sum(self.slept),
            sleep=self.slept.append,
        )


@pytest.fixture
def half_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the random share of each backoff by one half."""
    monkeypatch.setattr("tenacity.wait.random.uniform", lambda low, high: (low + high) / 2)
