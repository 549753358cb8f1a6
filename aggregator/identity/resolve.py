"""Resolve names to models by five match rules in a fixed order; the column `rung` holds the rule that matched.

1. `hf_id`: the row carries a Hub id. 2. `curated`: a review or a curated rule names the model. 3. `hf_id_folded`: a Hub id in
another casing, or under the newest name of its namespace. 4. `normalized_tail`: the key of the name equals the key of
exactly one id of its organization. 5. `own`: a new model. Similar strings alone never match.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from aggregator import schema
from aggregator.identity.apart import separate_rejected, without_rejected
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.curated_files import load_rules
from aggregator.identity.families import families
from aggregator.identity.hub_evidence import NO_METADATA, verified_renames
from aggregator.identity.id_address import with_plain_ids
from aggregator.identity.joined_spellings import join_spellings
from aggregator.identity.known_ids import KnownIds, known_ids
from aggregator.identity.lineage import lineage_of
from aggregator.identity.match_curated import (
    follow_ended_targets,
    follow_moved_models,
    mark_held_back,
    match_curated_rules,
    match_reviewed_ids,
    match_reviews,
)
from aggregator.identity.match_ids import match_ids
from aggregator.identity.match_names import match_id_tails, match_written_ids
from aggregator.identity.match_published import keep_published_ids, published_evidence
from aggregator.identity.name_facts import NameFacts, name_facts
from aggregator.identity.name_keys import build_name_keys
from aggregator.identity.new_models import add_new_models
from aggregator.identity.organization_names import organization_names, organizations_of
from aggregator.identity.other_writings import match_other_writings, unsure_writings
from aggregator.identity.publishers import official_ids
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry
from aggregator.identity.release_subjects import release_subjects
from aggregator.identity.releases import releases_of
from aggregator.identity.review import unresolved_names
from aggregator.identity.safety import find_suspicious_names
from aggregator.identity.same_scores import NO_EQUAL_SCORES
from aggregator.identity.settings import settings_of
from aggregator.identity.snapshots import complete_dates


@dataclass(frozen=True)
class Resolution:
    """The model of every name with its evidence, and the names that wait for a review."""

    names: pl.DataFrame
    """The names as they were given."""
    aliases: pl.DataFrame
    models: pl.DataFrame
    lineage: pl.DataFrame
    unresolved: pl.DataFrame
    quarantined: pl.DataFrame
    """`(source, raw_name, model_id, reason)`: suspicious names. Each is a model of its own in `aliases`."""
    name_facts: NameFacts
    """What the names of models with a Hub id show."""
    organization_names: pl.DataFrame
    """ORGANIZATION_NAMES of `models`."""


Observer = Callable[[str, pl.DataFrame], None]
"""Gets the name of a step and its frame with the column `row`, to explain a match."""


def ignore(step: str, frame: pl.DataFrame) -> None:
    """Observe nothing."""


MATCH_COLUMNS = ["row", "model_id", "rung", "confidence", "evidence", "key", "held_back"]
"""`key` is the key of the name (`ParsedName.key`), null for rows with an id and for quarantined rows. `held_back` is the
model of a curated row that does not apply, since the board states another publisher."""


def resolve(
    names: pl.DataFrame,
    rules: Rules | None = None,
    hub_metadata: pl.DataFrame = NO_METADATA,
    published: Registry = NOTHING_PUBLISHED,
    equal: pl.DataFrame = NO_EQUAL_SCORES,
) -> Resolution:
    """Resolve every name of `names` (schema NAMES, one row per source and raw_name).

    `aliases` has one row per given row, quarantined names included. `models` has exactly the model ids of `aliases`;
    a parent in `lineage` that no board ranks is not in `models`. `hub_metadata` is what `validate_metadata` returns,
    `equal` is EQUAL_SCORES of all sources.
    A name keeps its id in `published`, unless tonight's rows show another one. Raises `IdentityError` when the curated
    rules contradict each other.
    """
    rules = load_rules() if rules is None else rules
    aliases = place_names(names, rules, hub_metadata, published)
    rules = rules.with_moved(verified_renames(hub_metadata, rules))
    lineage = lineage_of(aliases, rules, hub_metadata, equal)
    models = models_of(aliases, lineage, rules)
    return Resolution(
        names=names,
        aliases=schema.frame(schema.ALIASES, aliases),
        models=models,
        lineage=lineage,
        unresolved=unresolved_names(aliases, rules, unsure_writings(aliases.drop("reason"), rules)),
        quarantined=aliases.drop_nulls("reason").select("source", "raw_name", "model_id", "reason"),
        name_facts=name_facts(aliases.filter(pl.col("rung") != "own")["model_id"].unique().sort(), rules),
        organization_names=organization_names(models.select("model_id", "organization"), aliases, rules),
    )


def place_names(
    names: pl.DataFrame,
    rules: Rules,
    hub_metadata: pl.DataFrame = NO_METADATA,
    published: Registry = NOTHING_PUBLISHED,
    observe: Observer = ignore,
) -> pl.DataFrame:
    """Return `names` with the columns of `match_models`: what `resolve` does before lineage and the review list."""
    renames = verified_renames(hub_metadata, rules)
    rules = rules.with_moved(renames)
    aliases = match_models(names, rules, renames, known_ids(names, hub_metadata, NOTHING_PUBLISHED), observe)
    if published.agrees_with(aliases):
        return aliases
    kept = match_models(names, rules, renames, known_ids(names, hub_metadata, published), observe)
    return with_earlier_evidence(kept, aliases)


def match_models(
    names: pl.DataFrame,
    rules: Rules,
    renames: Sequence[Alias] = (),
    known: KnownIds | None = None,
    observe: Observer = ignore,
) -> pl.DataFrame:
    """Return `names` with MATCH_COLUMNS, and with `reason` for quarantined rows: all match rules, without lineage.

    `renames` are the rows of `rules.moved` that were seen on the Hub. `known` has the ids besides those of `names`, and
    `observe` gets the frame of every step.
    """
    known = KnownIds() if known is None else known
    rows = split_variants(names).with_row_index("row")
    suspicious = find_suspicious_names(rows, rules)
    accepted = rows.join(suspicious, on="row", how="anti", maintain_order="left")
    with_id = _match_ids(accepted.filter(pl.col("hf_id").is_not_null()), rules, renames, known)
    keys = build_name_keys(accepted.filter(pl.col("hf_id").is_null()), rules)
    for step, frame in (("quarantine", suspicious), ("hf_id", with_id), ("keys", keys)):
        observe(step, frame)
    facts = with_id.select("row", "model_id").join(accepted.select("row", "params_b", "kind"), on="row")
    without_id = match_names(keys, facts, rules, known, observe)
    nothing = {column: pl.lit(None, dtype=pl.String) for column in ("key", "held_back")}
    keyless = [frame.with_columns(**nothing).select(MATCH_COLUMNS) for frame in (with_id, suspicious)]
    matches = pl.concat([*keyless, without_id]).join(suspicious.select("row", "reason"), on="row", how="left")
    placed = rows.join(matches, on="row", how="left", maintain_order="left")
    return separate_rejected(follow_ended_targets(placed, known.published, rules), rules)


def with_earlier_evidence(kept: pl.DataFrame, plain: pl.DataFrame) -> pl.DataFrame:
    """Return `kept` with the match rule and evidence of `plain`, the match without a registry, for rows of one id in both.

    The others get one text for each model of its own, tonight and on all later nights.
    """
    facts = ["rung", "confidence", "evidence"]
    both = kept.join(
        plain.select("row", "model_id", *facts), on="row", how="left", maintain_order="left", suffix="_plain"
    )
    is_same = pl.col("model_id") == pl.col("model_id_plain")
    chosen = {fact: pl.when(is_same).then(f"{fact}_plain").otherwise(fact) for fact in facts}
    is_kept = ~is_same & (pl.col("rung") == "own") & pl.col("reason").is_null()
    both = both.with_columns(evidence=pl.when(is_kept).then(published_evidence()).otherwise("evidence"))
    return both.with_columns(**chosen).select(kept.columns)


def _match_ids(rows: pl.DataFrame, rules: Rules, renames: Sequence[Alias], known: KnownIds) -> pl.DataFrame:
    """Match `rows`, which carry ids; a rename seen on the Hub gets `hf_id_folded`, since no person curated it."""
    reviewed = match_reviews(rows, rows["hf_id"], rules).drop("applies_to_key")
    rows = rows.join(reviewed, on="row", how="anti", maintain_order="left")
    renamed_on_hub = rows.filter(
        pl.col("hf_id").str.to_lowercase().is_in([name.lower() for alias in renames for name in alias.names])
    )
    is_renamed = pl.col("row").is_in(renamed_on_hub["row"].implode())
    matched = match_ids(rows, rules, known.evidence).with_columns(
        rung=pl.when(is_renamed).then(pl.lit("hf_id_folded")).otherwise("rung"),
    )
    return pl.concat([matched, reviewed.select(matched.columns)])


def split_variants(names: pl.DataFrame) -> pl.DataFrame:
    """Split ids with an MTEB setting, `org/model (embed_dim=512)`, into `hf_id` and `variant`; write all ids plainly."""
    names = with_plain_ids(names)
    setting = pl.col("hf_id").str.extract_groups(r"^(?<id>[^ ()]+) \((?<setting>.+)\)$")
    return names.with_columns(
        hf_id=pl.coalesce(setting.struct.field("id"), "hf_id"),
        variant=pl.coalesce("variant", setting.struct.field("setting")),
    )


def match_names(
    keys: pl.DataFrame,
    with_id: pl.DataFrame,
    rules: Rules,
    known: KnownIds | None = None,
    observe: Observer = ignore,
) -> pl.DataFrame:
    """Return MATCH_COLUMNS for names without an id (`build_name_keys`), by the match rules 2 to 5.

    `with_id` has `model_id`, `params_b` and `kind` of the rows with an id.
    """
    known = KnownIds() if known is None else known
    ids = known.with_rows(with_id["model_id"], rules)
    claimed = frozenset(keys["organization_id"].drop_nulls().unique()) - set(rules.organization_by_id)
    officials = official_ids(ids, rules, claimed, with_id, rules.curated_models)
    bases = official_ids(known.named_as_base(ids, rules), rules, claimed)
    keys = join_spellings(complete_dates(keys, officials, rules), officials)
    found = {
        "curated": match_curated_rules(keys, ids, rules),
        "hf_id_folded": match_written_ids(keys, ids),
        "other_writing": match_other_writings(keys, ids),
        "normalized_tail": match_id_tails(keys, officials, rules),
        "named_as_base": match_id_tails(keys, bases, rules),
        "reviewed_id": match_reviewed_ids(keys, ids, rules),
    }
    for step, frame in found.items():
        observe(step, frame)
    named = pl.concat(found.values()).join(
        keys.select("row", "raw_name", "key"), on="row", how="left", maintain_order="left"
    )
    matched = without_rejected(named, rules).drop("raw_name", "key").unique("row", keep="first", maintain_order=True)
    matched = keep_published_ids(keys, matched, known.published, ids, rules)
    placed = add_new_models(keys, matched, officials, pl.concat([ids, known.published.moves["old_id"]]), rules)
    return mark_held_back(follow_moved_models(placed, rules), rules).select(MATCH_COLUMNS)


def models_of(aliases: pl.DataFrame, lineage: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return one row per model: name without the namespace, organization, family (lineage root), release, settings."""
    subjects = release_subjects(aliases, rules)
    ids = aliases.select("model_id").unique().sort("model_id")
    return schema.frame(
        schema.MODELS,
        ids.join(organizations_of(aliases, rules), on="model_id", how="left")
        .join(families(lineage), on="model_id", how="left")
        .join(releases_of(subjects, lineage, rules), on="model_id", how="left")
        .join(settings_of(subjects, aliases, rules), on="model_id", how="left")
        .with_columns(
            name=pl.coalesce(pl.col("model_id").str.extract(r"/(.*)$"), "model_id"),
            family=pl.coalesce("family", "model_id"),
        )
        .sort("model_id"),
    )
