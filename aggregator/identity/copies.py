"""Edges that names alone show: copies, quantizations, modes of one model, and the base of an instruct model."""

import polars as pl

from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.names import MODES, parse_name
from aggregator.identity.publishers import one_id_per_key

EDGES = {
    "model_id": pl.String(),
    "relation": pl.String(),
    "parent_id": pl.String(),
    "source": pl.String(),
    "evidence": pl.String(),
}

EdgeRow = tuple[str, str, str, str, str]
"""One row of EDGES."""

_QUANTIZED_NAME = r"(?i)gptq|awq|gguf|ggml|exl2|bnb|[-_.][2-8]bit|int[48]|fp8|nf4|mxfp4|w[48]a(?:8|16)"
"""Matches a name with a precision of quantized weights."""


def edges_from_names(
    model_ids: pl.Series, officials: pl.DataFrame, new_keys: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return the EDGES between `model_ids` and the originals whose names they repeat.

    `officials` are those of `model_ids` (`official_ids`). `new_keys` are `(model_id, key)` of models without a Hub id; they may be modes of others.
    """
    originals = one_id_per_key(officials, "key").group_by("key").agg(pl.col("official_id").unique())
    by_key = {key: ids[0] for key, ids in originals.iter_rows() if len(ids) == 1}
    found = [*_copies(model_ids, by_key, rules), *_modes(new_keys, by_key), *_instruct_models(officials)]
    return pl.DataFrame(found, schema=EDGES, orient="row")


def _copies(model_ids: pl.Series, by_key: dict[str, str], rules: Rules) -> list[EdgeRow]:
    """Return the edges of quantizations, and of copies in namespaces that re-upload models of others."""
    only_quantized = {namespace.lower(): only for namespace, only in rules.mirrors}
    namespaces = model_ids.str.to_lowercase().str.extract(r"^([^/]+)/")
    candidates = model_ids.filter(namespaces.is_in(list(only_quantized)) | model_ids.str.contains(_QUANTIZED_NAME))
    edges: list[EdgeRow] = []
    for model_id in candidates:
        namespace, _, tail = model_id.partition("/")
        parsed = parse_name(tail).without(rules.publisher_words | {organization_key(namespace)})
        original = by_key.get(parsed.key_without("precision"))
        if original is None or original.partition("/")[0].lower() == namespace.lower():
            continue
        if parsed.precision:
            evidence = f"its name is {original}'s and says {', '.join(parsed.precision)}"
            edges.append((model_id, "quantized", original, "name", evidence))
        elif not only_quantized.get(namespace.lower(), True):
            evidence = f"{namespace} re-uploads others' models under their own names"
            edges.append((model_id, "same_weights", original, "name", evidence))
    return edges


def _modes(new_keys: pl.DataFrame, by_key: dict[str, str]) -> list[EdgeRow]:
    """Return the edges from models whose key has mode words to the model with the same key without them."""
    mode_words = "|".join(sorted(MODES))
    is_mode = pl.element().str.contains(rf"^(?:{mode_words}|[0-9]+k)$")
    words = pl.col("key").str.split(" ")
    with_mode = new_keys.filter(pl.col("key").str.contains(rf"(?:^| )(?:{mode_words})(?: |$)")).with_columns(
        plain_key=words.list.eval(pl.element().filter(~is_mode)).list.join(" "),
        mode=words.list.eval(pl.element().filter(is_mode)).list.join(" "),
    )
    originals = pl.DataFrame(
        {"plain_key": list(by_key), "parent": list(by_key.values())},
        schema={"plain_key": pl.String, "parent": pl.String},
    )
    others = new_keys.select(plain_key="key", parent="model_id").join(originals, on="plain_key", how="anti")
    return [
        (model_id, "mode_of", parent, "name", f"the same name run with {mode}")
        for model_id, parent, mode in with_mode.join(pl.concat([originals, others]), on="plain_key")
        .select("model_id", "parent", "mode")
        .iter_rows()
        if model_id != parent
    ]


def _instruct_models(officials: pl.DataFrame) -> list[EdgeRow]:
    """Return the edges from an instruct or chat model to the base model of the same name and organization."""
    return [
        (model_id, "finetune_of", parent, "name", "its organisation's base model of the same name")
        for model_id, parent in chat_and_base_models(officials).iter_rows()
    ]


def chat_and_base_models(officials: pl.DataFrame) -> pl.DataFrame:
    """Return `(official_id, base_id)`: instruct or chat models, each with its organization's base model of that name."""
    return (
        officials.filter(pl.col("stageless") != "")
        .join(
            _base_models(officials),
            left_on=["stageless", "organization_id"],
            right_on=["base_key", "organization_id"],
        )
        .filter(pl.col("official_id") != pl.col("base_id"))
        .select("official_id", "base_id")
        .unique()
        .sort("official_id", "base_id")
    )


def _base_models(officials: pl.DataFrame) -> pl.DataFrame:
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
