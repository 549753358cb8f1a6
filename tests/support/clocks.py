"""Time as a test wants it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aggregator.fetch.limits import Clock

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class FakeTime:
    """A clock that only sleeping moves, and that remembers how long each sleep was."""

    slept: list[float] = field(default_factory=list)

    def clock(self, jitter: float = 0.5) -> Clock:
        return Clock(
            now=lambda: NOON + timedelta(seconds=sum(self.slept)),
            monotonic=lambda: sum(self.slept),
            sleep=self.slept.append,
            jitter=lambda: jitter,
        )
