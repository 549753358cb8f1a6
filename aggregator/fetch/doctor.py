"""Ask every live address once, politely, and say what differs from what is kept.

One request an address, a few KB each: of Parquet the end, whose footer holds the schema; of JSON the
beginning; of a file that its host may split the listing of its folder.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import polars as pl

from aggregator.errors import FetchError, NotFound
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Budget
from aggregator.fetch.probe import Look, Silent, look, schema_of
from aggregator.model import Resource, Snapshot, Source
from aggregator.store.snapshots import SnapshotStore

WORKERS = 4
ONE_LOOK = Budget(seconds=20, connect_seconds=5, silent_seconds=15, tries=1)


class Verdict(StrEnum):
    """How an address fares."""

    OK = "ok"
    CHANGED = "changed"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    REFUSED = "refused"


@dataclass(frozen=True)
class Finding:
    """What one address said, and what to do about it."""

    source: str
    resource: str
    verdict: Verdict
    detail: str
    next_step: str
    url: str
    http_status: int | None = None
    host: str | None = None
    """The host that answered after all redirects."""
    size: int | None = None
    """Bytes of the whole file, where the host says it."""
    etag: str | None = None
    revision: str | None = None
    kept_at: str | None = None
    """When what is kept was retrieved (ISO 8601, UTC)."""


FINDINGS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "resource": pl.String(),
    "verdict": pl.String(),
    "detail": pl.String(),
    "next_step": pl.String(),
    "url": pl.String(),
    "http_status": pl.Int64(),
    "host": pl.String(),
    "size": pl.Int64(),
    "etag": pl.String(),
    "revision": pl.String(),
    "kept_at": pl.String(),
}
"""One row per file of a source."""


def examine(
    sources: Iterable[Source], store: SnapshotStore | None = None, downloader: Downloader | None = None
) -> list[Finding]:
    """Ask for every file of `sources` once and compare it with what `store` keeps, in the order given.

    Without a network every finding is `unreachable`; nothing that a host does raises. Bounded: one
    request and its redirects, 16 KiB and 20 seconds an address, four addresses at a time.
    """
    downloader = downloader or Downloader(budget=ONE_LOOK)
    asked = [(source, resource) for source in sources for resource in source.resources]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda pair: _find(pair[0], pair[1], store, downloader), asked))


def table(findings: Iterable[Finding]) -> pl.DataFrame:
    """Return the findings as a frame of the shape `FINDINGS`."""
    return pl.DataFrame([asdict(finding) for finding in findings], schema=FINDINGS)


def _find(source: Source, resource: Resource, store: SnapshotStore | None, downloader: Downloader) -> Finding:
    kept = store.latest(source.id, resource.name) if store else ()
    asked = Finding(
        source.id,
        resource.name,
        Verdict.OK,
        "",
        "",
        resource.listing or resource.url,
        kept_at=kept[0].retrieved_at.isoformat(timespec="seconds") if kept else None,
    )
    try:
        seen = look(resource, kept, downloader)
    except Silent as silence:
        return replace(
            asked,
            verdict=Verdict.UNREACHABLE,
            detail=str(silence),
            http_status=silence.status,
            next_step="Check the network, then try again. A refresh meanwhile keeps the last good rows.",
        )
    except FetchError as refusal:
        return replace(
            asked,
            verdict=Verdict.MOVED if isinstance(refusal, NotFound) else Verdict.REFUSED,
            detail=refusal.reason + _archived(source),
            next_step=f"See {source.homepage} for where the file is now, and change the address in the source's file.",
        )
    found = _compared(
        replace(
            asked,
            http_status=seen.status,
            host=seen.host,
            size=seen.size,
            etag=seen.etag,
            revision=seen.revision,
        ),
        seen,
        kept,
        store,
    )
    return replace(found, detail=found.detail + _archived(source))


def _archived(source: Source) -> str:
    """Say that a board stopped changing, so that nobody waits for news of it."""
    return f"; an archive since {source.frozen_on}" if source.frozen_on else ""


def _compared(asked: Finding, seen: Look, kept: tuple[Snapshot, ...], store: SnapshotStore | None) -> Finding:
    """Return the finding of a file that is there, held against the one that is kept."""
    if not kept or store is None:
        return replace(asked, detail="answers; nothing is kept of it yet", next_step="Run `metaboard refresh`.")
    if not (difference := _difference(seen, kept)):
        return replace(asked, detail="as kept", next_step="Nothing to do.")
    columns = _column_changes(seen, store, kept[0])
    if columns:
        return replace(
            asked,
            verdict=Verdict.CHANGED,
            detail=f"{difference}; {columns}",
            next_step="Hold the columns against the source's file under aggregator/sources/ before the next refresh.",
        )
    return replace(asked, verdict=Verdict.CHANGED, detail=difference, next_step="Run `metaboard refresh`.")


def _difference(seen: Look, kept: tuple[Snapshot, ...]) -> str:
    """Return how the file differs from the kept one by the strongest evidence there is, or nothing."""
    if seen.digests:
        was = sorted(snapshot.sha256 for snapshot in kept)
        return "" if sorted(seen.digests) == was else "its digest is another"
    if seen.unchanged:
        return ""
    if seen.etag and kept[0].etag:
        return "" if seen.etag == kept[0].etag else f"its ETag went from {kept[0].etag} to {seen.etag}"
    size = sum(snapshot.size for snapshot in kept)
    if seen.size is not None and seen.size != size:
        return f"its size went from {size} to {seen.size} bytes"
    return ""


def _column_changes(seen: Look, store: SnapshotStore, kept: Snapshot) -> str:
    """Return which columns came, went or hold another type, where both footers can be read."""
    now, was = schema_of(seen.piece), schema_of(store.path(kept))
    if now is None or was is None:
        return ""
    changes = {
        "new columns": [name for name in now if name not in was],
        "missing columns": [name for name in was if name not in now],
        "other types": [
            f"{name} ({was[name]} to {now[name]})" for name in was if name in now and now[name] != was[name]
        ],
    }
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in changes.items() if names)
