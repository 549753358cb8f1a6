"""Standard normal deviates that depend on the id of a model only: its own scatter in the draws."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from aggregator.ranking.arrays import Floats

BLOCK = 100
"""Draws that are stratified together: each hundredth of the normal distribution has one of them."""
RESOLUTION = 1 << 16
"""Number of different deviates."""

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def own_deviates(models: Sequence[str], draws: int) -> Floats:
    """Return models × draws: standard normal deviates of each model, independent of those of any other.

    A model always has the same deviates, whatever the other models and their order. They are stratified in blocks of
    `BLOCK` draws (McKay, Beckman & Conover 1979), so that the quantiles of few draws vary little.
    """
    if not models or not draws:
        return np.zeros((len(models), draws))
    seeds = np.array([int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) for name in models], "u8")
    blocks = -(-draws // BLOCK)
    random = _random_numbers(seeds, blocks * BLOCK).reshape(len(models), blocks, BLOCK)
    # The high half orders the draws of a block, the low half is the place within the stratum.
    stratum = np.argsort((random >> np.uint64(32)).astype(np.uint32), axis=2)
    within = (random & np.uint64(0xFFFFFFFF)).astype(np.float32) / np.float32(1 << 32)
    place = ((stratum + within) * (RESOLUTION / BLOCK)).astype(np.uint16)
    deviates: Floats = _normal_table()[place.reshape(len(models), -1)[:, :draws]]
    return deviates


def _random_numbers(seeds: npt.NDArray[np.uint64], count: int) -> npt.NDArray[np.uint64]:
    """Return seeds × count random integers: SplitMix64 (Steele, Lea & Flood 2014) from each seed on."""
    value = seeds[:, None] + _INCREMENT * np.arange(1, count + 1, dtype=np.uint64)
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return np.asarray(value ^ (value >> np.uint64(31)), dtype=np.uint64)


def _normal_table() -> Floats:
    """Return `RESOLUTION` quantiles of the standard normal distribution, evenly over its probability."""
    table: Floats = ndtri((np.arange(RESOLUTION) + 0.5) / RESOLUTION)
    return table
