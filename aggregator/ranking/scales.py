"""How a benchmark's own unit becomes a number on which ability acts linearly.

An accuracy becomes the logit of its chance-corrected share, anything without two ends (an Arena
rating, a score that can be negative) is centred and divided by its spread. What was chosen is kept
in the calibration, so a later frame is never looked at to decide it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import logit

from aggregator.ranking.score_matrix import METADATA, Cells, Floats

LOGIT = "logit"
LINEAR = "linear"

GUESS_FLOOR = 0.01
"""Least share, after chance, that the logit tells apart; raised to one standard error of a guesser."""
INSIDE = 0.98
"""Share of a column that must lie between 0 and 1 for the column to count as shares."""
WINSOR = 6.0
"""Linear scores further than this many spreads from the centre count as that far."""

KNOWN: dict[str, tuple[float, int]] = {
    "open_llm_v2/ifeval": (0.0, 541),
    "open_llm_v2/bbh": (0.29, 5761),
    "open_llm_v2/math": (0.0, 1324),
    "open_llm_v2/gpqa": (0.25, 1192),
    "open_llm_v2/musr": (0.34, 756),
    "open_llm_v2/mmlu_pro": (0.1, 12032),
    "open_llm_v1/arc": (0.25, 1172),
    "open_llm_v1/hellaswag": (0.25, 10042),
    "open_llm_v1/mmlu": (0.25, 14042),
    "open_llm_v1/truthfulqa": (0.0, 817),
    "open_llm_v1/winogrande": (0.5, 1267),
    "open_llm_v1/gsm8k": (0.0, 1319),
}
"""Chance (share of the scale) and number of items of the Open LLM test sets, where a frame does not say."""


@dataclass(frozen=True)
class Scales:
    """One entry per benchmark, in the order of the calibration's benchmarks."""

    kind: tuple[str, ...]
    sign: Floats
    """-1 where less is better."""
    low: Floats
    """logit: the score of a guesser; linear: the centre."""
    high: Floats
    """logit: the best possible score; linear: centre plus one spread."""
    floor: Floats
    """logit: shares are kept this far from 0 and 1; linear: 0."""
    items: Floats
    """Number of items behind a share, 0 where unknown."""
    chance: Floats
    """Chance as a share of the scale, for the binomial error."""

    def apply(self, score: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Return the transformed scores (NaN stays NaN) and the variance of their known errors, models × benchmarks."""
        span = self.high - self.low
        share = (score - self.low) / span
        variance = (error / span) ** 2
        bounded = np.array([kind == LOGIT for kind in self.kind])
        floor = np.maximum(self.floor, 1e-6)
        inner = np.clip(share, floor, 1 - floor)
        raw = self.chance + (1 - self.chance) * inner
        binomial = np.where(self.items > 0, raw * (1 - raw) / np.maximum(self.items, 1) / (1 - self.chance) ** 2, 0.0)
        slope = 1 / (inner * (1 - inner))
        bent = logit(inner)
        variance = np.where(bounded, np.where(variance > 0, variance, binomial) * slope**2, variance)
        straight = np.clip(share, -WINSOR, WINSOR) * self.sign
        return np.where(bounded, bent, straight), np.where(np.isnan(score), 0.0, variance)


def metadata(scores: pl.DataFrame, benchmarks: tuple[str, ...]) -> dict[str, Floats]:
    """Read what the frame says of its benchmarks, NaN where it says nothing."""
    known = [name for name in METADATA if name in scores.columns]
    order = pl.DataFrame({"benchmark": list(benchmarks)})
    if not known:
        return {name: np.full(len(benchmarks), np.nan) for name in METADATA}
    said = scores.group_by("benchmark").agg(pl.col(name).cast(pl.Float64).drop_nulls().first() for name in known)
    table = order.join(said, on="benchmark", how="left", maintain_order="left")
    return {
        name: table[name].fill_null(np.nan).to_numpy().astype(np.float64)
        if name in known
        else np.full(len(benchmarks), np.nan)
        for name in METADATA
    }


def choose(cells: Cells, said: dict[str, Floats]) -> Scales:
    """Decide the scale of every benchmark from what is said, what is known, and the scores themselves."""
    rows = [
        _one(
            name, cells.score[:, column], float(cells.sign[column]), {key: float(said[key][column]) for key in METADATA}
        )
        for column, name in enumerate(cells.benchmarks)
    ]
    kind, sign, low, high, floor, items, chance = zip(*rows, strict=True)
    numbers = [np.array(values, dtype=np.float64) for values in (sign, low, high, floor, items, chance)]
    return Scales(tuple(kind), *numbers)


def _one(
    name: str, column: Floats, sign: float, said: dict[str, float]
) -> tuple[str, float, float, float, float, float, float]:
    seen = column[~np.isnan(column)]
    ends = _ends(seen, said, known=name in KNOWN)
    if ends is None:
        centre, spread = float(np.median(seen)), _spread(seen)
        return LINEAR, sign, centre, centre + spread, 0.0, 0.0, 0.0
    bottom, top = ends
    chance_known, items_known = KNOWN.get(name, (0.0, 0))
    # A board that reports shares on 0-100 after taking chance out says so with its own chance of 0.
    chance = (said["chance"] - bottom) / (top - bottom) if np.isfinite(said["chance"]) else chance_known
    items = said["n_items"] if np.isfinite(said["n_items"]) else float(items_known)
    guess = np.sqrt(chance * (1 - chance) / items) / (1 - chance) if items > 0 else 0.0
    floor = float(min(max(GUESS_FLOOR, guess), 0.2))
    if sign < 0:
        return LOGIT, sign, top, bottom, floor, items, 0.0
    return LOGIT, sign, bottom + chance * (top - bottom), top, floor, items, chance


def _ends(seen: Floats, said: dict[str, float], *, known: bool) -> tuple[float, float] | None:
    """Bottom and top of a scale that has both, None for one that has not."""
    low, high = said["scale_low"], said["scale_high"]
    if np.isfinite(low) and np.isfinite(high) and high > low:
        return (low, high) if np.mean((seen >= low) & (seen <= high)) >= INSIDE else None
    if known:
        return (0.0, 1.0) if seen.max() <= 1.5 else (0.0, 100.0)
    if np.mean((seen >= 0) & (seen <= 1)) >= INSIDE and seen.min() > -1 and seen.max() <= 1:
        return (0.0, 1.0)
    return None


def _spread(seen: Floats) -> float:
    low, high = np.quantile(seen, [0.25, 0.75])
    robust = float(high - low) / 1.349
    spread = robust if robust > 0 else float(seen.std())
    return spread if spread > 0 else 1.0
