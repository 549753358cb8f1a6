"""The steps of a refresh as plain functions; `flows/refresh.py` calls them in order."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from aggregator import identity, schema, warehouse
from aggregator.errors import FetchError, MetaboardError, StorageError
from aggregator.fetch.client import Fetcher
from aggregator.gates.quarantine import quarantine_names
from aggregator.hub.cache import hub_models_frame
from aggregator.identity.hub_metadata import HubModel
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry
from aggregator.identity.same_scores import NO_EQUAL_SCORES, equal_scores
from aggregator.model import Parsed, Resource, Sha256, Snapshot, Source
from aggregator.pipeline.report import source_table
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.sources.plugins import describe
from aggregator.store.history import with_remembered_facts
from aggregator.store.snapshots import SnapshotStore


def fetch_source(source: Source, fetcher: Fetcher, store: SnapshotStore) -> FetchResult:
    """Fetch and store every file of `source`; any error but a full disk is returned, so that the other sources continue.

    A plug-in can declare its files wrongly in any way, so errors that are not typed become a `FetchError`.
    """
    first = _first_retrievals(store.all_fetches(source.id))
    snapshots = list[Snapshot]()
    try:
        for resource in source.resources:
            snapshots += _fetch_resource(source, resource, fetcher, store)
    except FetchError as error:
        return FetchResult(source, error=error)
    except MetaboardError:
        raise
    except Exception as cause:  # noqa: BLE001 - see the docstring
        return FetchResult(source, error=FetchError(source.id, f"its files cannot be fetched: {describe(cause)}"))
    notes = tuple(dict.fromkeys(snapshot.note for snapshot in snapshots if snapshot.note))
    # The same bytes must give the same rows, `retrieved_at` included.
    kept = (_earlier(snapshot, first.get((snapshot.resource, snapshot.sha256))) for snapshot in snapshots)
    return FetchResult(source, tuple(kept), notes=notes)


def _fetch_resource(source: Source, resource: Resource, fetcher: Fetcher, store: SnapshotStore) -> list[Snapshot]:
    """Fetch and store one resource; raises `FetchError`, and `StorageError` when the disk cannot be written."""
    fetched = fetcher.fetch(source.id, resource, store.latest(source.id, resource.name))
    if not fetched:
        store.keep_absence(source.id, resource, datetime.now(UTC))
    try:
        return [store.keep(snapshot) for snapshot in fetched]
    except StorageError:
        if all(snapshot.content for snapshot in fetched):
            raise
        # The host confirmed stored bytes that are damaged. The store has removed them, so this fetch gets the whole file.
        return [store.keep(snapshot) for snapshot in fetcher.fetch(source.id, resource)]


def _first_retrievals(history: Iterable[Snapshot]) -> dict[tuple[str, Sha256], Snapshot]:
    """Return the earliest snapshot of every content of every file."""
    first: dict[tuple[str, Sha256], Snapshot] = {}
    for snapshot in history:
        key = (snapshot.resource, snapshot.sha256)
        first[key] = _earlier(snapshot, first.get(key))
    return first


def _earlier(snapshot: Snapshot, other: Snapshot | None) -> Snapshot:
    return other if other and other.retrieved_at <= snapshot.retrieved_at else snapshot


def hub_evidence(metadata: Iterable[HubModel], results: Iterable[ReadResult], rules: identity.Rules) -> pl.DataFrame:
    """Return the Hub metadata (`schema.HUB_MODELS`) and whether each row is valid for the model a board evaluated.

    A repository that was created after a board first listed the id is another model.
    """
    listed = [
        result.parsed.entries.select(hub_id=pl.col("hf_id").str.to_lowercase(), first_named_on="submitted_on")
        for result in results
        if result.parsed
    ]
    dates = pl.concat([*listed, pl.DataFrame(schema={"hub_id": pl.String, "first_named_on": pl.Date})]).drop_nulls()
    first_dates = dates.group_by("hub_id").agg(pl.col("first_named_on").min())
    return identity.validate_metadata(hub_models_frame(metadata), first_dates, rules)


def resolve_names(
    results: Sequence[ReadResult],
    rules: identity.Rules,
    earlier_names: pl.DataFrame | None = None,
    hub_models: pl.DataFrame | None = None,
    published: Registry = NOTHING_PUBLISHED,
) -> identity.Resolution:
    """Return the model id of every raw name of every source.

    `earlier_names` (`schema.NAMES`) also holds names that a board no longer lists, and what it stated of a name and
    leaves out tonight. `hub_models` is from `hub_evidence`. The ids of `published` stay.
    """
    names = collect_names(results)
    hub_models = schema.frame(schema.HUB_MODELS) if hub_models is None else hub_models
    equal = collect_equal_scores(results)
    if earlier_names is None:
        return identity.resolve(names, rules, hub_models, equal=equal, published=published)
    names = with_remembered_facts(names, earlier_names)
    missing = earlier_names.join(names, on="source", how="semi").join(names, on=["source", "raw_name"], how="anti")
    missing = missing.with_columns(gone=pl.lit(value=True))
    return identity.resolve(pl.concat([names, missing]), rules, hub_models, equal=equal, published=published)


def collect_equal_scores(results: Iterable[ReadResult]) -> pl.DataFrame:
    """Return the raw names with exactly equal scores on a source (`same_scores.EQUAL_SCORES`)."""
    parsed = [result.parsed for result in results if result.parsed]
    return pl.concat([NO_EQUAL_SCORES, *(equal_scores(p.scores, p.benchmarks, p.entries) for p in parsed)])


def collect_names(results: Iterable[ReadResult]) -> pl.DataFrame:
    """Return the input of identity resolution (`schema.NAMES`): one row per (source, raw_name)."""
    return pl.concat([_names(result.parsed) for result in results if result.parsed], how="vertical")


def _names(parsed: Parsed) -> pl.DataFrame:
    dates, rank = (parsed.entries, "board_rank") if parsed.history is None else (parsed.history, "rank")
    seen = dates.group_by("raw_name").agg(
        first_seen_on=pl.col("published_on").min(),
        last_seen_on=pl.col("published_on").max(),
        best_rank=pl.col(rank).min(),
    )
    return schema.frame(schema.NAMES, parsed.entries.join(seen, on="raw_name", how="left"))


def quarantine(results: Sequence[ReadResult], quarantined: pl.DataFrame) -> list[ReadResult]:
    """Move the names that identity resolution quarantined (`source`, `raw_name`, `reason`) to the quarantine."""
    return [_quarantine(result, quarantined.filter(pl.col("source") == result.source.id)) for result in results]


def _quarantine(result: ReadResult, quarantined: pl.DataFrame) -> ReadResult:
    if result.parsed is None or quarantined.is_empty():
        return result
    return replace(result, parsed=quarantine_names(result.parsed, quarantined))


def input_tables(
    results: Sequence[ReadResult],
    resolution: identity.Resolution,
    report: pl.DataFrame,
    history: pl.DataFrame,
    hub_models: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return the inputs of `sql/model/` but `identity_quality`; the SQL reads each as `input_<name>`.

    `history` has every edition by two times (`store.history`). `hub_models` is from `hub_evidence`.
    """
    parsed = [result.parsed for result in results if result.parsed]
    return {
        "entries": pl.concat([p.entries for p in parsed]),
        "scores": pl.concat([p.scores for p in parsed]),
        "benchmarks": pl.concat([p.benchmarks for p in parsed]),
        "history": history.join(resolution.quarantined, on=["source", "raw_name"], how="anti"),
        "quarantined": pl.concat([p.quarantined for p in parsed]),
        "aliases": resolution.aliases,
        "models": resolution.models,
        "lineage": resolution.lineage,
        "name_facts": resolution.name_facts.facts,
        "name_sizes": resolution.name_facts.sizes,
        "organization_names": resolution.organization_names,
        "hub_models": hub_models,
        "unresolved": resolution.unresolved,
        "sources": source_table(results),
        "refresh_report": report,
    }


def export_tables(builder: warehouse.WarehouseBuilder) -> tuple[warehouse.TableFile, ...]:
    """Add the SQL macros and write every table as Parquet."""
    builder.make("macro", {})
    return builder.export()


def copy_extra_files(directory: Path, calibrations: Iterable[Path], reliability: Path) -> None:
    """Copy the calibrations into the generation, so that readers can score other models on the same scale.

    `reliability` has the results of the fault tests; it is copied if the home directory has it.
    """
    folder = directory / "calibrations"
    folder.mkdir()
    for calibration in calibrations:
        shutil.copyfile(calibration, folder / calibration.name)
    if reliability.is_file():
        shutil.copyfile(reliability, directory / reliability.name)
