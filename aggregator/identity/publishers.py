"""The ids that a bare name may match: those of known organizations, in their own namespaces."""

import polars as pl

from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.names import NATIVE_FORMATS, ParsedName, parse_name


def official_ids(model_ids: pl.Series, rules: Rules, claimed: frozenset[str]) -> pl.DataFrame:
    """Return `(key, stageless, official_id, organization_id)`, one row per id and organization that owns it.

    `claimed` are keys of organizations that rows name and no curated rule lists: a namespace with exactly that key is
    theirs. An id whose family word belongs to another organization (`NousResearch/Meta-Llama-3-8B-Instruct`) is a
    copy and is left out.
    """
    owners_by_namespace = rules.organizations_by_namespace
    listed: list[tuple[str, str, str, str]] = []
    ids = model_ids.unique().drop_nulls()
    namespace = ids.str.to_lowercase().str.extract(r"^([^/]+)/")
    is_claimed = namespace.str.replace_all(r"[^\p{L}\p{N}]", "").is_in(list(claimed))
    ids = ids.filter(namespace.is_in(list(owners_by_namespace)) | is_claimed)
    for model_id in ids.sort():
        namespace, _, tail = model_id.partition("/")
        key = organization_key(namespace)
        owners = owners_by_namespace.get(namespace.lower()) or ((key,) if key in claimed else ())
        if not owners or not tail:
            continue
        parsed = parse_name(tail).without(rules.publisher_words)
        families = family_owners(parsed, rules)
        listed += [
            (
                parsed.key,
                parsed.key_without("stage") if parsed.stage in {("instruct",), ("chat",)} else "",
                model_id,
                owner,
            )
            for owner in owners
            if not families or owner in families
        ]
    frame = pl.DataFrame(listed, schema=["key", "stageless", "official_id", "organization_id"], orient="row")
    return frame.cast(pl.String)


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
    is_listed = pl.format("{} {}", namespace, named).is_in([f"{space} {owner}" for space, owner in sorted(pairs)])
    has_same_key = namespace.str.replace_all(r"[^\p{L}\p{N}]", "") == named
    return named.is_null() | is_listed | has_same_key
