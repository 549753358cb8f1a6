"""Match rule 2: the names that a curated rule or a person's review places.

A review of a spelling (`Alias.shipped` is false) holds for the rows with that spelling, whatever they state. Every
other row applies by the key of its names, and is held back where a board states another publisher.
"""

from collections import Counter

import polars as pl

from aggregator.identity.curated import Alias, Rules
from aggregator.identity.match_ids import with_known_casing
from aggregator.identity.matches import as_matches
from aggregator.identity.publishers import is_same_publisher
from aggregator.identity.registry import Registry
from aggregator.text_columns import fill_in

CURATED = {
    **dict.fromkeys(("key", "model_id", "reason", "decided", "source_prefix"), pl.String()),
    **dict.fromkeys(("since", "until"), pl.Date()),
    "applies_to_key": pl.Boolean(),
}
"""One row per name of an alias; an exact spelling has the key `=` and the spelling in lower case."""

WRITTEN = pl.col("raw_name").str.to_lowercase()


def match_curated_rules(names: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names that a review or a curated alias places, within the sources and days of that alias."""
    by_key = _found_by_key(names, rules).filter(is_same_publisher(pl.col("model_id"), rules))
    return pl.concat(
        [match_reviews(names, known_ids, rules), _curated_matches(with_known_casing(by_key, known_ids))]
    ).unique("row", keep="first", maintain_order=True)


def match_reviews(names: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the rows whose very spelling a person reviewed; `names` may be any rows of NAMES, also rows with an id.

    Other spellings with the same key do not follow.
    """
    reviewed = [
        (*row[:-1], False)
        for alias in sorted(rules.aliases, key=lambda alias: not alias.exact)
        if not alias.shipped
        for row in _rows(alias, [f"={name.lower()}" for name in alias.names])
    ]
    found = _in_scope(names.with_columns(key=pl.lit("=") + WRITTEN), reviewed)
    return _curated_matches(with_known_casing(found, known_ids))


def match_reviewed_ids(names: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names that read like the id of a model in a review, as a repository that no board has.

    It is the last match rule: such an id may also be one that another rule replaces tonight.
    """
    found = _in_scope(_keyed(names), _tails_of_curated_models(rules, shipped=False))
    found = found.filter(is_same_publisher(pl.col("model_id"), rules))
    return _curated_matches(with_known_casing(found, known_ids))


def mark_held_back(placed: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `held_back`: for a new model, the model of an alias with its key that the publisher of the row contradicts."""
    new = placed.filter(pl.col("rung") == "own", pl.col("organization_id").is_not_null()).drop("model_id")
    found = _found_by_key(new, rules).filter(~is_same_publisher(pl.col("model_id"), rules))
    held_back = found.unique("row", keep="first", maintain_order=True).select("row", held_back="model_id")
    marked = placed.join(held_back, on="row", how="left", maintain_order="left")
    sentence = fill_in(
        "{}; the curated row that gives this name to {} does not apply: the board names another publisher",
        "evidence",
        "held_back",
    )
    return marked.with_columns(evidence=pl.coalesce(sentence, "evidence"))


def follow_moved_models(placed: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Replace every `model_id` that a curated or reviewed row of `Rules.moved` moves by its newest id."""
    moved = {name.lower(): alias for alias in rules.moved for name in alias.names}
    if not moved:
        return placed
    new_id = _lookup({old: alias.model for old, alias in moved.items()})
    reason = _lookup({old: f"{alias.reason} (decided {alias.on})" for old, alias in moved.items()})
    evidence = fill_in("{}; {} is {} today: {}", "evidence", "model_id", new_id, reason)
    return placed.with_columns(
        model_id=pl.coalesce(new_id, "model_id"),
        rung=pl.when(new_id.is_null()).then("rung").otherwise(pl.lit("curated")),
        evidence=pl.coalesce(evidence, "evidence"),
    )


def follow_ended_targets(placed: pl.DataFrame, published: Registry, rules: Rules) -> pl.DataFrame:
    """Move reviewed names along when the model that a person accepted has another id tonight.

    That is so when no other name has the accepted id, and the names that were published under it have one new id, or
    the registry has a move of it. `placed` has all names with their matches.
    """
    targets = {alias.model.lower() for alias in rules.aliases if not (alias.shipped or alias.exact)}
    lower_id = pl.col("model_id").str.to_lowercase()
    is_reviewed = (pl.col("rung") == "curated") & lower_id.is_in(list(targets))
    others = placed.filter(~is_reviewed)
    ended = targets - set(others["model_id"].str.to_lowercase())
    if not ended or published.ids.is_empty():
        return placed
    before = published.ids.select("source", "raw_name", old_id=lower_id).filter(pl.col("old_id").is_in(list(ended)))
    now = others.select("source", "raw_name", new_id="model_id").join(before, on=["source", "raw_name"])
    recorded = published.moves.select(pl.col("old_id").str.to_lowercase(), "new_id").filter(
        pl.col("old_id").is_in(list(ended))
    )
    steps = pl.concat([now.select("old_id", "new_id"), recorded]).unique().filter(pl.len().over("old_id") == 1)
    new_id = _lookup(dict(steps.iter_rows()))
    evidence = fill_in("{}; the model {} is {} today", "evidence", "model_id", new_id)
    follows = is_reviewed & new_id.is_not_null()
    return placed.with_columns(
        model_id=pl.when(follows).then(new_id).otherwise("model_id"),
        evidence=pl.when(follows).then(evidence).otherwise("evidence"),
    )


def _lookup(texts: dict[str, str]) -> pl.Expr:
    """Return the text for `model_id` in lower case, or null."""
    lower_id = pl.col("model_id").str.to_lowercase()
    return lower_id.replace_strict(list(texts), list(texts.values()), default=None, return_dtype=pl.String)


def _found_by_key(names: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    curated = [
        row
        for alias in sorted(rules.aliases, key=lambda alias: not alias.exact)
        for row in _rows(alias, [key for _, key in rules.alias_keys(alias)])
    ]
    curated += _tails_of_curated_models(rules, shipped=True)
    return _in_scope(_keyed(names), curated)


def _keyed(names: pl.DataFrame) -> pl.DataFrame:
    """Return `names` twice: with the key of an exact spelling, and with the key of the parts or the id in lower case."""
    as_id = pl.when(WRITTEN.str.contains("/", literal=True)).then(WRITTEN).otherwise("key")
    return pl.concat([names.with_columns(key=pl.lit("=") + WRITTEN), names.with_columns(key=as_id)])


def _rows(alias: Alias, keys: list[str]) -> list[tuple[object, ...]]:
    facts = (alias.model, alias.reason, alias.on.isoformat(), alias.source, alias.since, alias.until)
    return [(key, *facts, _is_general(alias)) for key in keys]


def _tails_of_curated_models(rules: Rules, *, shipped: bool) -> list[tuple[object, ...]]:
    """Return alias rows for the tails of the curated models' ids, where no two models have the same key."""
    latest = {alias.model: alias.on.isoformat() for alias in rules.aliases if alias.shipped == shipped}
    keys = [(rules.key(model.rpartition("/")[2]), model) for model in latest]
    times = Counter(key for key, _ in keys)
    return [
        (key, model, "the id's own name", latest[model], "", None, None, True) for key, model in keys if times[key] == 1
    ]


def _is_general(alias: Alias) -> bool:
    """Return whether an alias holds for every name with the same key: without days, a source or an exact spelling."""
    return alias.since is None and alias.until is None and not alias.exact and not alias.source


def _in_scope(keyed: pl.DataFrame, curated: list[tuple[object, ...]]) -> pl.DataFrame:
    """Return the rows of `keyed` with the aliases (CURATED) of their key that hold for their source and their days."""
    is_in_time = (pl.col("since").is_null() | (pl.col("last_seen_on") >= pl.col("since"))) & (
        pl.col("until").is_null() | (pl.col("first_seen_on") <= pl.col("until"))
    )
    found = keyed.join(
        pl.DataFrame(curated, schema=CURATED, orient="row"), on="key", suffix="_of_alias", maintain_order="left_right"
    )
    return found.filter(is_in_time & pl.col("source").str.starts_with(pl.col("source_prefix")))


def _curated_matches(found: pl.DataFrame) -> pl.DataFrame:
    return as_matches(
        found.unique("row", keep="first", maintain_order=True),
        "curated",
        pl.lit(0.99),
        fill_in("{} (decided {})", "reason", "decided"),
        pl.col("applies_to_key"),
    )
