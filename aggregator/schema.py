"""Column names and types of the frames that packages exchange.

Units: scores are in the benchmark's own unit (see `benchmarks`), `params_b` in billions of
parameters, dates are UTC calendar days.
"""

import polars as pl

ENTRIES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),  # as the source spells it; a variant is added in parentheses
    "hf_id": pl.String(),  # an explicit Hub id from an id column, else null
    "link": pl.String(),  # the target of the row's link, compared with hf_id
    "organization": pl.String(),  # as the source spells it
    "license": pl.String(),
    "open_weights": pl.Boolean(),
    "kind": pl.String(),
    "params_b": pl.Float64(),
    "active_params_b": pl.Float64(),
    "base_models": pl.List(pl.String()),  # as the source spells them
    "precision": pl.String(),
    "revision": pl.String(),
    "variant": pl.String(),  # canonical JSON of an MTEB `experiments` cell
    "effort": pl.String(),  # stated by the source: minimal | low | medium | high | xhigh | max
    "thinking": pl.Boolean(),  # stated by the source: whether the model thinks before it answers
    "thinking_budget": pl.Int64(),  # stated by the source, in tokens
    "host": pl.String(),  # who served the model; never its publisher
    "flagged": pl.Boolean(),
    "merged": pl.Boolean(),
    "moe": pl.Boolean(),
    "chat_template": pl.Boolean(),
    "likes": pl.Int64(),
    "released_on": pl.Date(),
    "submitted_on": pl.Date(),
    "published_on": pl.Date(),  # the date of the board's edition
    "board_rank": pl.Int64(),
    "board_score": pl.Float64(),
    "board_score_low": pl.Float64(),
    "board_score_high": pl.Float64(),
    "superseded_by": pl.String(),
}
"""One row per (source, raw_name): the facts that a leaderboard states about a model, besides its scores."""

SCORES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "benchmark": pl.String(),  # source/benchmark
    "raw_name": pl.String(),
    "score": pl.Float64(),
    "score_normalized": pl.Float64(),
    "score_low": pl.Float64(),
    "score_high": pl.Float64(),
    "votes": pl.Int64(),
    "standard_error": pl.Float64(),  # of `score`, as the source states it
    "setting": pl.String(),  # how the model was run, as the source states it: `edit_format=diff`, `shots=5`
    "measured_by": pl.String(),  # first_party | third_party | self_reported; null for that of the benchmark
    "reference": pl.String(),  # where the source has the score from: a title or an address
    "published_on": pl.Date(),
}
"""One row per (benchmark, raw_name)."""

BENCHMARKS: dict[str, pl.DataType] = {
    "benchmark": pl.String(),
    "source": pl.String(),
    "title": pl.String(),
    "task_type": pl.String(),
    "domain": pl.String(),  # a value of `Domain`
    "metric": pl.String(),
    "higher_is_better": pl.Boolean(),
    "scale_low": pl.Float64(),  # null for an open scale
    "scale_high": pl.Float64(),
    "chance": pl.Float64(),  # expected score of random guessing, on the same scale
    "n_items": pl.Int64(),  # number of test items
    "test_set": pl.String(),  # the test set, where several sources use it: `gpqa_diamond`
    "measured_by": pl.String(),  # first_party | third_party | self_reported
    "edition": pl.String(),  # of the source, where its editions differ in their items
    "url": pl.String(),
}
"""One row per benchmark of a source."""

HISTORY: dict[str, pl.DataType] = {
    "source": pl.String(),
    "benchmark": pl.String(),
    "raw_name": pl.String(),
    "published_on": pl.Date(),
    "rank": pl.Int64(),
    "score": pl.Float64(),
    "score_low": pl.Float64(),
    "score_high": pl.Float64(),
    "votes": pl.Int64(),
}
"""One row per (benchmark, raw_name, published_on) of a source that publishes its own history."""

QUARANTINED: dict[str, pl.DataType] = {
    "source": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),  # 0-based position in the file
    "raw_name": pl.String(),
    "reason": pl.String(),
}
"""One row per quarantined file row, with the reason."""

NAMES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "hf_id": pl.String(),
    "link": pl.String(),
    "organization": pl.String(),
    "license": pl.String(),
    "open_weights": pl.Boolean(),
    "kind": pl.String(),
    "params_b": pl.Float64(),
    "base_models": pl.List(pl.String()),
    "precision": pl.String(),
    "variant": pl.String(),
    "effort": pl.String(),
    "thinking": pl.Boolean(),
    "thinking_budget": pl.Int64(),
    "host": pl.String(),
    "superseded_by": pl.String(),
    "released_on": pl.Date(),
    "first_seen_on": pl.Date(),
    "last_seen_on": pl.Date(),
    "best_rank": pl.Int64(),
    "gone": pl.Boolean(),  # true where the newest edition of the source no longer lists the name
}
"""One row per (source, raw_name): the complete input of identity resolution."""

ALIASES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "model_id": pl.String(),
    "rung": pl.String(),  # hf_id | curated | hf_id_folded | normalized_tail | own
    "confidence": pl.Float64(),
    "evidence": pl.String(),  # a sentence that a person can check
}
"""One row per (source, raw_name): its model, the match rule, and the evidence."""

PUBLISHED_IDS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "model_id": pl.String(),
    "rung": pl.String(),  # the match rule under which the name got the id
    "published_on": pl.Date(),  # the day from which the name has this id
    "former_id": pl.String(),  # the id that it had before, null when it had none
    "reason": pl.String(),  # why the id changed
}
"""One row per (source, raw_name) that was ever published: its model id, which it keeps."""

MODEL_MOVES: dict[str, pl.DataType] = {
    "old_id": pl.String(),
    "new_id": pl.String(),  # the id of today
    "moved_on": pl.Date(),
    "reason": pl.String(),
}
"""One row per model id that was published and that no model has now."""

MODELS: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "name": pl.String(),
    "organization": pl.String(),
    "family": pl.String(),
    "release_id": pl.String(),
    "effort": pl.String(),  # minimal | low | medium | high | xhigh | max
    "thinking": pl.Boolean(),
    "thinking_budget": pl.Int64(),  # in tokens
    "snapshot_on": pl.Date(),
    "precision": pl.String(),
}
"""One row per model, from identity alone; the leaderboards' facts are joined in SQL."""

LINEAGE: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    # same_weights | quantized | mode_of | finetune_of | merge_of | adapter_of | embedding_of | same_scores | superseded_by
    "relation": pl.String(),
    "parent_id": pl.String(),
    "source": pl.String(),  # open_llm_v2 | mteb_… | curated | name | hub | scores
    "trust": pl.Int64(),  # 5 curated, 4 hub, 3 a board, 2 name, 1 scores
    "evidence": pl.String(),
}
"""One row per typed edge between two models."""

UNRESOLVED: dict[str, pl.DataType] = {
    "raw_name": pl.String(),
    "sources": pl.List(pl.String()),
    "model_id": pl.String(),
    "state": pl.String(),  # open | variant | postponed
    "reason": pl.String(),
    "candidates": pl.List(pl.String()),  # the most plausible id first
    "best_rank": pl.Int64(),  # the best rank of the name on any leaderboard
}
"""One row per raw name that was not linked although candidates exist, for review by a person."""


HUB_MODELS: dict[str, pl.DataType] = {
    "hub_id": pl.String(),  # as it was requested, in the casing of the Hub's answer
    "status": pl.String(),  # found | renamed | missing | gated
    "renamed_to": pl.String(),  # the id in the Hub's response, when it differs
    "rename": pl.String(),  # verified | unverified; null without a rename
    "applies": pl.Boolean(),  # whether the metadata describes the model that the leaderboards evaluated
    "evidence": pl.String(),
    "author": pl.String(),
    "created_at": pl.Datetime("us"),
    "last_modified": pl.Datetime("us"),
    "downloads": pl.Int64(),  # in the last 30 days
    "likes": pl.Int64(),
    "gated": pl.String(),  # no | auto | manual
    "license": pl.String(),
    "base_models": pl.List(pl.String()),
    "relation": pl.String(),  # finetune | adapter | merge | quantized
    "params_b": pl.Float64(),
    "params_source": pl.String(),  # safetensors | gguf
    "pipeline_tag": pl.String(),
    "epoch": pl.Int64(),  # counts the repositories seen under this id, after deletion and re-creation
    "epoch_reason": pl.String(),
    "retrieved_at": pl.Datetime("us"),
}
"""One row per id that was looked up on the Hub; empty before the first lookup."""


def frame(schema: dict[str, pl.DataType], data: pl.DataFrame | list[dict[str, object]] | None = None) -> pl.DataFrame:
    """Return `data` as a frame with exactly the columns and types of `schema`; missing columns are null."""
    if data is None:
        return pl.DataFrame(schema=schema)
    given = data if isinstance(data, pl.DataFrame) else pl.DataFrame(data, schema_overrides=schema)
    return given.select(
        (pl.col(name).cast(dtype) if name in given.columns else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in schema.items()
    )
