"""Look up the models of the current generation on the Hugging Face Hub and store the metadata for the next refresh.

Each answer is stored at once, so an interrupted run continues at the next call.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.errors import FetchError
from aggregator.hub.cache import HubCache
from aggregator.hub.models import ENDPOINT, ModelApi
from aggregator.identity.hub_metadata import HubModel
from aggregator.identity.hub_takeover import update_metadata
from aggregator.pipeline.hub_ids import all_ids, due_ids, group_by_author, wanted_ids

MAX_AGE_DAYS = 30
"""Metadata that was checked longer ago is looked up again."""
MAX_FAILURES = 3
"""Number of failures in a row that end the run: the Hub is down."""
TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable, not its value


@dataclass(frozen=True)
class EnrichOptions:
    """Parameters of one run."""

    home: Path
    limit: int | None = None
    """Most ids to look up; None for all."""
    max_age_days: int = MAX_AGE_DAYS
    endpoint: str = ENDPOINT


@dataclass
class EnrichResult:
    """The counts of one run."""

    known: int
    """Ids whose stored metadata is recent enough."""
    left: int
    """Ids that the limit leaves for the next run."""
    answers: Counter[str] = field(default_factory=Counter)
    """Number of answers by status."""
    changed: int = 0
    """Answers that differ from the stored metadata."""
    failed: dict[str, str] = field(default_factory=dict)
    """Ids without an answer, each with the error."""

    @property
    def asked(self) -> int:
        """The number of ids that were looked up."""
        return self.answers.total() + len(self.failed)

    def to_json(self) -> dict[str, object]:
        """Return the counts for `--json`."""
        return {
            "asked": self.asked,
            "answers": dict(sorted(self.answers.items())),
            "changed": self.changed,
            "failed": self.failed,
            "known": self.known,
            "left": self.left,
        }


def enrich_models(
    options: EnrichOptions,
    log: Callable[[str], None],
    hub: ModelApi | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> EnrichResult:
    """Look up every model without recent metadata, with the token in `HF_TOKEN` if there is one.

    Raises `StorageError` when there is no generation or the disk cannot be written, `LockedError` when another process
    does the same, `UsageError` for a wrong address or token, and `FetchError` when the Hub stops answering.
    """
    hub = hub or ModelApi(options.endpoint, os.environ.get(TOKEN_VARIABLE) or None, log=log)
    cache = HubCache(options.home)
    wanted = wanted_ids(options.home)
    with cache.lock():
        kept = cache.latest()
        due = due_ids(wanted, kept, now() - timedelta(days=options.max_age_days))
        chosen = due[: options.limit]
        result = EnrichResult(known=len(all_ids(wanted, kept)) - len(due), left=len(due) - len(chosen))
        log(f"{len(chosen):,} to look up, {result.known:,} known, {result.left:,} left for the next run")
        _Run(hub, cache, kept, result, log).look_up(chosen)
    return result


@dataclass
class _Run:
    """The state of one run."""

    hub: ModelApi
    cache: HubCache
    kept: dict[str, HubModel]
    result: EnrichResult
    log: Callable[[str], None]
    failures_in_a_row: int = 0

    def look_up(self, hub_ids: Sequence[str]) -> None:
        """Look up all ids, author by author. One list of an author's models replaces many single requests."""
        for author, of_author in group_by_author(hub_ids).items():
            remaining = self._list_author(author, of_author) if author and len(of_author) > 1 else of_author
            for hub_id in remaining:
                self._get_model(hub_id)
            self.log(f"{self.result.asked:,} of {len(hub_ids):,} looked up …")

    def _list_author(self, author: str, hub_ids: Sequence[str]) -> Sequence[str]:
        """Read the list of the author's models and return the ids that are not in it."""
        try:
            found = self.hub.list_models(author, hub_ids)
        except FetchError as error:
            self._record_failure(hub_ids, error)
            return []
        for answer in found.values():
            self._store(answer)
        return [hub_id for hub_id in hub_ids if hub_id not in found]

    def _get_model(self, hub_id: str) -> None:
        try:
            answer = self.hub.get_model(hub_id)
        except FetchError as error:
            self._record_failure([hub_id], error)
        else:
            self._store(answer)

    def _store(self, answer: HubModel) -> None:
        key = answer.hub_id.lower()
        before = self.kept.get(key)
        after = update_metadata(before, answer)
        self.failures_in_a_row = 0
        self.kept[key] = after
        self.cache.append(after)
        self.result.answers[str(answer.status)] += 1
        self.result.changed += before is None or after.retrieved_at != before.retrieved_at

    def _record_failure(self, hub_ids: Sequence[str], error: FetchError) -> None:
        """Record ids without an answer; raises `error` after `MAX_FAILURES` in a row."""
        self.failures_in_a_row += 1
        self.result.failed |= dict.fromkeys(hub_ids, error.headline)
        self.log(f"no answer: {error.headline}")
        if self.failures_in_a_row >= MAX_FAILURES:
            error.hint = f"{self.result.answers.total():,} answers are kept. Run `metaboard enrich` again to continue."
            raise error
