"""The nightly pipeline on one page: fetch → keep → read → resolve → build → prove → one generation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from aggregator import identity, warehouse
from aggregator.errors import SourceError
from aggregator.fetch.client import open_fetcher
from aggregator.hub.cache import HubCache
from aggregator.model import Source
from aggregator.pipeline import last_good, read, score, steps
from aggregator.pipeline import report as reports
from aggregator.pipeline.reading import Fetched, Reading
from aggregator.sources import registered
from aggregator.store.generations import Generation, Home
from aggregator.store.snapshots import Replay, SnapshotStore
from flows.backfill import remember
from flows.runners import Runner


@dataclass(frozen=True)
class Options:
    """What a refresh may be told; plain data, so that any scheduler can hold it."""

    home: Path
    mirror: str | None = None
    """A folder, or the address of a server of such a folder, that stands in for the live hosts."""
    replay: bool = False
    """Rebuild from kept bytes; nothing is fetched."""
    force: bool = False
    """Build a generation even when nothing changed."""
    aliases: Path | None = None
    """A file of the user's own decisions about names, laid over the shipped ones."""


@dataclass(frozen=True)
class Outcome:
    """What a refresh did."""

    generation: Generation
    is_new: bool
    report: pl.DataFrame
    seconds: dict[str, float]

    @property
    def refused(self) -> pl.DataFrame:
        """The sources whose fetch was refused, whether earlier rows stand in for them or not."""
        return self.report.filter(pl.col("status") != "fresh")


def refresh(options: Options, run: Runner, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Outcome:
    """Refresh the home directory once.

    Raises `BusyError` when another refresh holds it, `SourceError` when no source at all can be read,
    `CheckFailed` or `SqlError` when a table cannot be proved; the current generation then stays.
    """
    home = Home(options.home)
    with home.lease():
        store = SnapshotStore(options.home)
        kept = reports.last_good_snapshots(home.current)
        standard = last_good.standard(home, kept, now().date())

        fetched = run.each("fetch", _fetch_step(options, store), registered())
        scales = score.scale_paths(options.home)
        told = HubCache(options.home).latest()
        inputs = reports.inputs_hash(fetched, kept, options.aliases, standard.overrides, scales.values(), told=told)
        current = home.current
        if current and not options.force and reports.follows_from(current, inputs):
            return _nothing_changed(current, fetched, run)

        readings = run.each("read", lambda item: read.read(item, store, standard), fetched)
        for reading in readings:
            run.say(_account(reading))
        if not any(reading.parsed for reading in readings):
            raise _nothing_to_publish(readings)

        past = run.once("remember", lambda: remember(options.home, readings))
        rules = identity.load_rules(options.aliases)
        heard = steps.heard(told.values(), readings, rules)
        resolution = run.once("resolve", lambda: steps.identify(readings, rules, past.names, heard))
        readings = steps.without_quarantined(readings, resolution.quarantined)
        today = now().date()
        report = reports.report(readings, today)

        with home.build() as directory:
            with warehouse.building(directory) as building:
                joined = steps.assemble(readings, resolution, today, past.rows, heard)
                run.once("join", lambda: building.make("model", joined))
                combined = run.once("score", lambda: score.combine(building.frame, score.calibrations(scales)))
                run.once("combine", lambda: building.make("mart", combined))
                tables = run.once("export", lambda: steps.finish(building))
            steps.enclose(directory, scales.values(), options.home / "reliability.json")
            manifest = reports.manifest(tables, readings, inputs) | {"history": past.digest}
            generation = run.once("publish", lambda: home.publish(directory, manifest))

        run.show("refresh-report", report.drop("warnings").iter_rows(named=True), f"Generation {generation.id}")
        return Outcome(generation, is_new=True, report=report, seconds=run.seconds)


def _fetch_step(options: Options, store: SnapshotStore) -> Callable[[Source], Fetched]:
    fetcher = Replay(store) if options.replay else open_fetcher(options.mirror)
    return lambda source: steps.fetch(source, fetcher, store)


def _account(reading: Reading) -> str:
    """Say in one line what a source gave."""
    parsed = reading.parsed
    if parsed is None or reading.message:
        return f"{reading.source.id}: {reading.status}: {reading.message}"
    warnings = "".join(f"; {warning}" for warning in parsed.warnings)
    return (
        f"{reading.source.id}: {parsed.rows_read:,} rows read = {parsed.rows_accepted:,} accepted"
        f" + {parsed.rows_quarantined:,} quarantined + {parsed.rows_duplicate:,} duplicate{warnings}"
    )


def _nothing_changed(current: Generation, fetched: list[Fetched], run: Runner) -> Outcome:
    """Return the current generation as it is, with the report of what was fetched tonight."""
    with warehouse.open_read_only(current.path / warehouse.DATABASE) as connection:
        report = connection.sql("from refresh_report").pl()
    return Outcome(current, is_new=False, report=reports.report_again(report, fetched), seconds=run.seconds)


def _nothing_to_publish(readings: list[Reading]) -> SourceError:
    messages = "\n".join(f"  {reading.source.id}: {reading.message}" for reading in readings)
    return SourceError(
        "refresh",
        "all files",
        f"no source could be read, so nothing was published\n{messages}",
        hint="Run `metaboard doctor` to see what the hosts answer.",
    )
