"""The release of every model: what people call it, over settings, dated builds, precision and copies. Pure.

`docs/releases.md` has the rule with examples. A plain name states nothing that a release leaves out. Two plain names
are two releases, unless lineage shows that one is a copy of the other.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.release_names import plain_ids, read_names
from aggregator.identity.release_rules import DecidedRelease, ReleaseRules, load_release_rules
from aggregator.identity.release_subjects import owner_by_namespace, read_in_notation, with_repositories

COPIES = ("same_weights", "quantized")
"""Relations of a copy to its original."""

GROUP = ["domain", "key"]
"""Names with equal values here are one release, unless they are plain names of several models."""

LEAST_TRUST = 2
"""Equal scores, which have trust 1, do not show a copy."""


def releases_of(
    subjects: pl.DataFrame, lineage: pl.DataFrame, rules: Rules, release_rules: ReleaseRules | None = None
) -> pl.DataFrame:
    """Return `(model_id, release_id)` for every model of `subjects` (`release_subjects`); `lineage` is LINEAGE."""
    release_rules = release_rules or load_release_rules()
    original_of = _originals(lineage)
    models = with_repositories(subjects, original_of.values(), rules)
    copies = pl.DataFrame(
        {"model_id": list(original_of), "original_id": list(original_of.values())},
        schema={"model_id": pl.String, "original_id": pl.String},
    )
    releases = _releases_by_name(models, rules, release_rules)
    return (
        subjects.select("model_id")
        .join(copies, on="model_id", how="left", maintain_order="left")
        .select("model_id", original_id=pl.coalesce("original_id", "model_id"))
        .join(releases, left_on="original_id", right_on="model_id", how="left", maintain_order="left")
        .select("model_id", release_id=pl.coalesce("release_id", "original_id"))
    )


def _originals(lineage: pl.DataFrame) -> dict[str, str]:
    """Return the last original of every copy, by the most trusted edge of each copy."""
    edges = lineage.filter(pl.col("relation").is_in(COPIES))
    if "trust" in edges.columns:
        edges = edges.filter(pl.col("trust") >= LEAST_TRUST).sort("trust", descending=True, maintain_order=True)
    first = edges.unique("model_id", keep="first", maintain_order=True).select("model_id", "parent_id")
    parent_of = dict(first.iter_rows())
    return {copy: _end_of_chain(copy, parent_of) for copy in parent_of}


def _end_of_chain(copy: str, parent_of: Mapping[str, str]) -> str:
    seen = {copy}
    while copy in parent_of and parent_of[copy] not in seen:
        copy = parent_of[copy]
        seen.add(copy)
    return copy


def _releases_by_name(subjects: pl.DataFrame, rules: Rules, release_rules: ReleaseRules) -> pl.DataFrame:
    """Return `(model_id, release_id)` of the models whose release can have another id than the model itself."""
    decided = _decided_releases(rules, release_rules.decided)
    names = read_names(subjects, rules, release_rules, set(decided["domain"]))
    taken = pl.concat([subjects["model_id"], decided["release_id"]]).str.to_lowercase().unique()
    open_names = names.join(decided, on=["domain", "undated"], how="anti")
    others = open_names.filter(~pl.col("is_plain"))
    plain = _plain_releases(open_names)
    # The names of unknown publishers' repositories are free text: without a plain repository, each is its own release.
    unnamed = others.join(plain, on=GROUP, how="anti").filter("can_name_release")
    unnamed = unnamed.with_columns(plain_id=plain_ids(unnamed, rules, release_rules))
    columns = ["model_id", "release_id"]
    return pl.concat(
        [
            names.join(decided, on=["domain", "undated"]).select(columns),
            others.join(plain, on=GROUP).select(columns),
            unnamed.join(_constructed_releases(unnamed, taken), on=GROUP).select(columns),
        ]
    )


def _decided_releases(rules: Rules, decided: Iterable[DecidedRelease]) -> pl.DataFrame:
    """Return `(domain, undated, release_id)`: the decided releases by domain and key."""
    owners = owner_by_namespace(rules)
    found: dict[tuple[str, str], str] = {}
    for row in decided:
        namespace = row.release.partition("/")[0].lower()
        domain = owners.get(namespace, namespace)
        found |= {(domain, read_in_notation(name, domain, rules).key): row.release for name in row.names}
    rows = [(*place, release) for place, release in found.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(("domain", "undated", "release_id"), pl.String), orient="row")


def _plain_releases(names: pl.DataFrame) -> pl.DataFrame:
    """Return the groups with a plain name, with its id as `release_id`; a repository has priority."""
    order = ["is_repository", pl.col("model_id").str.len_chars(), "model_id"]
    plain = names.filter("is_plain").sort(order, descending=[True, False, False])
    return plain.unique(GROUP, keep="first", maintain_order=True).select(*GROUP, release_id="model_id")


def _constructed_releases(names: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Return the groups of `names`, with the `plain_id` of most names as `release_id`.

    An id that a model of another group has (`taken`, in lower case) is not used; then a full id takes its place.
    """
    is_free = ~pl.col("plain_id").str.to_lowercase().is_in(taken.implode())
    spelled = names.with_columns(is_free=is_free).with_columns(
        release_id=pl.when(pl.col("is_free").any().over(GROUP)).then("plain_id").otherwise("model_id")
    )
    counted = (
        spelled.filter(pl.col("is_free") | ~pl.col("is_free").any().over(GROUP)).group_by(*GROUP, "release_id").len()
    )
    order = ["len", pl.col("release_id").str.len_chars(), "release_id"]
    best = counted.sort(order, descending=[True, False, False]).unique(GROUP, keep="first", maintain_order=True)
    return best.select(*GROUP, "release_id")
