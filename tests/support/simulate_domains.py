"""Simulated boards with known abilities by domain: each benchmark measures one domain."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.ranking.arrays import Floats

BOARDS = (
    ("math", "math", "knowledge", "knowledge", "reasoning", "following"),
    ("math", "math", "math", *["coding"] * 3, *["following"] * 3, "reasoning", "reasoning", "knowledge"),
    ("coding",) * 4,
    ("coding",),
    ("coding",),
    ("coding",) * 3,
    ("preference",),
    ("preference",),
    ("knowledge", "knowledge", "math", "reasoning"),
    ("reasoning", "reasoning", "agents", "agents", "math", "coding"),
)
"""The domains of the benchmarks of each board."""
VARIANCE = {
    "agents": 0.3,
    "coding": 0.1,
    "following": 0.2,
    "knowledge": 0.02,
    "math": 0.04,
    "preference": 0.06,
    "reasoning": 0.03,
}
"""Variance of the models' deviations in each domain; overall ability has variance 1."""


@dataclass(frozen=True)
class SimulatedDomains:
    scores: pl.DataFrame
    """Long frame as for `aggregator.calibrate`."""
    domain_of: dict[str, str]
    """The domain of each benchmark."""
    models: tuple[str, ...]
    theta: Floats
    """True overall ability of each model."""
    delta: Floats
    """Models × domains of `VARIANCE`: the true ability in each domain."""


def simulated_domains(
    seed: int, *, models: int = 900, board_effect: float = 0.2, noise: float = 0.45
) -> SimulatedDomains:
    """Draw scores: nearly half of the models on the first board alone, the good ones on many boards."""
    rng = np.random.default_rng(seed)
    names, domains = np.array([f"m{m:04}" for m in range(models)]), list(VARIANCE)
    theta = rng.standard_normal(models)
    delta = theta[:, None] + np.column_stack([rng.normal(0, VARIANCE[name] ** 0.5, models) for name in domains])
    seen = np.zeros((models, len(BOARDS)), dtype=np.bool_)
    others = (1 - 0.45) / (len(BOARDS) - 1)
    seen[np.arange(models), rng.choice(len(BOARDS), models, p=[0.45, *[others] * (len(BOARDS) - 1)])] = True
    on_many = rng.random(models) < 1 / (1 + np.exp(-2 * (theta - 1.2)))
    seen |= on_many[:, None] & (rng.random(seen.shape) < 0.5)
    parts, domain_of = [], {}
    for board, measured in enumerate(BOARDS):
        effect = rng.normal(0, board_effect if len(measured) > 1 else 0.0, models)
        for place, domain in enumerate(measured):
            slope, difficulty = np.exp(rng.normal(0, 0.25)), rng.normal()
            local = delta[:, domains.index(domain)] + effect - difficulty
            raw = slope * local + noise * rng.standard_normal(models)
            name, listed = f"board_{board}/b{place}", seen[:, board]
            domain_of[name] = domain
            score = 1 / (1 + np.exp(-raw[listed]))
            parts.append(
                pl.DataFrame({"model_id": names[listed], "board": f"board_{board}", "benchmark": name, "score": score})
            )
    return SimulatedDomains(pl.concat(parts), domain_of, tuple(names.tolist()), theta, delta)
