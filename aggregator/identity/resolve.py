"""Resolve names to models by five match rules in a fixed order; the column `rung` holds the rule that matched.

1. `hf_id`: the row carries a Hub id. 2. `curated`: a curated rule names the model. 3. `hf_id_folded`: a Hub id in
another casing, or under the newest name of its namespace. 4. `normalized_tail`: the key of the name equals the key of
exactly one id of its organization. 5. `own`: a new model. Similar strings alone never match.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from aggregator import schema
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.curated_files import load_rules
from aggregator.identity.families import families
from aggregator.identity.hub_evidence import NO_METADATA, verified_renames
from aggregator.identity.lineage import lineage_of
from aggregator.identity.match_ids import match_ids
from aggregator.identity.match_names import match_curated_rules, match_id_tails, match_written_ids
from aggregator.identity.name_keys import build_name_keys
from aggregator.identity.new_models import add_new_models
from aggregator.identity.review import unresolved_names
from aggregator.identity.safety import find_suspicious_names


@dataclass(frozen=True)
class Resolution:
    """The model of every name with its evidence, and the names that wait for a review."""

    aliases: pl.DataFrame
    models: pl.DataFrame
    lineage: pl.DataFrame
    unresolved: pl.DataFrame
    quarantined: pl.DataFrame
    """`(source, raw_name, model_id, reason)`: suspicious names. Each is a model of its own in `aliases`."""


MATCH_COLUMNS = ["row", "model_id", "rung", "confidence", "evidence", "key"]
"""`key` is the key of the name (`ParsedName.key`), null for rows with an id and for quarantined rows."""


def resolve(names: pl.DataFrame, rules: Rules | None = None, hub_metadata: pl.DataFrame = NO_METADATA) -> Resolution:
    """Resolve every name of `names` (schema NAMES, one row per source and raw_name).

    `aliases` has one row per given row, quarantined names included. `models` has exactly the model ids of `aliases`;
    a parent in `lineage` that no board ranks is not in `models`. `hub_metadata` is what `validate_metadata` returns.
    Raises `IdentityError` when the curated rules contradict each other.
    """
    rules = load_rules() if rules is None else rules
    renames = verified_renames(hub_metadata, rules)
    rules = replace(rules, moved=(*rules.moved, *renames))
    rows = split_variants(names).with_row_index("row")
    suspicious = find_suspicious_names(rows, rules)
    accepted = rows.join(suspicious, on="row", how="anti", maintain_order="left")
    with_id = _match_ids(accepted.filter(pl.col("hf_id").is_not_null()), rules, renames)
    keys = build_name_keys(accepted.filter(pl.col("hf_id").is_null()), rules)
    without_id = match_names(keys, with_id["model_id"], rules)
    no_key = pl.lit(None, dtype=pl.String).alias("key")
    keyless = [frame.with_columns(no_key).select(MATCH_COLUMNS) for frame in (with_id, suspicious)]
    matches = pl.concat([*keyless, without_id]).sort("row")
    aliases = rows.join(matches, on="row", how="left", maintain_order="left")
    lineage = lineage_of(aliases, rules, hub_metadata)
    return Resolution(
        aliases=schema.frame(schema.ALIASES, aliases),
        models=models_of(aliases, lineage, rules),
        lineage=lineage,
        unresolved=unresolved_names(aliases, rules),
        quarantined=rows.join(suspicious, on="row").select("source", "raw_name", "model_id", "reason"),
    )


def _match_ids(rows: pl.DataFrame, rules: Rules, renames: Sequence[Alias]) -> pl.DataFrame:
    """Match `rows`, which carry ids; a rename seen on the Hub gets `hf_id_folded`, since no person curated it."""
    renamed_on_hub = rows.filter(
        pl.col("hf_id").str.to_lowercase().is_in([name.lower() for alias in renames for name in alias.names])
    )
    is_renamed = pl.col("row").is_in(renamed_on_hub["row"].implode())
    return match_ids(rows, rules).with_columns(
        rung=pl.when(is_renamed).then(pl.lit("hf_id_folded")).otherwise("rung"),
    )


def split_variants(names: pl.DataFrame) -> pl.DataFrame:
    """Split ids with an MTEB setting, `org/model (embed_dim=512)`, into `hf_id` and `variant`."""
    setting = pl.col("hf_id").str.extract_groups(r"^(?<id>[^ ()]+) \((?<setting>.+)\)$")
    return names.with_columns(
        hf_id=pl.coalesce(setting.struct.field("id"), "hf_id"),
        variant=pl.coalesce("variant", setting.struct.field("setting")),
    )


def match_names(keys: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return MATCH_COLUMNS for names without an id (`build_name_keys`), by the match rules 2 to 5."""
    found = [
        match_curated_rules(keys, known_ids, rules),
        match_written_ids(keys, known_ids),
        match_id_tails(keys, known_ids, rules),
    ]
    matched = pl.concat(found).unique("row", keep="first", maintain_order=True)
    return add_new_models(keys, matched, known_ids, rules).select(MATCH_COLUMNS)


def models_of(aliases: pl.DataFrame, lineage: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return one row per model: its name without the namespace, its organization and its family (lineage root)."""
    ids = aliases.select("model_id").unique().sort("model_id")
    named_by_board = (
        aliases.filter(pl.col("hf_id").is_null())
        .group_by("model_id")
        .agg(pl.col("organization").drop_nulls().first())
        .drop_nulls()
    )
    owner = {namespace: owners[0] for namespace, owners in rules.organizations_by_namespace.items()}
    namespace = pl.col("model_id").str.extract(r"^([^/]+)/")
    return schema.frame(
        schema.MODELS,
        ids.join(named_by_board, on="model_id", how="left")
        .join(families(lineage), on="model_id", how="left")
        .with_columns(
            name=pl.coalesce(pl.col("model_id").str.extract(r"/(.*)$"), "model_id"),
            organization=pl.coalesce(
                namespace.str.to_lowercase().replace_strict(
                    list(owner), list(owner.values()), default=None, return_dtype=pl.String
                ),
                namespace,
                "organization",
            ),
            family=pl.coalesce("family", "model_id"),
        )
        .sort("model_id"),
    )
