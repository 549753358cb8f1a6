"""The frame that every match rule for names returns: one row a matched name."""

import polars as pl

MATCHES = {
    "row": pl.UInt32(),
    "model_id": pl.String(),
    "rung": pl.String(),
    "confidence": pl.Float64(),
    "evidence": pl.String(),
    "applies_to_key": pl.Boolean(),  # whether other names with the same key get the same model
}


def as_matches(
    found: pl.DataFrame, rung: str, confidence: pl.Expr, evidence: pl.Expr, applies_to_key: pl.Expr | None = None
) -> pl.DataFrame:
    """Return MATCHES for `found` (`row`, `model_id` and the columns of the expressions)."""
    return found.select(
        pl.col("row").cast(pl.UInt32),
        "model_id",
        rung=pl.lit(rung),
        confidence=confidence,
        evidence=evidence,
        applies_to_key=pl.lit(value=True) if applies_to_key is None else applies_to_key,
    ).cast(MATCHES)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
