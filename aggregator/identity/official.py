"""The ids that a bare name may be linked to: those of organisations, in their own namespaces."""

import polars as pl

from aggregator.identity.names import NATIVE, ParsedName, parse_name
from aggregator.identity.rules import Rules, folded


def official_ids(model_ids: pl.Series, rules: Rules, claimed: frozenset[str]) -> pl.DataFrame:
    """Return `(key, stageless, official_id, organization_id)`, one row per id and organisation that owns it.

    `claimed` are folded spellings of organisations that rows name and nobody curated: a namespace of
    exactly that spelling is theirs. An id whose family word belongs to somebody else alone
    (`NousResearch/Meta-Llama-3-8B-Instruct`) is a copy and not listed.
    """
    spaces = rules.organizations_by_namespace
    listed: list[tuple[str, str, str, str]] = []
    ids = model_ids.unique().drop_nulls()
    if not claimed:
        ids = ids.filter(ids.str.to_lowercase().str.extract(r"^([^/]+)/").is_in(list(spaces)))
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
