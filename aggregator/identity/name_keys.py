"""Names without an id: their keys, who may have published them, and which dates they leave open."""

from collections.abc import Mapping

import polars as pl

from aggregator.identity.curated import Rules, folded
from aggregator.identity.names import parse_name

DATE = r"(?:^| )((?:[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)|(?:[0-9]{2}-[0-9]{2}))(?: |$)"
"""Where a key holds its date."""

UNKNOWN = "?"
"""Before the name of a source: the domain of names whose publisher nobody knows."""


def read_spellings(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, source, raw_name, key, organization_id, domain, closed, …)` for rows without an id.

    `organization_id` is what the row itself says (its organisation, the prefix or a word of the name);
    `vendor_id` also takes the owner of the family word. `domain` is where equal keys mean one model.
    """
    keys = _keys(rows["raw_name"].unique(), rules)
    told = _organizations(rows["organization"].unique(), rules)
    family = "|".join(sorted(rules.organizations_by_family, key=len, reverse=True))
    owner = {word: min(owners) for word, owners in rules.organizations_by_family.items() if len(owners) == 1}
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
        .join(told, on="organization", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            organization_id=pl.coalesce("prefix_id", "told_id", "word_id"), date=pl.col("key").str.extract(DATE)
        )
        .with_columns(
            origin=pl.col("source").str.extract(r"^([^_]+)"),
            undated=pl.col("key").str.replace(DATE, " ").str.strip_chars(),
        )
        .with_columns(told=pl.col("organization_id").drop_nulls().unique().implode().over("origin", "key"))
        .with_columns(only_told=pl.when(pl.col("told").list.len() == 1).then(pl.col("told").list.first()))
        .with_columns(vendor_id=pl.coalesce("organization_id", "only_told", _family_owner(family, owner)))
        .with_columns(domain=pl.coalesce("vendor_id", pl.lit(UNKNOWN) + pl.col("origin")))
    )


def _family_owner(family: str, owner: dict[str, str]) -> pl.Expr:
    """Return the owner of the last family word in the key that only one organisation gives."""
    if not owner:
        return pl.lit(None, dtype=pl.String)
    word = pl.col("key").str.extract_all(rf"\b(?:{family})\b").list.last()
    return word.replace_strict(list(owner), list(owner.values()), default=None, return_dtype=pl.String)


def _keys(names: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(raw_name, key, prefix_id, word_id)` for distinct names."""
    words, by_word = rules.words, rules.organization_by_word
    keys: list[str] = []
    prefixes: list[str | None] = []
    repeated: list[str | None] = []
    for name in names:
        parsed = parse_name(name)
        kept = parsed.without(words) if words else parsed
        keys.append(kept.key)
        prefixes.append(_organization_id(parsed.organization, rules) if parsed.organization else None)
        repeated.append(_word_owner(parsed.family, by_word) if kept is not parsed else None)
    return pl.DataFrame(
        {"raw_name": names, "key": keys, "prefix_id": prefixes, "word_id": repeated},
        schema={"raw_name": pl.String, "key": pl.String, "prefix_id": pl.String, "word_id": pl.String},
    )


def _word_owner(family: tuple[str, ...], by_word: Mapping[str, str]) -> str | None:
    return next((by_word[word] for word in family if word in by_word), None)


def _organizations(spellings: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(organization, told_id)` for distinct spellings of organisations."""
    ids = [_organization_id(text, rules) if text else None for text in spellings]
    return pl.DataFrame(
        {"organization": spellings, "told_id": ids}, schema={"organization": pl.String, "told_id": pl.String}
    )


def _organization_id(text: str, rules: Rules) -> str | None:
    """Return the id of a known organisation, else the folded spelling: unknown, but a claim that can contradict."""
    fold = folded(text)
    return rules.organization_by_name.get(fold, fold) or None
