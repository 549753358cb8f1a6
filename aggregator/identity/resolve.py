"""From names to models: the ladder, rung by rung, and the rung is kept.

1. `hf_id`: the row carries a Hub id. 2. `curated`: a person decided. 3. `hf_id_folded`: a Hub id in
another casing or under the newest name of its namespace. 4. `normalized_tail`: the name reads exactly
like one id of its own organisation. 5. `own`: a model of its own. Likeness of strings never links.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from aggregator import schema
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.curated_files import load_rules
from aggregator.identity.hub_evidence import NOTHING, moves
from aggregator.identity.lineage import families, lineage_of
from aggregator.identity.match_ids import place_ids
from aggregator.identity.match_names import curated_links, id_links, tail_links
from aggregator.identity.name_keys import read_spellings
from aggregator.identity.new_models import own_models
from aggregator.identity.review import unresolved_names
from aggregator.identity.safety import screen


@dataclass(frozen=True)
class Resolution:
    """Which model every name is, why, and what is left for a person to decide."""

    aliases: pl.DataFrame
    models: pl.DataFrame
    lineage: pl.DataFrame
    unresolved: pl.DataFrame
    quarantined: pl.DataFrame
    """`(source, raw_name, model_id, reason)`: names that were not believed. They stand alone in `aliases`."""


PLACED = ["row", "model_id", "rung", "confidence", "evidence", "key"]
"""`key` is the name's own (`ParsedName.key`), null where an id made it needless."""


def resolve(names: pl.DataFrame, rules: Rules | None = None, told: pl.DataFrame = NOTHING) -> Resolution:
    """Place every name of `names` (schema NAMES, one row per source and raw_name).

    `aliases` has one row per given row, quarantined names included; `models` has exactly the model ids
    of `aliases`; a parent in `lineage` that no board ranks is not in `models`. Raises `IdentityError`
    when the curated data contradict themselves. `told` is what the Hub says, judged (`hub_epochs.judge`).
    """
    rules = load_rules() if rules is None else rules
    moved = moves(told, rules)
    rules = replace(rules, moved=(*rules.moved, *moved))
    rows = split_variants(names).with_row_index("row")
    held = screen(rows, rules)
    good = rows.join(held, on="row", how="anti", maintain_order="left")
    ids = _placed_ids(good.filter(pl.col("hf_id").is_not_null()), rules, moved)
    spellings = read_spellings(good.filter(pl.col("hf_id").is_null()), rules)
    linked = place_spellings(spellings, ids["model_id"], rules)
    no_key = pl.lit(None, dtype=pl.String).alias("key")
    placed = pl.concat([frame.with_columns(no_key).select(PLACED) for frame in (ids, held)] + [linked]).sort("row")
    aliases = rows.join(placed, on="row", how="left", maintain_order="left")
    lineage = lineage_of(aliases, rules, told)
    return Resolution(
        aliases=schema.frame(schema.ALIASES, aliases),
        models=models_of(aliases, lineage, rules),
        lineage=lineage,
        unresolved=unresolved_names(aliases, rules),
        quarantined=rows.join(held, on="row").select("source", "raw_name", "model_id", "reason"),
    )


def _placed_ids(rows: pl.DataFrame, rules: Rules, moved: Sequence[Alias]) -> pl.DataFrame:
    """Return the places of `rows`, which carry ids; what moved on the Hub's word is no person's decision."""
    on_hubs_word = rows.filter(
        pl.col("hf_id").str.to_lowercase().is_in([name.lower() for alias in moved for name in alias.names])
    )
    folded = pl.col("row").is_in(on_hubs_word["row"].implode())
    return place_ids(rows, rules).with_columns(rung=pl.when(folded).then(pl.lit("hf_id_folded")).otherwise("rung"))


def split_variants(names: pl.DataFrame) -> pl.DataFrame:
    """Part ids that carry an MTEB setting, `org/model (embed_dim=512)`, into `hf_id` and `variant`."""
    setting = pl.col("hf_id").str.extract_groups(r"^(?<id>[^ ()]+) \((?<setting>.+)\)$")
    return names.with_columns(
        hf_id=pl.coalesce(setting.struct.field("id"), "hf_id"),
        variant=pl.coalesce("variant", setting.struct.field("setting")),
    )


def place_spellings(spellings: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence)` for names without an id, by rungs 2 to 5."""
    found = [
        curated_links(spellings, known_ids, rules),
        id_links(spellings, known_ids),
        tail_links(spellings, known_ids, rules),
    ]
    linked = pl.concat(found).unique("row", keep="first", maintain_order=True)
    return own_models(spellings, linked, known_ids, rules).select(PLACED)


def models_of(aliases: pl.DataFrame, lineage: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return one row per model: its name without the namespace, its organisation and its family (lineage root)."""
    ids = aliases.select("model_id").unique().sort("model_id")
    told = (
        aliases.filter(pl.col("hf_id").is_null())
        .group_by("model_id")
        .agg(pl.col("organization").drop_nulls().first())
        .drop_nulls()
    )
    names = {namespace: owners[0] for namespace, owners in rules.organizations_by_namespace.items()}
    space = pl.col("model_id").str.extract(r"^([^/]+)/")
    return schema.frame(
        schema.MODELS,
        ids.join(told, on="model_id", how="left")
        .join(families(lineage), on="model_id", how="left")
        .with_columns(
            name=pl.coalesce(pl.col("model_id").str.extract(r"/(.*)$"), "model_id"),
            organization=pl.coalesce(
                space.str.to_lowercase().replace_strict(
                    list(names), list(names.values()), default=None, return_dtype=pl.String
                ),
                space,
                "organization",
            ),
            family=pl.coalesce("family", "model_id"),
        )
        .sort("model_id"),
    )
