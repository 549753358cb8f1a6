"""The ids that a bare name may be linked to: those of organisations, in their own namespaces."""

import polars as pl

from aggregator.identity.curated import Rules, folded
from aggregator.identity.names import NATIVE, ParsedName, parse_name


def official_ids(model_ids: pl.Series, rules: Rules, claimed: frozenset[str]) -> pl.DataFrame:
    """Return `(key, stageless, official_id, organization_id)`, one row per id and organisation that owns it.

    `claimed` are folded spellings of organisations that rows name and nobody curated: a namespace of
    exactly that spelling is theirs. An id whose family word belongs to somebody else alone
    (`NousResearch/Meta-Llama-3-8B-Instruct`) is a copy and not listed.
    """
    spaces = rules.organizations_by_namespace
    listed: list[tuple[str, str, str, str]] = []
    ids = model_ids.unique().drop_nulls()
    namespace = ids.str.to_lowercase().str.extract(r"^([^/]+)/")
    theirs = namespace.str.replace_all(r"[^\p{L}\p{N}]", "").is_in(list(claimed))
    ids = ids.filter(namespace.is_in(list(spaces)) | theirs)
    for model_id in ids.sort():
        namespace, _, tail = model_id.partition("/")
        owners = spaces.get(namespace.lower()) or ((folded(namespace),) if folded(namespace) in claimed else ())
        if not owners or not tail:
            continue
        parsed = parse_name(tail).without(rules.words)
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
    """Return the organisations that own any family word of the name."""
    by_family = rules.organizations_by_family
    return frozenset().union(*(by_family[word] for word in parsed.words if word in by_family))


def one_per_key(officials: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return `(key, organization_id, official_id)` where one id of an organisation has the key.

    Of a repository and its conversion to another native format (`…-hf`) the plain one stands for both.
    """
    plain = ~pl.col("official_id").str.to_lowercase().str.contains(
        r"[-_.](?:" + "|".join(sorted(NATIVE)) + r")(?:$|[-_.])"
    )
    best = officials.filter(pl.col(column) != "").with_columns(plain=plain)
    best = best.filter(pl.col("plain") | ~pl.col("plain").any().over(column, "organization_id"))
    return (
        best.group_by(pl.col(column).alias("key"), "organization_id")
        .agg(pl.col("official_id").unique())
        .filter(pl.col("official_id").list.len() == 1)
        .with_columns(pl.col("official_id").list.first())
    )


def same_publisher(model: pl.Expr, rules: Rules) -> pl.Expr:
    """Say whether `organization_id`, what a row says of its publisher, agrees with a model's namespace or is null."""
    pairs = {(space, owner) for space, owners in rules.organizations_by_namespace.items() for owner in owners}
    pairs |= {(organization.vendor, organization.id) for organization in rules.organizations}
    space = model.str.to_lowercase().str.extract(r"^([^/]+)/")
    told = pl.col("organization_id")
    listed = pl.format("{} {}", space, told).is_in([f"{named} {owner}" for named, owner in sorted(pairs)])
    unlisted = space.str.replace_all(r"[^\p{L}\p{N}]", "") == told
    return told.is_null() | listed | unlisted
