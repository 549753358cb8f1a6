"""Compute the key and the likely publisher of every name without an id."""

from collections.abc import Mapping

import polars as pl

from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.names import parse_name

DATE = r"(?:^| )((?:[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)|(?:[0-9]{2}-[0-9]{2}))(?: |$)"
"""Matches the date inside a key."""

UNKNOWN_PUBLISHER = "?"
"""Prefix of the domain of names whose publisher is unknown; the origin of the source follows."""


def build_name_keys(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the rows without an id (schema NAMES and `row`) with the columns that match rules compare.

    `key`: the parts of the name in a fixed order. `date`, `undated`: the date inside the key, and the key without it.
    `organization_id`: the organization that the row itself names (in the name's prefix, the organization column or a
    word of the name). `vendor_id`: the same, else the one that other rows with this key name, else the owner of the
    family word. `origin`: the first part of the source id. `domain`: inside one domain, equal keys mean one model.
    """
    keys = _keys(rows["raw_name"].unique(), rules)
    organizations = _organization_ids(rows["organization"].unique(), rules)
    return (
        rows.select(
            "row",
            "source",
            "raw_name",
            "organization",
            "license",
            "open_weights",
            "first_seen_on",
            "last_seen_on",
            "best_rank",
        )
        .join(keys, on="raw_name", how="left", maintain_order="left")
        .join(organizations, on="organization", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            organization_id=pl.coalesce("prefix_id", "column_id", "word_id"), date=pl.col("key").str.extract(DATE)
        )
        .with_columns(
            origin=pl.col("source").str.extract(r"^([^_]+)"),
            undated=pl.col("key").str.replace(DATE, " ").str.strip_chars(),
        )
        .with_columns(named_ids=pl.col("organization_id").drop_nulls().unique().implode().over("origin", "key"))
        .with_columns(only_named_id=pl.when(pl.col("named_ids").list.len() == 1).then(pl.col("named_ids").list.first()))
        .with_columns(vendor_id=pl.coalesce("organization_id", "only_named_id", _family_owner(rules)))
        .with_columns(domain=pl.coalesce("vendor_id", pl.lit(UNKNOWN_PUBLISHER) + pl.col("origin")))
    )


def _family_owner(rules: Rules) -> pl.Expr:
    """Return the owner of the last family word in the key, null when several organizations use that word."""
    family = "|".join(sorted(rules.organizations_by_family, key=len, reverse=True))
    owner = {word: min(owners) for word, owners in rules.organizations_by_family.items() if len(owners) == 1}
    if not owner:
        return pl.lit(None, dtype=pl.String)
    word = pl.col("key").str.extract_all(rf"\b(?:{family})\b").list.last()
    return word.replace_strict(list(owner), list(owner.values()), default=None, return_dtype=pl.String)


def _keys(names: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(raw_name, key, prefix_id, word_id)` for distinct names."""
    words, owner_by_word = rules.publisher_words, rules.organization_by_word
    keys: list[str] = []
    prefix_ids: list[str | None] = []
    word_ids: list[str | None] = []
    for name in names:
        parsed = parse_name(name)
        kept = parsed.without(words) if words else parsed
        keys.append(kept.key)
        prefix_ids.append(_organization_id(parsed.organization, rules) if parsed.organization else None)
        word_ids.append(_word_owner(parsed.family, owner_by_word) if kept is not parsed else None)
    return pl.DataFrame(
        {"raw_name": names, "key": keys, "prefix_id": prefix_ids, "word_id": word_ids},
        schema={"raw_name": pl.String, "key": pl.String, "prefix_id": pl.String, "word_id": pl.String},
    )


def _word_owner(family: tuple[str, ...], owner_by_word: Mapping[str, str]) -> str | None:
    return next((owner_by_word[word] for word in family if word in owner_by_word), None)


def _organization_ids(spellings: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(organization, column_id)` for distinct values of the organization column."""
    ids = [_organization_id(text, rules) if text else None for text in spellings]
    return pl.DataFrame(
        {"organization": spellings, "column_id": ids}, schema={"organization": pl.String, "column_id": pl.String}
    )


def _organization_id(text: str, rules: Rules) -> str | None:
    """Return the id of a curated organization, else the organization key: unknown, but able to contradict others."""
    key = organization_key(text)
    return rules.organization_by_name.get(key, key) or None
