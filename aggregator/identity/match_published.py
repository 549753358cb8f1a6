"""Names without an id keep the id under which they are published, unless tonight's rows show another one."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.match_ids import current_ids
from aggregator.identity.matches import MATCHES
from aggregator.identity.name_keys import UNKNOWN_PUBLISHER
from aggregator.identity.publishers import is_same_publisher
from aggregator.identity.registry import HUB_RUNGS, NAME, Registry
from aggregator.text_columns import fill_in

GROUP = ["domain", "group"]

CONFIDENCE = {"hf_id": 0.99, "hf_id_folded": 0.99, "curated": 0.99, "normalized_tail": 0.9, "own": 0.8}
"""Confidence of a kept id, by the match rule under which it was published."""


def keep_published_ids(
    keys: pl.DataFrame, matched: pl.DataFrame, published: Registry, known_ids: pl.Series, rules: Rules
) -> pl.DataFrame:
    """Return MATCHES: the matches of tonight that may replace a published id, and the published ids of other names.

    `keys` is from `complete_dates`, `matched` from match rules 2 to 4. A name without a match keeps its id, and
    other spellings of its key get the same. Where several spellings of one key were published under several ids, one
    stays: an id of the Hub, else one of the name's publisher, else the oldest, else the first in the alphabet. A name follows the match that another
    spelling of its key has tonight.
    """
    if published.ids.is_empty():
        return matched
    hub_ids = pl.concat([known_ids, published.hub_ids]).unique()
    grouped = keys.select("row", *GROUP)
    kept = _published(keys, published, known_ids, rules)
    matched = _without_weak_matches(keys, matched, kept, rules)
    kept = kept.join(matched, on="row", how="anti").join(grouped, on="row", how="left")
    kept = _without_followers(kept, matched, grouped, keys, rules)
    kept = _one_id_per_group(kept, hub_ids, rules)
    chosen = pl.concat([_chosen(kept), _ended_ids(published, matched, kept, grouped, rules)])
    others = _other_spellings(chosen, pl.concat([matched.select("row"), kept.select("row")]), grouped)
    return pl.concat([matched, _as_matches(kept, keys), _as_matches(others, keys)])


def successors_of(published: Registry, aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(old_id, new_id, reason)` of the published ids that curated or verified renames replace by another."""
    today = current_ids(published.ids["model_id"], aliases["model_id"].unique().sort(), rules)
    moved = today.filter(pl.col("text") != pl.col("model_id"))
    reason = fill_in("{} is {} today, by a curated or verified rename", "text", "model_id")
    return moved.select(old_id="text", new_id="model_id", reason=reason)


def _published(keys: pl.DataFrame, published: Registry, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, published_on)` of the published names in `keys`, with the ids of today.

    A name that a person placed gets its former id back when the decision no longer exists.
    """
    found = keys.select("row", *NAME, "key").join(published.ids, on=NAME)
    decided = {alias.model.lower() for alias in (*rules.aliases, *rules.moved)}
    apart = {key for pair in rules.apart for name in pair.names for key in (name.lower(), rules.key(name))}
    is_decided = (
        pl.col("model_id").str.to_lowercase().is_in(list(decided))
        | pl.col("key").is_in(list(apart))
        | pl.col("raw_name").str.to_lowercase().is_in(list(apart))
    )
    is_withdrawn = (pl.col("rung") == "curated") & ~is_decided
    found = found.with_columns(
        model_id=pl.when(is_withdrawn).then("former_id").otherwise("model_id"),
        rung=pl.when(is_withdrawn).then(pl.lit("own")).otherwise("rung"),
    ).drop_nulls("model_id")
    today = current_ids(found["model_id"], known_ids, rules).rename({"text": "model_id", "model_id": "today"})
    return found.join(today, on="model_id", how="left", maintain_order="left").select(
        "row", "rung", "published_on", model_id=pl.coalesce("today", "model_id")
    )


def _without_weak_matches(keys: pl.DataFrame, matched: pl.DataFrame, kept: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Remove the matches by name alone with another publisher than that of the published id, unless the row states it."""
    rows = (
        matched.filter(pl.col("rung") == "normalized_tail")
        .join(kept.select("row", published_id="model_id"), on="row")
        .join(keys.select("row", "organization", "organization_id", "origin"), on="row")
    )
    before, now = _owner(pl.col("published_id"), rules), _owner(pl.col("model_id"), rules)
    has_no_publisher = pl.col("published_id").str.extract(r"^([^/]+)/", 1) == pl.col("origin")
    weak = rows.filter(pl.col("organization").is_null() & (before != now) & ~has_no_publisher)
    return matched.join(weak, on="row", how="anti", maintain_order="left")


def _owner(model_id: pl.Expr, rules: Rules) -> pl.Expr:
    """Return the curated publisher of the namespace of an id, else the namespace in lower case."""
    owners = {space: ids[0] for space, ids in rules.organizations_by_namespace.items()}
    owners |= {organization.vendor.lower(): organization.id for organization in rules.organizations}
    return model_id.str.to_lowercase().str.extract(r"^([^/]+)/", 1).replace(owners)


def _without_followers(
    kept: pl.DataFrame, matched: pl.DataFrame, grouped: pl.DataFrame, keys: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Remove the names whose group has exactly one match tonight: they get that model as other spellings of it."""
    models = (
        matched.filter("applies_to_key")
        .join(grouped, on="row")
        .group_by(GROUP)
        .agg(pl.col("model_id").unique().alias("models"))
        .filter(pl.col("models").list.len() == 1)
        .with_columns(group_model=pl.col("models").list.first())
    )
    can_follow = ~pl.col("rung").is_in([*HUB_RUNGS, "curated"]) & is_same_publisher(pl.col("group_model"), rules)
    followers = kept.join(models, on=GROUP).join(keys.select("row", "organization_id"), on="row").filter(can_follow)
    return kept.join(followers, on="row", how="anti", maintain_order="left")


def _one_id_per_group(kept: pl.DataFrame, hub_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Give all names of a group the id that stays; ids of the Hub are models of their own and stay too."""
    is_hub_id = pl.col("model_id").is_in(hub_ids.implode())
    marked = kept.with_columns(
        is_hub_id=is_hub_id, is_of_publisher=_owner(pl.col("model_id"), rules) == pl.col("domain")
    )
    order = ["is_hub_id", "is_of_publisher", "published_on", "model_id"]
    first = (
        marked.filter(pl.col("rung") != "curated")
        .sort(order, descending=[True, True, False, False])
        .unique(GROUP, keep="first", maintain_order=True)
        .select(*GROUP, stays="model_id", stays_is_hub_id="is_hub_id")
    )
    both = marked.join(first, on=GROUP, how="left", maintain_order="left")
    yields = ~pl.col("is_hub_id") & (pl.col("rung") != "curated") & (pl.col("stays") != pl.col("model_id"))
    new_rung = pl.when("stays_is_hub_id").then(pl.lit("normalized_tail")).otherwise(pl.lit("own"))
    return both.with_columns(
        model_id=pl.when(yields).then("stays").otherwise("model_id"),
        rung=pl.when(yields).then(new_rung).otherwise("rung"),
    ).select(kept.columns)


def _chosen(kept: pl.DataFrame) -> pl.DataFrame:
    """Return `(domain, group, model_id, rung)` of the groups whose published names have one id."""
    general = kept.filter(pl.col("rung") != "curated")
    only = general.filter(pl.col("model_id").n_unique().over(GROUP) == 1)
    rung = pl.when((pl.col("rung") == "own").all()).then(pl.lit("own")).otherwise(pl.lit("normalized_tail"))
    return only.group_by(GROUP).agg(pl.col("model_id").first(), rung=rung)


def _ended_ids(
    published: Registry, matched: pl.DataFrame, kept: pl.DataFrame, grouped: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return `(domain, group, model_id, rung)`: published own ids whose names are all gone tonight, by their own key."""
    present = pl.concat([kept["model_id"], matched["model_id"], published.hub_ids])
    own = published.ids.filter((pl.col("rung") == "own") & ~pl.col("model_id").is_in(present.implode()))
    found: list[tuple[str, str, str, str]] = []
    owners = {space: ids[0] for space, ids in rules.organizations_by_namespace.items()}
    owners |= {organization.vendor.lower(): organization.id for organization in rules.organizations}
    for model_id in own["model_id"].unique().sort():
        namespace, _, tail = model_id.partition("/")
        owner = owners.get(namespace.lower())
        key = rules.reader.read_tail(tail, owner).parsed.key_without("precision")
        domains = {owner or namespace, namespace, UNKNOWN_PUBLISHER + namespace}
        found += [(domain, key, model_id, "own") for domain in sorted(domains)]
    columns = {**dict.fromkeys(GROUP, pl.String()), "model_id": pl.String(), "rung": pl.String()}
    ended = pl.DataFrame(found, schema=columns, orient="row")
    ended = ended.filter(pl.col("model_id").n_unique().over(GROUP) == 1)
    taken = pl.concat([matched.select("row"), kept.select("row")]).join(grouped, on="row").select(GROUP)
    return ended.join(taken, on=GROUP, how="anti")


def _other_spellings(chosen: pl.DataFrame, placed: pl.DataFrame, grouped: pl.DataFrame) -> pl.DataFrame:
    """Return `(row, model_id, rung)` of the names that are not published and have the key of a published one.

    Their publisher is that of the group, whatever namespace the published id has.
    """
    return grouped.join(placed, on="row", how="anti").join(chosen, on=GROUP).select("row", "model_id", "rung")


def published_evidence() -> pl.Expr:
    """Return the evidence of a row that has its model's id from the registry; it does not change from night to night."""
    return fill_in("no row shows its id today; `{}` is published as {}", "key", "model_id")


def _as_matches(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    keyed = rows.join(keys.select("row", "key"), on="row")
    confidence = pl.col("rung").replace_strict(CONFIDENCE, default=0.8, return_dtype=pl.Float64)
    return keyed.select(
        "row",
        "model_id",
        "rung",
        confidence=confidence,
        evidence=published_evidence(),
        applies_to_key=pl.col("rung") != "curated",
    ).cast(MATCHES)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
