"""Refresh a home directory once: fetch, store, read, gates, identity, ranking, warehouse, checks, publish."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from aggregator import identity, warehouse
from aggregator.errors import SourceError
from aggregator.fetch.client import open_fetcher
from aggregator.hub.cache import HubCache
from aggregator.identity.evaluation import evaluate_build
from aggregator.identity.hub_metadata import HubModel
from aggregator.model import Sha256, Source, Track
from aggregator.pipeline import decisions, inputs, last_good, manifest, published_ids, read, score, steps, twins
from aggregator.pipeline import report as reports
from aggregator.pipeline.acceptance import with_accepted_standards
from aggregator.pipeline.boards import Boards, read_boards
from aggregator.pipeline.calibration_editions import read_moves
from aggregator.pipeline.calibrations import (
    calibration_paths,
    edition_files,
    edition_folder,
    load_calibrations,
    warn_uncalibrated,
)
from aggregator.pipeline.history import AllHistory, record_history
from aggregator.pipeline.plugins import without_plugins
from aggregator.pipeline.references import with_references
from aggregator.pipeline.refusals import Refusal, open_refusals
from aggregator.pipeline.results import FETCH_CAUSES, FetchResult, ReadResult
from aggregator.store.generations import Generation, Home
from aggregator.store.snapshots import ReplayFetcher, SnapshotStore
from flows.runners import Runner


@dataclass(frozen=True)
class RefreshOptions:
    """Parameters of one refresh."""

    home: Path
    mirror: str | None = None
    """A folder, or the address of a server of such a folder, to read instead of the live hosts."""
    replay: bool = False
    """Build from the stored snapshots and fetch nothing."""
    force: bool = False
    """Build a generation even if nothing changed."""
    aliases: Path | None = None
    """A file with the user's own curated rules, merged into the shipped rules."""
    on: tuple[str, ...] = ()
    """Ids of leaderboards to read, whatever the settings are."""
    off: tuple[str, ...] = ()
    """Ids of leaderboards not to read."""
    include: tuple[str, ...] = ()
    """Scores that enter the combined rank besides the measured ones: `self-reported`, or `none`."""


@dataclass(frozen=True)
class RefreshResult:
    """The current generation after a refresh, and the report about each source."""

    generation: Generation
    is_new: bool
    report: pl.DataFrame
    seconds: dict[str, float]
    refusals: tuple[Refusal, ...] = ()
    """The editions that are kept back until the board changes or a person accepts them."""

    @property
    def refused(self) -> pl.DataFrame:
        """The sources that are not fresh, with or without earlier rows in their place."""
        return self.report.filter(pl.col("status") != "fresh")

    @property
    def not_fetched(self) -> list[str]:
        """The sources whose addresses gave no usable file."""
        return self.refused.filter(pl.col("cause").is_in(FETCH_CAUSES))["source"].to_list()


def refresh(
    options: RefreshOptions, runner: Runner, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> RefreshResult:
    """Build and publish one generation, or return the current one if nothing changed.

    Raises `LockedError` when another process holds the home directory, `SourceError` when no source can be read,
    `CheckFailed` or `SqlError` when a table fails its checks, `UsageError` for a wrong setting. The current generation
    then stays.
    """
    home = Home(options.home, log=runner.log)
    with home.lock():
        store = SnapshotStore(options.home)
        baseline = last_good.load_baseline(home, now().date())
        boards = read_boards(options.home, options.on, options.off, options.include)
        for warning in boards.warnings:
            runner.log(warning)

        # Fetch and store: hosts → bytes → snapshots.
        fetched = [*runner.map("fetch", _fetch_step(options, store), boards.on), *boards.left_out]
        baseline = with_references(with_accepted_standards(baseline, fetched, store), fetched)
        calibration_files = calibration_paths(options.home)
        metadata = HubCache(options.home).latest()
        editions = edition_files(options.home)
        rule_files = [*calibration_files.values(), *editions, *_existing(options.aliases), *boards.plugin_files]
        inputs_hash = inputs.inputs_hash(fetched, baseline, rule_files, metadata, boards.choices)
        current = home.current
        if current and not options.force and inputs.is_up_to_date(current, inputs_hash, published_ids.digest(home)):
            return _unchanged(current, fetched, options.home, runner, now())

        # Sources and gates: snapshots → rows → accepted rows, or the last good rows.
        results = runner.map("read", lambda item: read.read_source(item, store, baseline), fetched)
        for result in results:
            runner.log(reports.summarize(result))
        refusals = open_refusals(decisions.record_results(options.home, results, now()))
        if not any(result.parsed for result in results):
            raise _nothing_to_publish(results)
        history = runner.run("remember", lambda: record_history(options.home, results))

        build = _Build(
            options, runner, home, boards, now().date(), metadata, calibration_files, history, inputs_hash, refusals
        )
        try:
            return build.run(results)
        except Exception as cause:
            usable = without_plugins(results, boards.plugins, cause)
            if usable is None:
                raise
            runner.log(f"the tables are built again without the plug-ins {', '.join(sorted(boards.plugins))}: {cause}")
            return build.run(usable)


@dataclass(frozen=True)
class _Build:
    """The second half of a refresh: from the rows of all sources to a published generation."""

    options: RefreshOptions
    runner: Runner
    home: Home
    boards: Boards
    today: date
    metadata: Mapping[str, HubModel]
    calibration_files: Mapping[Track, Path]
    history: AllHistory
    inputs_hash: Sha256
    refusals: Mapping[str, Refusal]

    def run(self, results: Sequence[ReadResult]) -> RefreshResult:
        """Build and publish the generation of these rows."""
        runner, home, options, history = self.runner, self.home, self.options, self.history

        # Identity: raw names → model ids.
        rules = identity.load_rules(options.aliases)
        hub_models = steps.hub_evidence(self.metadata.values(), results, rules)
        published = published_ids.load_registry(home, runner.log)
        resolution = runner.run(
            "resolve", lambda: steps.resolve_names(results, rules, history.names, hub_models, published)
        )
        registry = published_ids.next_registry(published, resolution, rules, hub_models, self.today)
        # Without the registry: the measured rules are those of a first night, and a repeated night has the same figures.
        # Nothing but the last tables reads the result, so it is computed beside the first ones.
        quality = runner.start("evaluate", lambda: evaluate_build(resolution, rules, hub_models))
        repeated = twins.find_twins(results, resolution.aliases, history.names)
        accepted = twins.without_twins(steps.quarantine(results, resolution.quarantined), repeated)
        report = reports.refresh_report(accepted, self.today, self.refusals)

        # Warehouse with its checks, and ranking between `sql/model/` and `sql/mart/`.
        with home.build() as directory:
            with warehouse.open_builder(directory, self.boards.columns(accepted)) as builder:
                tables = steps.input_tables(
                    accepted, resolution, report, twins.editions_without_twins(history.rows, repeated), hub_models
                )
                tables |= published_ids.registry_tables(registry)
                runner.run("join", lambda: builder.make("model", tables))
                calibrations = load_calibrations(self.calibration_files)
                warn_uncalibrated(builder.frame, calibrations, runner.log)
                combined = runner.run(
                    "score",
                    lambda: score.combine(
                        builder.frame,
                        calibrations,
                        include_self_reported=self.boards.includes_self_reported,
                    ),
                )
                combined["identity_quality"] = quality()
                combined["calibration_moves"] = read_moves(edition_folder(options.home))
                runner.run("combine", lambda: builder.make("mart", combined))
                exported = runner.run("export", lambda: steps.export_tables(builder))
            calibration_files = [*self.calibration_files.values(), *edition_files(options.home)]
            steps.copy_extra_files(directory, calibration_files, options.home / "reliability.json")

            # Publish: the generation becomes current in one step.
            content = manifest.build_manifest(exported, accepted, self.inputs_hash) | {
                "history": history.digest,
                "registry": published_ids.save_registry(home, registry),
            }
            generation = runner.run("publish", lambda: home.publish(directory, content))

        runner.save_table(
            "refresh-report", report.drop("warnings").iter_rows(named=True), f"Generation {generation.id}"
        )
        return RefreshResult(
            generation,
            is_new=True,
            report=report,
            seconds=runner.seconds,
            refusals=tuple(self.refusals.values()),
        )


def _fetch_step(options: RefreshOptions, store: SnapshotStore) -> Callable[[Source], FetchResult]:
    fetcher = ReplayFetcher(store) if options.replay else open_fetcher(options.mirror)
    return lambda source: steps.fetch_source(source, fetcher, store)


def _existing(aliases: Path | None) -> list[Path]:
    return [aliases] if aliases and aliases.is_file() else []


def _unchanged(
    current: Generation, fetched: list[FetchResult], home: Path, runner: Runner, now: datetime
) -> RefreshResult:
    """Return the current generation, with its report updated by this fetch."""
    with warehouse.open_read_only(current.path / warehouse.DATABASE) as connection:
        report = connection.sql("from refresh_report").pl()
    published = {str(source): str(digest) for source, digest in report.select("source", "sha256").iter_rows()}
    refusals = open_refusals(decisions.record_same_files(home, fetched, published, now))
    return RefreshResult(
        current,
        is_new=False,
        report=reports.update_report(report, fetched, refusals),
        seconds=runner.seconds,
        refusals=tuple(refusals.values()),
    )


def _nothing_to_publish(results: Sequence[ReadResult]) -> SourceError:
    messages = "\n".join(f"  {result.source.id}: {result.message}" for result in results)
    return SourceError(
        "refresh",
        "all files",
        f"no source could be read, so nothing was published\n{messages}",
        hint="Run `metaboard doctor` to check every address.",
    )
