"""Abilities, on a frozen calibration, of the models that an added board shares with the calibrated ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.ability import calibrated_scores
from aggregator.ranking.added_board import BoardParameters, BoardScores, KnownAbilities, local_abilities
from aggregator.ranking.arrays import Bools, Floats
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.draw_posteriors import draw_posteriors
from aggregator.ranking.draws import Draw
from aggregator.ranking.latent_model import BoardBlock
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores


@dataclass(frozen=True)
class SharedAbilities:
    """What the calibration knows of the models of an added matrix; arrays have the matrix's models."""

    draws: tuple[Draw, ...]
    """The point parameters, then the draws."""
    is_shared: Bools
    """Models with an ability on the calibration."""
    mean: Floats
    """Draws × models: mean of θ; NaN for a model that is not shared."""
    variance: Floats
    prior: Floats
    """Draws × models: the prior mean of the boards of each shared model."""
    weight: Floats
    """Draws × models: 1 for the point parameters, standard exponential for a draw (Bayesian bootstrap)."""
    local: Callable[[int], KnownAbilities]
    """Returns θ + u of a calibrated board, for all models; NaN for a model that is not shared."""


def shared_abilities(calibration: Calibration, scores: pl.DataFrame, matrix: ScoreMatrix, seed: int) -> SharedAbilities:
    """Return the abilities of the models of an added matrix; `scores` are those of all boards.

    The scales of the calibration are linked to the scores first (`link_shifts`), unless they are already.
    """
    today = calibration if calibration.links else calibration.relinked(link_shifts(scores, calibration))
    draws = (calibration.point, *calibration.draws)
    shape = (len(draws), len(matrix.models))
    generator = np.random.default_rng(seed)
    weight = np.vstack([np.ones((1, shape[1])), generator.standard_exponential((shape[0] - 1, shape[1]))])
    mean, variance, prior = (np.full(shape, np.nan) for _ in range(3))
    is_shared = np.zeros(shape[1], dtype=np.bool_)
    own = clean_scores(scores).filter(pl.col("model_id").is_in(list(matrix.models)))
    try:
        scored = calibrated_scores(own, today)
    except UsageError:
        return SharedAbilities(
            draws, is_shared, mean, variance, prior, weight, lambda _: KnownAbilities(mean, variance, weight)
        )
    position = {name: row for row, name in enumerate(matrix.models)}
    rows = np.array([position[name] for name in scored.matrix.models])
    is_shared[rows] = True
    found = draw_posteriors(scored.blocks, draws, scored.seen, today.patterns, (0.0, 1.0))
    centre = np.array([draw.reference_mean for draw in draws])[:, None]
    spread = np.array([draw.reference_deviation for draw in draws])[:, None]
    mean[:, rows] = found.mean * spread + centre
    variance[:, rows] = (found.deviation * spread) ** 2
    prior[:, rows] = [draw.additive_prior.mean(scored.seen) for draw in draws]

    def local(board: int) -> KnownAbilities:
        own_mean, own_variance = mean.copy(), variance.copy()
        for block in scored.blocks:
            if block.board == board:
                y = np.where(block.missing > 0, np.nan, block.y)
                of_models, parameters = rows[block.rows], _parameters(draws, block)
                before = (mean[:, of_models], variance[:, of_models])
                after = local_abilities(BoardScores(y, block.known_variance), parameters, *before)
                own_mean[:, of_models], own_variance[:, of_models] = after
        return KnownAbilities(own_mean, own_variance, weight)

    return SharedAbilities(draws, is_shared, mean, variance, prior, weight, local)


def _parameters(draws: Sequence[Draw], block: BoardBlock) -> BoardParameters:
    """Return the parameters of a calibrated board under all draws."""
    own = [draw.parameters for draw in draws]
    return BoardParameters(
        np.array([one.intercept[block.columns] for one in own]),
        np.array([one.slope[block.columns] for one in own]),
        np.array([one.noise_variance[block.columns] for one in own]),
        np.array([one.board_variance[block.board] for one in own]),
    )
