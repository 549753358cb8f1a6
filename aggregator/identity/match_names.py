"""Match rules 3 and 4, for names without an id. Each function returns certain matches only."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.match_ids import with_known_casing
from aggregator.identity.matches import MATCHES, as_matches
from aggregator.identity.readings import READINGS
from aggregator.text_columns import fill_in


def match_written_ids(names: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Return the names that are themselves a known id (`org/model`) in any casing."""
    written = names.filter(pl.col("raw_name").str.contains("/", literal=True)).with_columns(model_id=pl.col("raw_name"))
    known = known_ids.str.to_lowercase().unique().implode()
    return as_matches(
        with_known_casing(written.filter(pl.col("model_id").str.to_lowercase().is_in(known)), known_ids),
        "hf_id_folded",
        pl.lit(0.99),
        fill_in("the name {} is the id {}", "raw_name", "model_id"),
    )


def match_id_tails(names: pl.DataFrame, officials: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the names that read like exactly one id of their organization.

    The readings are tried in their order. In the first, every part is equal. In the others the name leaves out, or adds,
    one part that no other id of the organization makes ambiguous.
    """
    found = [pl.DataFrame(schema=MATCHES)]
    rest = names.join(officials.select("words").unique(), on="words", how="semi", maintain_order="left")
    for reading in READINGS:
        read = reading.names(rest)
        if read.is_empty():
            continue
        ids = reading.ids(officials).rename({"organization_id": "id_owner"})
        paired = read.join(ids, on="reading")
        if paired.is_empty():
            continue
        matched = _unique_ids(paired.filter(reading.agrees()), rules)
        found.append(
            as_matches(
                matched,
                "normalized_tail",
                pl.lit(reading.confidence),
                fill_in(reading.evidence, "full_key", "model_id"),
            )
        )
        rest = rest.join(matched, on="row", how="anti", maintain_order="left")
    return pl.concat(found)


def _unique_ids(paired: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the names with exactly one id, of the names with the ids that read alike.

    The organization that the row states must not contradict.

    Without a statement, the owner of the family words is preferred. Another organization is possible only when the name
    has words besides that family: nobody but the owner is meant by `llama-3-8b-instruct`.
    """
    states = pl.col("organization_id").is_not_null() | pl.col("only_named_id").is_not_null()
    is_owner = pl.col("vendor_id") == pl.col("id_owner")
    found = paired.filter(is_owner.fill_null(value=True) | ~states)
    only_family = [tail for tail in found["tail"].unique() if rules.reader.is_only_family(tail)]
    found = (
        found.filter(is_owner.fill_null(value=True) | ~pl.col("tail").is_in(only_family))
        .with_columns(lower_id=pl.col("official_id").str.to_lowercase(), is_owner=is_owner.fill_null(value=False))
        .join(_rejected(rules), on=["key", "lower_id"], how="anti", maintain_order="left")
    )
    found = found.filter(pl.col("is_owner") | ~pl.col("is_owner").any().over("row"))
    is_unique = pl.col("official_id").n_unique().over("row") == 1
    return found.filter(is_unique).unique("row", keep="first", maintain_order=True).rename({"official_id": "model_id"})


def _rejected(rules: Rules) -> pl.DataFrame:
    """Return `(key, lower_id)` of the pairs that a curated rule keeps apart."""
    return pl.DataFrame(
        rules.rejected_pairs,
        schema={"key": pl.String, "lower_id": pl.String},
        orient="row",
    )
