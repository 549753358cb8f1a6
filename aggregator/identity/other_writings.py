"""Ids that differ in separators or in a namespace of one publisher: one model where that is certain, else a review.

Two ids that one board lists at the same time, or that the Hub both has, are two repositories.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

import polars as pl

from aggregator.identity.casing import DECIDED
from aggregator.identity.curated import Rules
from aggregator.identity.matches import as_matches
from aggregator.identity.parameter_count import sizes_differ
from aggregator.text_columns import fill_in

MAX_WRITINGS = 8
"""More writings of one id than a board makes by mistake; so many are left as they are."""

JOINED = {"current_id": pl.String(), "joined_id": pl.String(), "joined_reason": pl.String()}

_TAIL = r"/(.*)$"
_NAMESPACE = r"^([^/]+)/"
_FORMAT = "-hf"


@dataclass(frozen=True)
class IdEvidence:
    """What is known of ids besides tonight's rows; ids are in lower case, `decided` has their casing."""

    decided: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DECIDED))
    mentions: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"writing": pl.String, "times": pl.Int64})
    )
    published: frozenset[str] = frozenset()
    on_hub: frozenset[str] = frozenset()
    """Ids that the Hub has, under exactly this id."""


def join_writings(current: pl.DataFrame, evidence: IdEvidence, rules: Rules) -> pl.DataFrame:
    """Return JOINED: the ids of `current` (`current_id` and the NAMES columns) that are certainly another id there.

    Certain are equal names with other separators, in one namespace or in the namespaces of one curated publisher,
    unless something shows two repositories. The published id stays; else the one that the Hub has, then the one in
    the publisher's present namespace, then the one of more boards.
    """
    ids = pl.concat([current["current_id"], pl.Series(sorted(evidence.published), dtype=pl.String)]).unique().sort()
    folded = _with_fold(pl.DataFrame({"current_id": ids}), r"[-_]+", rules)
    several = folded.filter(pl.col("current_id").n_unique().over("fold") > 1)
    listed = _listings(current.join(several.select("current_id"), on="current_id", how="semi"))
    found = [
        (other, chosen, "another writing of it: one publisher, and no board lists both")
        for group in several.group_by("fold", maintain_order=True)
        .agg("current_id", pl.col("owner").first())
        .iter_rows()
        if (chosen := _choose(group[1], group[2], listed, evidence, rules))
        for other in group[1]
        if other != chosen
    ]
    return pl.DataFrame(found, schema=JOINED, orient="row")


def match_other_writings(keys: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Return MATCHES of the names `organization/name` that only differ in separators from exactly one of `known_ids`."""
    has_slash = pl.col("raw_name").str.contains("/", literal=True)
    written = keys.filter(has_slash).select("row", "raw_name", fold=_fold(pl.col("raw_name")))
    known = pl.DataFrame({"model_id": known_ids.unique().sort()}).with_columns(fold=_fold(pl.col("model_id")))
    only = known.drop_nulls("fold").filter(pl.len().over("fold") == 1)
    evidence = fill_in("the name {} is the id {} with other separators", "raw_name", "model_id")
    return as_matches(written.join(only, on="fold"), "hf_id_folded", pl.lit(0.97), evidence)


def _fold(text: pl.Expr) -> pl.Expr:
    """Return an id in lower case with one separator in its name; null for a text without a namespace."""
    lower = text.str.to_lowercase()
    tail = lower.str.extract(_TAIL, 1).str.replace_all(r"[-_ ]+", "-")
    return fill_in("{}/{}", lower.str.extract(_NAMESPACE, 1), tail)


def unsure_writings(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(source, raw_name, model_id, reason, candidates, best_rank)` of ids that may be another id of `aliases`.

    The two ids differ in separators, or in the namespace alone, and no board lists both at the same time. The row is
    that of the id with fewer names.
    """
    ids = aliases.filter(
        pl.col("hf_id").is_not_null(), pl.col("confidence") > 0, pl.col("model_id").str.contains("/", literal=True)
    )
    frame = ids.select(
        "model_id", tail=pl.col("model_id").str.to_lowercase().str.extract(_TAIL, 1).str.replace_all(r"[-_.]+", "-")
    )
    several = (
        frame.group_by("tail")
        .agg(pl.col("model_id").unique().sort())
        .filter(pl.col("model_id").list.len() > 1)
        .sort("tail")
    )
    among = ids.filter(pl.col("model_id").is_in(several["model_id"].explode().implode()))
    listed = _listings(among.with_columns(current_id="model_id"))
    mirrors = {namespace.lower() for namespace, _ in rules.mirrors}
    found: list[tuple[str, str, list[str]]] = []
    for _, group in several.iter_rows():
        if len(group) > MAX_WRITINGS or any(model.partition("/")[0].lower() in mirrors for model in group):
            continue
        ranked = sorted(group, key=lambda model: (-len(listed[model].sources), model))
        best = ranked[0]
        found += [
            (other, _unsure_reason(best, other), [best])
            for other in ranked[1:]
            if not _are_listed_together(listed[best], listed[other])
        ]
    columns = {"model_id": pl.String(), "reason": pl.String(), "candidates": pl.List(pl.String())}
    rows = among.join(pl.DataFrame(found, schema=columns, orient="row"), on="model_id", maintain_order="left")
    return rows.select("source", "raw_name", "model_id", "reason", "candidates", "best_rank")


def _unsure_reason(best: str, other: str) -> str:
    if best.partition("/")[0].lower() == other.partition("/")[0].lower():
        return "an id of the same organization that differs in separators; no board lists both"
    return "the name of a model of another organization, which may have moved; no board lists both"


def _with_fold(ids: pl.DataFrame, separators: str, rules: Rules) -> pl.DataFrame:
    """Add `owner` (the curated publisher of the namespace, else the namespace) and `fold`, equal for writings of one id.

    A curated publisher's repository ending in `-hf` holds the weights of the one without it, in another file format.
    """
    only_owner = {space: owners[0] for space, owners in rules.organizations_by_namespace.items() if len(owners) == 1}
    namespace = pl.col("current_id").str.extract(_NAMESPACE, 1)
    owner = namespace.replace(only_owner)
    tail = pl.col("current_id").str.extract(_TAIL, 1).str.replace_all(separators, "-")
    tail = pl.when(namespace.is_in(list(only_owner))).then(tail.str.strip_suffix(_FORMAT)).otherwise(tail)
    return ids.with_columns(owner=owner, fold=fill_in("{}/{}", owner, tail)).drop_nulls("fold")


@dataclass(frozen=True)
class _Listing:
    """Where boards list one id: `(source, first day, last day, gone)` of each row, and the stated sizes."""

    rows: tuple[tuple[str, date | None, date | None, bool], ...] = ()
    sizes: tuple[float, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(row[0] for row in self.rows)


def _listings(rows: pl.DataFrame) -> Mapping[str, _Listing]:
    columns = ("source", "first_seen_on", "last_seen_on", "gone", "params_b")
    found: dict[str, list[tuple[str, date | None, date | None, bool | None, float | None]]] = {}
    for current_id, *row in rows.select("current_id", *columns).iter_rows():
        found.setdefault(current_id, []).append(tuple(row))
    return {
        current_id: _Listing(
            tuple((source, first, last, bool(gone)) for source, first, last, gone, _ in listed),
            tuple(size for *_, size in listed if size),
        )
        for current_id, listed in found.items()
    }


def _choose(
    group: list[str], owner: str, listed: Mapping[str, _Listing], evidence: IdEvidence, rules: Rules
) -> str | None:
    """Return the one id that all of `group` are, or None where they may be several repositories."""
    published = [one for one in group if one in evidence.published]
    on_hub = [one for one in group if one in evidence.on_hub]
    apart = {frozenset(name.lower() for name in pair.names) for pair in rules.apart}
    if len(group) > MAX_WRITINGS or len(published) > 1 or len(on_hub) > 1:
        return None
    if any(_are_two(a, b, listed) or frozenset((a, b)) in apart for a, b in combinations(group, 2)):
        return None
    names = {one: len(listed.get(one, _Listing()).sources) for one in group}
    return min(
        group,
        key=lambda one: (
            one not in published,
            one not in on_hub,
            not one.startswith(f"{owner.lower()}/"),
            -names[one],
            one,
        ),
    )


def _are_two(one: str, other: str, listed: Mapping[str, _Listing]) -> bool:
    """Return whether a board lists both ids at the same time, or states sizes that one model cannot have."""
    left, right = listed.get(one, _Listing()), listed.get(other, _Listing())
    differ = any(sizes_differ(a, b) for a in left.sizes for b in right.sizes)
    return differ or _are_listed_together(left, right)


def _are_listed_together(left: _Listing, right: _Listing) -> bool:
    return any(_overlap(a, b) for a, b in _pairs(left, right))


def _pairs(left: _Listing, right: _Listing) -> Iterator[tuple[tuple[str, date | None, date | None, bool], ...]]:
    return ((a, b) for a in left.rows for b in right.rows if a[0] == b[0])


def _overlap(
    one: tuple[str, date | None, date | None, bool], other: tuple[str, date | None, date | None, bool]
) -> bool:
    """Return whether one source lists both rows in one edition; a row that is gone may have been renamed."""
    (_, first, last, gone), (_, other_first, other_last, other_gone) = one, other
    if not gone and not other_gone:
        return True
    if first is None or last is None or other_first is None or other_last is None:
        return False
    return max(first, other_first) < min(last, other_last)
