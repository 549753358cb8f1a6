"""The registry of published ids of a home directory: read it, seed it from a generation, and write it after a refresh."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.identity import Resolution, Rules
from aggregator.identity.hub_evidence import verified_renames
from aggregator.identity.match_published import successors_of
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry, advanced, merged, seeded
from aggregator.store.generations import Generation, Home
from aggregator.store.registry import TABLES, DamagedRegistryError, RegistryStore


def load_registry(home: Home, log: Callable[[str], None]) -> Registry:
    """Return the registry of `home`; without one, that of the newest generation; on a first night an empty one.

    A damaged registry is made again from the newest generation, which has the same tables; `log` gets a message.
    Raises `DamagedRegistryError` when there is no such generation.
    """
    try:
        tables = RegistryStore(home.root).load()
    except DamagedRegistryError as error:
        if (found := _of_newest_generation(home)) is None:
            raise
        log(f"{error.headline}; it is made again from the tables of the newest generation")
        return found
    if tables is not None:
        return Registry(tables["model_ids"], tables["model_moves"])
    # A home of an older version, or one that only pulled: its generation has the ids.
    return _of_newest_generation(home) or NOTHING_PUBLISHED


def next_registry(
    published: Registry, resolution: Resolution, rules: Rules, hub_models: pl.DataFrame, on: date
) -> Registry:
    """Return the registry with the ids of `resolution`, first published on the day `on`."""
    rules = rules.with_moved(verified_renames(hub_models, rules))
    return advanced(published, resolution.aliases, on, successors_of(published, resolution.aliases, rules))


def digest(home: Home) -> str:
    """Return a hash of the registry in `home`; empty before the first one."""
    return RegistryStore(home.root).digest()


def save_registry(home: Home, registry: Registry) -> str:
    """Write the registry and return its digest, which the manifest of the generation has; raises `StorageError`."""
    store = RegistryStore(home.root)
    store.save({"model_ids": registry.ids, "model_moves": registry.moves})
    return store.digest()


def adopt_registry(home: Home, build: Path, created_at: str) -> None:
    """Make the registry of a pulled dataset that of `home`, so that a refresh continues with its ids.

    Ids that `home` published itself before stay known, and lead to those of the dataset where a name has another one.
    """
    pulled = registry_of(build, created_at)
    if pulled is None:
        return
    own = _own_registry(home)
    save_registry(home, pulled if own is None else merged(own, pulled, _day(created_at)))


def _own_registry(home: Home) -> Registry | None:
    try:
        tables = RegistryStore(home.root).load()
    except DamagedRegistryError:
        return None
    return Registry(tables["model_ids"], tables["model_moves"]) if tables else None


def registry_tables(registry: Registry) -> dict[str, pl.DataFrame]:
    """Return the inputs of `sql/model/model_ids.sql` and `model_moves.sql`."""
    return {"model_ids": registry.ids, "model_moves": registry.moves}


def registry_of(directory: Path, created_at: str) -> Registry | None:
    """Return the registry in the tables of a generation or dataset, or None when they cannot be read.

    A generation of an older schema has only `aliases`; its ids count as published on the day of `created_at`.
    """
    paths = {name: directory / "data" / name / f"{name}.parquet" for name in (*TABLES, "aliases")}
    try:
        if all(paths[name].is_file() for name in TABLES):
            ids, moves = (
                schema.frame(columns, pl.read_parquet(paths[name], glob=False)) for name, columns in TABLES.items()
            )
            return Registry(ids, moves)
        return seeded(schema.frame(schema.ALIASES, pl.read_parquet(paths["aliases"], glob=False)), _day(created_at))
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None


def _of_newest_generation(home: Home) -> Registry | None:
    """Return the registry of the newest readable generation: after a rollback it is newer than the current one."""
    newest: list[Generation] = sorted(home.generations(), key=lambda generation: -generation.number)
    found = (registry_of(generation.path, generation.created_at) for generation in newest)
    return next((registry for registry in found if registry is not None), None)


def _day(created_at: str) -> date:
    return datetime.fromisoformat(created_at).date()
