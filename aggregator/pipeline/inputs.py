"""Decide with one hash over all inputs whether the current generation is up to date."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from aggregator import warehouse
from aggregator.errors import PluginError
from aggregator.hub.cache import content_digest as metadata_digest
from aggregator.identity.hub_metadata import HubModel
from aggregator.model import Sha256
from aggregator.pipeline.judge import has_released_parts
from aggregator.pipeline.read import Baseline
from aggregator.pipeline.results import FetchResult
from aggregator.store.generations import Generation
from aggregator.store.manifest import verify


def inputs_hash(
    fetched: Iterable[FetchResult],
    baseline: Baseline,
    rule_files: Iterable[Path],
    hub_models: Mapping[str, HubModel],
    choices: Iterable[str] = (),
) -> Sha256:
    """Return one hash over the snapshots, the code, the SQL, the overrides, `rule_files`, the Hub metadata and `choices`.

    `rule_files` are the calibrations, the user's aliases and the modules of plug-ins, `choices` the lines about the
    leaderboards that are read and that are in the combined rank (`boards.Boards`). A source that was not fetched counts with its last good
    snapshots.
    """
    digest = hashlib.sha256(_code_hash().encode())
    for override in baseline.overrides:
        digest.update(f"{override.source} {override.gate}\n".encode())
    for source, held in sorted(baseline.held.items()):
        if has_released_parts(held, baseline.today):
            digest.update(f"{source} has released parts\n".encode())
    for source, edition in sorted(baseline.accepted):
        digest.update(f"{source} {edition} is accepted\n".encode())
    for file in rule_files:
        digest.update(file.read_bytes())
    for choice in choices:
        digest.update(f"{choice}\n".encode())
    if hub_models:
        digest.update(metadata_digest(hub_models).encode())
    for item in fetched:
        kept = () if isinstance(item.error, PluginError) else baseline.snapshots.get(item.source.id, ())
        for snapshot in item.snapshots or kept:
            digest.update(f"{snapshot.source} {snapshot.resource} {snapshot.sha256}\n".encode())
    return Sha256(digest.hexdigest())


def is_up_to_date(current: Generation, inputs: Sha256, registry: str) -> bool:
    """Return whether `current` was built from these inputs, all its files are intact, and it wrote this registry.

    `registry` is the digest of the published ids in the home directory. It differs after a rollback or a damage.
    """
    if verify(current.path):
        return False
    manifest = current.manifest()
    return manifest.get("inputs_hash") == inputs and manifest.get("registry") == registry


@cache
def _code_hash() -> str:
    """Return one hash over the code, the SQL files, the curated rules and the calibrations."""
    digest = hashlib.sha256()
    roots = (Path(str(files("aggregator"))), warehouse.sql_root())
    for path in sorted(
        path
        for root in roots
        for pattern in ("*.py", "*.toml", "*.sql", "*.npz", "references/*.parquet")
        for path in root.rglob(pattern)
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()
