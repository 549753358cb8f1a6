"""The inputs of identity resolution as the last refresh left them, to explain a name or to try a review."""

from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.identity.inputs import Inputs
from aggregator.identity.registry import Registry
from aggregator.query.queries import Connection
from aggregator.store.history import HistoryStore

_FROM_ALIASES = """
select a.source, a.raw_name, m.organization,
    if(a.rung in ('hf_id', 'hf_id_folded') and contains(a.raw_name, '/'), a.model_id, null) as hf_id
from aliases as a
left join models as m using (model_id)
"""


def load_inputs(connection: Connection, home: Path) -> Inputs:
    """Return the names that boards listed, with the facts that they state, the Hub's metadata and the registry.

    A home directory without history (from `metaboard pull`) has the names only, so organizations are those of the models.
    """
    listed = connection.sql("select source, raw_name from aliases").pl()
    remembered = HistoryStore(home).names().join(listed, on=["source", "raw_name"], how="semi")
    remembered = remembered.with_columns(gone=pl.col("last_seen_on") < pl.col("last_seen_on").max().over("source"))
    if remembered.is_empty():
        remembered = schema.frame(schema.NAMES, connection.sql(_FROM_ALIASES).pl())
    tables = {str(name) for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()}
    if "hub_models" not in tables:
        return Inputs(remembered)
    hub_models = schema.frame(schema.HUB_MODELS, connection.sql("from hub_models").pl())
    if not {"model_ids", "model_moves"} <= tables:
        return Inputs(remembered, hub_models)
    return Inputs(remembered, hub_models, _registry(connection))


def _registry(connection: Connection) -> Registry:
    return Registry(
        schema.frame(schema.PUBLISHED_IDS, connection.sql("from model_ids").pl()),
        schema.frame(schema.MODEL_MOVES, connection.sql("from model_moves").pl()),
    )
