"""The ids that a bare name may match: those of known organizations, in their own namespaces."""

from functools import lru_cache

import polars as pl

from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.names import NATIVE_FORMATS, ParsedName
from aggregator.text_columns import fill_in

OFFICIALS = {
    "key": pl.String(),
    "official_id": pl.String(),
    "organization_id": pl.String(),
    "words": pl.String(),  # the words of the key
    "bare": pl.String(),  # the key without date, modes and precision
    "date": pl.String(),
    "stageless": pl.String(),  # the key without `instruct` or `chat`; empty where the id has no such stage
    "versionless": pl.String(),  # the key without its first version; empty where it has none
    "sizeless": pl.String(),  # the key without its size; empty where it has none
    "params_b": pl.Float64(),
    "is_pretrained": pl.Boolean(),  # whether a board lists the id as a pretrained model
}
"""One row per id and organization that owns it."""

PRETRAINED = "pretrained"
"""The kind of rows for models that are no fine-tune, chat model or merge."""

FIRST_VERSION = "v0.1"
"""The version that names leave out as long as there is no other: `Mixtral-8x22B-Instruct`. Later versions follow `v1`."""


def official_ids(
    model_ids: pl.Series,
    rules: Rules,
    claimed: frozenset[str],
    facts: pl.DataFrame | None = None,
    curated: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """Return OFFICIALS for the ids in namespaces of known organizations.

    `claimed` are keys of organizations that rows name and no curated rule lists: a namespace with exactly that key is
    theirs. An id whose family words belong to another organization (`NousResearch/Meta-Llama-3-8B-Instruct`) is a copy
    and is left out, if the original is there or the namespace re-uploads models of others. `facts` are `(model_id,
    params_b, kind)` of rows. `curated` are ids of curated rows: these may also have the vendor's prefix as namespace.
    """
    ids = _owned_ids(model_ids, rules, claimed, curated)
    listed_ids = frozenset(model_ids.filter(model_ids.is_in(sorted(curated))))
    mirrors = {namespace.lower() for namespace, _ in rules.mirrors}
    listed = []
    for model_id in ids.sort():
        namespace, _, tail = model_id.partition("/")
        key = organization_key(namespace)
        owners = rules.organizations_by_namespace.get(namespace.lower()) or ((key,) if key in claimed else ())
        if not owners and model_id in curated:
            owners = (rules.organization_by_vendor[namespace.lower()],)
        # A curated id in lower case that no row has is an API name. It has no chat model beside a base model.
        is_api_name = model_id in curated and model_id not in listed_ids and model_id.islower()
        for owner in owners if tail else ():
            name = rules.reader.read_tail(tail, owner)
            is_foreign = name.family_id not in {None, owner, *owners}
            keys = _keys(name.parsed)
            keys = (*keys[:4], "", "", "") if is_api_name else keys
            listed.append((*keys, model_id, owner, is_foreign, is_foreign and namespace.lower() in mirrors))
    columns = ["key", "words", "bare", "date", "stageless", "versionless", "sizeless", "official_id", "organization_id"]
    frame = pl.DataFrame(
        listed,
        schema={**dict.fromkeys(columns, pl.String), "is_foreign": pl.Boolean, "is_mirrored": pl.Boolean},
        orient="row",
    )
    has_original = (~pl.col("is_foreign")).any().over("key")
    frame = frame.filter(~pl.col("is_mirrored") & ~(pl.col("is_foreign") & has_original))
    return frame.join(_facts(facts), on="official_id", how="left", maintain_order="left").select(list(OFFICIALS))


def _facts(facts: pl.DataFrame | None) -> pl.DataFrame:
    """Return `(official_id, params_b, is_pretrained)`: one row per id."""
    if facts is None:
        facts = pl.DataFrame(schema={"model_id": pl.String, "params_b": pl.Float64, "kind": pl.String})
    is_pretrained = (pl.col("kind") == PRETRAINED).any()
    return facts.group_by(official_id="model_id").agg(
        pl.col("params_b").drop_nulls().first(), is_pretrained=is_pretrained
    )


def _owned_ids(ids: pl.Series, rules: Rules, claimed: frozenset[str], curated: frozenset[str]) -> pl.Series:
    """Return the distinct ids whose namespace belongs to an organization."""
    ids = pl.concat([ids, pl.Series(sorted(curated), dtype=pl.String)]).unique().drop_nulls()
    namespace = ids.str.to_lowercase().str.extract(r"^([^/]+)/")
    is_claimed = namespace.str.replace_all(r"[^\p{L}\p{N}]", "").is_in(list(claimed))
    is_vendor = ids.is_in(sorted(curated)) & namespace.is_in(list(rules.organization_by_vendor))
    return ids.filter(namespace.is_in(list(rules.organizations_by_namespace)) | is_claimed | is_vendor)


@lru_cache(maxsize=32768)
def _keys(parsed: ParsedName) -> tuple[str, ...]:
    """Return key, words, bare, date, stageless, versionless and sizeless of OFFICIALS."""
    return (
        parsed.key,
        " ".join(sorted(parsed.words)),
        parsed.key_without("date", "mode", "precision"),
        parsed.date,
        parsed.key_without("stage") if parsed.stage in {("instruct",), ("chat",)} else "",
        _without_first_version(parsed),
        parsed.key_without("size") if parsed.size else "",
    )


def _without_first_version(parsed: ParsedName) -> str:
    """Return the key without the first version, empty where the name has another version or no size."""
    if parsed.version != (FIRST_VERSION,) or not parsed.size:
        return ""
    return parsed._replace(family=parsed.words, version=()).key


def family_owners(parsed: ParsedName, rules: Rules) -> frozenset[str]:
    """Return the organizations that own any family word of the name."""
    by_family = rules.organizations_by_family
    return frozenset().union(*(by_family[word] for word in parsed.words if word in by_family))


def one_id_per_key(officials: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return `(key, organization_id, official_id)` where exactly one id of an organization has the key in `column`.

    Ids with a native format in the name (`…-hf`) count only when the organization has no other id with that key.
    """
    is_plain = ~pl.col("official_id").str.to_lowercase().str.contains(
        r"[-_.](?:" + "|".join(sorted(NATIVE_FORMATS)) + r")(?:$|[-_.])"
    )
    best = officials.filter(pl.col(column) != "").with_columns(is_plain=is_plain)
    best = best.filter(pl.col("is_plain") | ~pl.col("is_plain").any().over(column, "organization_id"))
    return (
        best.group_by(pl.col(column).alias("key"), "organization_id")
        .agg(pl.col("official_id").unique())
        .filter(pl.col("official_id").list.len() == 1)
        .with_columns(pl.col("official_id").list.first())
    )


def is_same_publisher(model: pl.Expr, rules: Rules) -> pl.Expr:
    """Return whether `organization_id`, the publisher that a row names, is null or owns the namespace of `model`."""
    pairs = {(space, owner) for space, owners in rules.organizations_by_namespace.items() for owner in owners}
    pairs |= {(organization.vendor, organization.id) for organization in rules.organizations}
    namespace = model.str.to_lowercase().str.extract(r"^([^/]+)/")
    named = pl.col("organization_id")
    is_listed = fill_in("{} {}", namespace, named).is_in([f"{space} {owner}" for space, owner in sorted(pairs)])
    has_same_key = namespace.str.replace_all(r"[^\p{L}\p{N}]", "") == named
    return named.is_null() | is_listed | has_same_key
