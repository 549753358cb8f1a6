"""Edges that names tell: mirrors, quantised copies, modes of one model, and the base of an instruct model."""

import polars as pl

from aggregator.identity.curated import Rules, folded
from aggregator.identity.names import MODES, parse_name
from aggregator.identity.publishers import official_ids, one_per_key

EDGES = {
    "model_id": pl.String(),
    "relation": pl.String(),
    "parent_id": pl.String(),
    "source": pl.String(),
    "evidence": pl.String(),
}

_ROUNDED = r"(?i)gptq|awq|gguf|ggml|exl2|bnb|[-_.][2-8]bit|int[48]|fp8|nf4|mxfp4|w[48]a(?:8|16)"
"""A name that says how its weights are rounded."""


def edges_by_name(model_ids: pl.Series, own: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return edges between `model_ids` and the originals whose names they carry.

    `own` are `(model_id, key)` of models that only a bare name stands for; they may be modes of others.
    """
    officials = official_ids(model_ids, rules, frozenset())
    originals = one_per_key(officials, "key").group_by("key").agg(pl.col("official_id").unique())
    by_key = {key: ids[0] for key, ids in originals.iter_rows() if len(ids) == 1}
    found = [*_copies(model_ids, by_key, rules), *_modes(own, by_key), *_instructed(officials)]
    return pl.DataFrame(found, schema=EDGES, orient="row")


def _copies(model_ids: pl.Series, by_key: dict[str, str], rules: Rules) -> list[tuple[str, str, str, str, str]]:
    mirrors = {namespace.lower(): only_quantized for namespace, only_quantized in rules.mirrors}
    folds = model_ids.str.to_lowercase()
    space = folds.str.extract(r"^([^/]+)/")
    candidates = model_ids.filter(space.is_in(list(mirrors)) | model_ids.str.contains(_ROUNDED))
    edges = []
    for model_id in candidates:
        namespace, _, tail = model_id.partition("/")
        parsed = parse_name(tail).without(rules.words | {folded(namespace)})
        original = by_key.get(parsed.key_without("precision"))
        if original is None or original.partition("/")[0].lower() == namespace.lower():
            continue
        if parsed.precision:
            edges.append(
                (
                    model_id,
                    "quantized",
                    original,
                    "name",
                    f"its name is {original}'s and says {', '.join(parsed.precision)}",
                )
            )
        elif not mirrors.get(namespace.lower(), True):
            edges.append(
                (
                    model_id,
                    "same_weights",
                    original,
                    "name",
                    f"{namespace} re-uploads others' models under their own names",
                )
            )
    return edges


def _modes(own: pl.DataFrame, by_key: dict[str, str]) -> list[tuple[str, str, str, str, str]]:
    how = rf"^(?:{'|'.join(sorted(MODES))}|[0-9]+k)$"
    said = own.filter(pl.col("key").str.contains(rf"(?:^| )(?:{'|'.join(sorted(MODES))})(?: |$)")).with_columns(
        plain=pl.col("key")
        .str.split(" ")
        .list.eval(pl.element().filter(~pl.element().str.contains(how)))
        .list.join(" "),
        mode=pl.col("key").str.split(" ").list.eval(pl.element().filter(pl.element().str.contains(how))).list.join(" "),
    )
    originals = pl.DataFrame(
        {"plain": list(by_key), "parent": list(by_key.values())}, schema={"plain": pl.String, "parent": pl.String}
    )
    kin = own.select(plain="key", parent="model_id").join(originals, on="plain", how="anti")
    return [
        (model_id, "mode_of", parent, "name", f"the same name run with {mode}")
        for model_id, parent, mode in said.join(pl.concat([originals, kin]), on="plain")
        .select("model_id", "parent", "mode")
        .iter_rows()
        if model_id != parent
    ]


def _instructed(officials: pl.DataFrame) -> list[tuple[str, str, str, str, str]]:
    """Tie an organisation's instruct or chat model to its base model of the same name."""
    base = official_bases(officials)
    staged = officials.filter(pl.col("stageless") != "").join(
        base, left_on=["stageless", "organization_id"], right_on=["base_key", "organization_id"]
    )
    return [
        (model_id, "finetune_of", parent, "name", "its organisation's base model of the same name")
        for model_id, parent in staged.select("official_id", "base_id")
        .unique()
        .sort("official_id", "base_id")
        .iter_rows()
        if model_id != parent
    ]


def official_bases(officials: pl.DataFrame) -> pl.DataFrame:
    """Return `(base_key, organization_id, base_id)`: ids without a stage, or with the stage `base`."""
    key = pl.col("key").str.replace(r" base( |$)", " ").str.strip_chars_end()
    return (
        officials.filter(pl.col("stageless") == "")
        .with_columns(base_key=key)
        .group_by("base_key", "organization_id")
        .agg(base_id=pl.col("official_id").unique())
        .filter(pl.col("base_id").list.len() == 1)
        .with_columns(pl.col("base_id").list.first())
    )
