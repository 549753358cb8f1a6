"""Check the live address of every file with one small request, and compare it with the stored snapshot.

One request per address, a few KB each: the end of a Parquet file, because its footer holds the schema; the start of a
text file; the list of the files for a set, and for a file that its host may split.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import polars as pl

from aggregator.errors import FetchError, NotFound
from aggregator.fetch.client import live_downloader
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Limits
from aggregator.fetch.probe import HostUnavailable, Probe, parquet_schema, probe_resource
from aggregator.model import Resource, Snapshot, Source
from aggregator.store.snapshots import SnapshotStore

WORKERS = 4
PROBE_LIMITS = Limits(total_seconds=20, connect_seconds=5, read_seconds=15, attempts=1)


class Verdict(StrEnum):
    """The state of an address."""

    OK = "ok"
    CHANGED = "changed"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    REFUSED = "refused"


@dataclass(frozen=True)
class Finding:
    """The result for one address, and the next step."""

    source: str
    resource: str
    verdict: Verdict
    detail: str
    next_step: str
    url: str
    http_status: int | None = None
    host: str | None = None
    """The host of the last response, after all redirects."""
    size: int | None = None
    """Bytes of the whole file, if known."""
    etag: str | None = None
    revision: str | None = None
    kept_at: str | None = None
    """When the stored snapshot was retrieved (ISO 8601, UTC)."""


FINDING_COLUMNS: dict[str, pl.DataType] = {
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


def check_addresses(
    sources: Iterable[Source], store: SnapshotStore | None = None, downloader: Downloader | None = None
) -> list[Finding]:
    """Check every file of `sources` and compare it with the newest snapshot in `store`; findings in the given order.

    Without a network every finding is `unreachable`; no response of a host raises. Limits: per address one request and
    its redirects, 16 KiB (2 MiB for a list of files) and 20 seconds; four addresses at a time.
    """
    downloader = downloader or live_downloader(PROBE_LIMITS)
    resources = [(source, resource) for source in sources for resource in source.resources]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda pair: _check_address(pair[0], pair[1], store, downloader), resources))


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Return the findings as a frame with the columns `FINDING_COLUMNS`."""
    return pl.DataFrame([asdict(finding) for finding in findings], schema=FINDING_COLUMNS)


def _check_address(source: Source, resource: Resource, store: SnapshotStore | None, downloader: Downloader) -> Finding:
    stored = store.latest(source.id, resource.name) if store else ()
    finding = Finding(
        source.id,
        resource.name,
        Verdict.OK,
        "",
        "",
        resource.listing or resource.url,
        kept_at=stored[0].retrieved_at.isoformat(timespec="seconds") if stored else None,
    )
    try:
        probe = probe_resource(resource, stored, downloader)
    except HostUnavailable as error:
        return replace(
            finding,
            verdict=Verdict.UNREACHABLE,
            detail=str(error),
            http_status=error.status,
            next_step="Check the network, then try again. Until then a refresh keeps the last good rows.",
        )
    except NotFound as error:
        return _absent(finding, error) if resource.is_optional else _wrong_address(source, finding, error)
    except FetchError as error:
        return _wrong_address(source, finding, error)
    finding = _compare_with_snapshots(_add_probe(finding, probe), probe, stored, store)
    return replace(finding, detail=finding.detail + _archive_note(source))


def _absent(finding: Finding, error: NotFound) -> Finding:
    """Return the finding of an optional file that the host does not have."""
    if finding.kept_at is None:
        return replace(finding, detail=f"absent, which is allowed: {error.reason}", next_step="Nothing to do.")
    detail = f"no longer there, which is allowed: {error.reason}"
    return replace(finding, verdict=Verdict.CHANGED, detail=detail, next_step="Run `metaboard refresh`.")


def _wrong_address(source: Source, finding: Finding, error: FetchError) -> Finding:
    return replace(
        finding,
        verdict=Verdict.MOVED if isinstance(error, NotFound) else Verdict.REFUSED,
        detail=error.reason + _archive_note(source),
        next_step=f"See {source.homepage} for where the file is now, and change the address in the source's file.",
    )


def _add_probe(finding: Finding, probe: Probe) -> Finding:
    return replace(
        finding,
        http_status=probe.status,
        host=probe.host,
        size=probe.size,
        etag=probe.etag,
        revision=probe.revision,
    )


def _archive_note(source: Source) -> str:
    """Return the date since when a leaderboard no longer changes, if it is an archive."""
    return f"; an archive since {source.frozen_on}" if source.frozen_on else ""


def _compare_with_snapshots(
    finding: Finding, probe: Probe, stored: tuple[Snapshot, ...], store: SnapshotStore | None
) -> Finding:
    """Return the finding of a reachable file, compared with the stored one."""
    if not stored or store is None:
        return replace(finding, detail="reachable; no snapshot is stored yet", next_step="Run `metaboard refresh`.")
    if not (difference := _difference(probe, stored)):
        return replace(finding, detail="unchanged", next_step="Nothing to do.")
    if columns := _column_changes(probe, store, stored[0]):
        return replace(
            finding,
            verdict=Verdict.CHANGED,
            detail=f"{difference}; {columns}",
            next_step="Compare the columns with the source's file under aggregator/sources/ before the next refresh.",
        )
    return replace(finding, verdict=Verdict.CHANGED, detail=difference, next_step="Run `metaboard refresh`.")


def _difference(probe: Probe, stored: tuple[Snapshot, ...]) -> str:
    """Return the difference to the stored file by the strongest evidence available; empty if there is none."""
    if probe.names is not None and (names := _changed_names(probe, stored)):
        return names
    if probe.digests:
        before = sorted(snapshot.sha256 for snapshot in stored)
        return "" if sorted(probe.digests) == before else "its SHA-256 changed"
    if probe.is_unchanged:
        return ""
    if probe.etag and stored[0].etag:
        return "" if probe.etag == stored[0].etag else f"its ETag changed from {stored[0].etag} to {probe.etag}"
    size = sum(snapshot.size for snapshot in stored)
    if probe.size is not None and probe.size != size:
        return f"its size changed from {size} to {probe.size} bytes"
    return ""


def _changed_names(probe: Probe, stored: tuple[Snapshot, ...]) -> str:
    """Return the files of a set that are new or gone; of a list with more pages than were read, only the new ones."""
    before, now = {snapshot.resource.partition("/")[2] for snapshot in stored}, probe.names or frozenset()
    changes = {"new files": now - before, "files gone": frozenset() if probe.has_more else before - now}
    return "; ".join(f"{change}: {', '.join(sorted(names))}" for change, names in changes.items() if names)


def _column_changes(probe: Probe, store: SnapshotStore, stored: Snapshot) -> str:
    """Return the new, missing and retyped columns; empty unless both Parquet footers are readable."""
    now, before = parquet_schema(probe.excerpt), parquet_schema(store.path(stored))
    if now is None or before is None:
        return ""
    changes = {
        "new columns": [name for name in now if name not in before],
        "missing columns": [name for name in before if name not in now],
        "other types": [
            f"{name} ({before[name]} to {now[name]})" for name in before if name in now and now[name] != before[name]
        ],
    }
    return "; ".join(f"{change}: {', '.join(names)}" for change, names in changes.items() if names)
