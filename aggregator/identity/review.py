"""The list of names for a review by a person: what might belong together, and what the match rules left open."""

from collections import defaultdict
from collections.abc import Collection

import polars as pl

from aggregator import schema
from aggregator.identity.apart import is_rejected_model
from aggregator.identity.compare_names import (
    Candidate,
    KnownModel,
    known_model,
    review_candidates,
    settings_of,
    written_name,
)
from aggregator.identity.curated import Rules, organization_key
from aggregator.text_columns import fill_in

OPEN, VARIANT, POSTPONED = "open", "variant", "postponed"
"""States of a listed name. A variant differs from its candidates by a word of its own; it probably is another model."""

MAX_COMPARED_NAMES = 3_000
"""How many new names are compared with candidates, best ranks first: more than all boards have, so that a flood of
names takes no more than some seconds."""

MAX_COMPARED_MODELS = 300
"""Each name is compared with at most this many models, for the same reason."""

AS_POSTPONED = {"state": POSTPONED, "reason": "postponed by a person"}

CANDIDATES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "candidates": pl.List(pl.String()),
    "reason": pl.String(),
    "state": pl.String(),
    "model_id": pl.String(),
    "best_rank": pl.Int64(),
}
"""One row per (source, raw_name) for which there is a candidate, but no certain match; `state` is null for OPEN."""


def unresolved_names(aliases: pl.DataFrame, rules: Rules, others: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return UNRESOLVED for `aliases` (NAMES with the columns of a match): one row per name that might be another model.

    These are names that a curated row gives to a model of another publisher than their board states, rows whose
    reference link leads to another model, the candidates of a match rule in `others` (CANDIDATES), and new models
    whose name differs from another model of the same organization only by parts that one of the two lacks.
    """
    accepted = aliases.filter(pl.col("confidence") > 0)
    frames = [_held_back(accepted), _links_to_other_models(accepted), others, _near_new_models(accepted, rules)]
    listed = pl.concat([schema.frame(CANDIDATES, frame) for frame in frames if frame is not None])
    rank = pl.col("best_rank").fill_null(2**40)
    found = (
        listed.with_row_index("order")
        .sort("order", rank, "source")
        .group_by("raw_name", maintain_order=True)
        .agg(
            pl.col("model_id", "candidates", "reason", "state").first(),
            pl.col("best_rank").min(),
            sources=pl.col("source").unique().sort(),
        )
        .with_columns(pl.col("state").fill_null(OPEN))
    )
    rows = open_names(schema.frame(schema.UNRESOLVED, found), rules)
    return rows.sort("state", "best_rank", "raw_name", nulls_last=True)


def open_names(unresolved: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the rows of `unresolved` (UNRESOLVED, possibly of an earlier night) that the reviews in `rules` leave open.

    An accepted, split or merged name leaves the list, and so does a name whose candidates are all rejected, by a review
    of the name or of the other model's name. A postponed name stays, with that state.
    """
    reviewed = {
        name.lower(): alias
        for alias in rules.aliases
        if not (alias.shipped or alias.source or alias.since or alias.until)
        for name in alias.names
    }
    listed = list(unresolved.iter_rows(named=True))
    is_now = {name.lower(): alias.model for alias in rules.moved for name in alias.names}
    for row in listed:
        alias = reviewed.get(row["raw_name"].lower())
        if alias and not alias.exact:
            is_now[row["model_id"].lower()] = alias.model
    rejected = {
        frozenset((row["model_id"].lower(), other.lower()))
        for row in listed
        for other in row["candidates"]
        if is_rejected_model(row["raw_name"], other, rules)
    }
    postponed = {rules.key(name) for name in rules.postponed}
    kept = []
    for row in listed:
        model_id = row["model_id"].lower()
        others = [other for other in row["candidates"] if frozenset((model_id, other.lower())) not in rejected]
        others = list(dict.fromkeys(is_now.get(other.lower(), other) for other in others))
        others = [other for other in others if other.lower() != is_now.get(model_id, model_id).lower()]
        others = [other for other in others if not is_rejected_model(row["raw_name"], other, rules)]
        if others and row["raw_name"].lower() not in reviewed:
            is_postponed = rules.key(row["raw_name"]) in postponed
            kept.append(row | {"candidates": others} | (AS_POSTPONED if is_postponed else {}))
    return pl.DataFrame(kept, schema=unresolved.schema)


def _held_back(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the names whose curated row does not apply, since their board states another publisher."""
    found = aliases.drop_nulls("held_back")
    return found.with_columns(
        candidates=pl.concat_list("held_back"),
        reason=fill_in(
            "a curated row gives this name to {}, but the board names another publisher: {}",
            "held_back",
            pl.coalesce("organization", "raw_name"),
        ),
    )


def _links_to_other_models(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with an id whose reference link is the page of another model."""
    link = pl.col("link").str.to_lowercase()
    found = aliases.filter(
        (link != pl.col("hf_id").str.to_lowercase()) & (link != pl.col("model_id").str.to_lowercase())
    )
    return found.with_columns(
        reason=pl.lit("placed by its id, but its page of reference is another model's"),
        candidates=pl.concat_list("link"),
    )


def _near_new_models(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the names of new models, one spelling of each key, that are near another model."""
    new = aliases.filter((pl.col("rung") == "own") & pl.col("hf_id").is_null())
    new = new.sort("best_rank", "raw_name", nulls_last=True).with_columns(
        raw_name=pl.col("raw_name").first().over("model_id", "key")
    )
    is_stated = pl.col("organization").is_not_null() | pl.col("raw_name").str.contains("/", literal=True)
    names = (
        new.group_by("raw_name", "model_id")
        .agg(is_stated=is_stated.any(), rank=pl.col("best_rank").min())
        .sort("rank", "raw_name", "model_id", nulls_last=True)
        .head(MAX_COMPARED_NAMES)
        .drop("rank")
        .sort("raw_name", "model_id")
    )
    not_compared = new.filter(~pl.col("model_id").is_in(names["model_id"].implode()))
    known = aliases["model_id"].unique().sort()
    known = known.filter(~known.is_in(not_compared["model_id"].implode()))
    pools = _Pools(known.to_list(), names["model_id"].to_list(), rules)
    compared = []
    for raw_name, model_id, stated in names.iter_rows():
        name = written_name(raw_name, rules)
        near = review_candidates(name, pools.others(name, model_id, is_stated=stated))
        if near:
            compared.append((raw_name, model_id, near))
    boards = _boards_of_today(
        aliases, {other for _, own, near in compared for other in (own, *(n.model_id for n in near))}
    )
    found = []
    for raw_name, model_id, near in compared:
        first = min(near, key=lambda other: other.is_variant or bool(boards[model_id] & boards[other.model_id]))
        ids = dict.fromkeys([first.model_id, *(candidate.model_id for candidate in near)])
        found.append((raw_name, model_id, list(ids), *_reason(first, boards[model_id] & boards[first.model_id])))
    texts = dict.fromkeys(("raw_name", "model_id"), pl.String())
    reasons = {"candidates": pl.List(pl.String()), "near": pl.String(), "state": pl.String()}
    near_models = pl.DataFrame(found, schema={**texts, **reasons}, orient="row")
    return new.join(near_models, on=["raw_name", "model_id"]).with_columns(reason="near")


def _boards_of_today(aliases: pl.DataFrame, model_ids: Collection[str]) -> defaultdict[str, set[str]]:
    """Return the sources that list each of `model_ids` in their newest edition."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    today = aliases.filter(~pl.col("gone").fill_null(value=False) & pl.col("model_id").is_in(sorted(model_ids)))
    for model_id, source in today.select("model_id", "source").iter_rows():
        found[model_id].add(source)
    return found


def _reason(first: Candidate, boards: set[str]) -> tuple[str, str]:
    """Return the reason why the first candidate is doubtful, and the state of the name; `boards` list both models."""
    if not first.differences:
        return f"reads like {first.model_id}, which another organisation publishes or whose id is not certain", OPEN
    differences = "; ".join(first.differences)
    if first.is_variant:
        return f"one word or part sets it apart from {first.model_id}: {differences}", VARIANT
    if boards:
        return f"{first.model_id} is on the same board ({', '.join(sorted(boards))}): {differences}", VARIANT
    return f"differs from {first.model_id} only by parts that one of the two leaves out: {differences}", OPEN


class _Pools:
    """The models that a name may be compared with: those of its organization, or with its words, or with its key."""

    def __init__(self, model_ids: list[str], new_ids: list[str], rules: Rules) -> None:
        self.rules = rules
        organizations, new = {self.organization(model_id) for model_id in new_ids}, set(new_ids)
        self.by_organization: defaultdict[tuple[object, ...], list[KnownModel]] = defaultdict(list)
        self.by_words: defaultdict[tuple[object, ...], list[KnownModel]] = defaultdict(list)
        self.by_key: defaultdict[str, list[KnownModel]] = defaultdict(list)
        for model_id in model_ids:
            organization, is_curated = self.organization(model_id), self.is_curated(model_id)
            if is_curated or organization in organizations:
                model = known_model(model_id, rules)
                self.by_organization[organization, *settings_of(model)].append(model)
                if is_curated or model_id in new:
                    self.by_words[model.words, *settings_of(model)].append(model)
                    self.by_key[model.parts.key].append(model)

    def organization(self, model_id: str) -> str:
        """Return the organization that owns the namespace of an id, else the organization key of the namespace."""
        key = organization_key(model_id.partition("/")[0])
        return self.rules.organization_by_name.get(key, key)

    def is_curated(self, model_id: str) -> bool:
        """Return whether a curated organization owns the namespace of an id."""
        return model_id.partition("/")[0].lower() in self.rules.organizations_by_namespace

    def others(self, this: KnownModel, model_id: str, *, is_stated: bool) -> list[KnownModel]:
        """Return the models to compare the name `this` with, the name of the new model `model_id`.

        `is_stated` says whether its board names a publisher. Of others (curated organizations and new models), those
        with the same words where the publisher of the name is unknown, and with the same key where no board states it.
        """
        pool = self.by_organization.get((self.organization(model_id), *settings_of(this)), [])
        if not self.is_curated(model_id):
            pool = self.by_words.get((this.words, *settings_of(this)), []) + pool
        elif not is_stated:
            pool = self.by_key.get(this.parts.key, []) + pool
        found = {model.model_id: model for model in pool[:MAX_COMPARED_MODELS]}
        return [model for other, model in found.items() if other != model_id]
