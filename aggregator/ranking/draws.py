"""One draw of the calibration: latent-model parameters with priors and display scale, as objects and as file arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.coverage_priors import AdditivePrior
from aggregator.ranking.latent_model import Parameters

ARRAY_NAMES = ("alpha", "slope", "noise", "board", "mean", "variance", "base", "steps", "spare", "centre", "spread")
"""Names of the arrays in the file, in the order in which they are written."""


@dataclass(frozen=True)
class Draw:
    """One set of parameters with all that turns transformed scores into displayed abilities."""

    parameters: Parameters
    additive_prior: AdditivePrior
    """Prior mean of a coverage pattern without a prior of its own."""
    unseen_variance: float
    """Prior variance of a coverage pattern without a prior of its own."""
    reference_mean: float
    reference_deviation: float
    """Displayed ability = 1000 + 100 (θ - `reference_mean`) / `reference_deviation`."""

    def with_priors(self, pattern: Index, seen: Bools) -> tuple[Parameters, Index]:
        """Return parameters with one prior per model and each model's position, as `posterior` reads them.

        `pattern` is the position of each model's coverage pattern among those with a prior of their own, -1 for any
        other pattern; that one gets the additive prior of its boards (`seen`, models × boards) and the wider variance.
        """
        own = self.parameters
        has_own, any_own = pattern >= 0, own.prior_mean.size > 0
        mean = np.where(has_own, own.prior_mean[pattern] if any_own else 0.0, self.additive_prior.mean(seen))
        variance = np.where(has_own, own.prior_variance[pattern] if any_own else 1.0, self.unseen_variance)
        return replace(own, prior_mean=mean, prior_variance=variance), np.arange(pattern.size)

    def to_arrays(self) -> dict[str, Floats | float]:
        """Return the numbers of the draw under their names in the file."""
        own = self.parameters
        values = (
            own.intercept,
            own.slope,
            own.noise_variance,
            own.board_variance,
            own.prior_mean,
            own.prior_variance,
            self.additive_prior.base,
            self.additive_prior.board_terms,
            self.unseen_variance,
            self.reference_mean,
            self.reference_deviation,
        )
        return dict(zip(ARRAY_NAMES, values, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats | np.float64]) -> "Draw":
        """Build a draw from the arrays of `to_arrays`, of any float type."""
        wide = {name: np.asarray(arrays[name], dtype=np.float64) for name in ARRAY_NAMES}
        return cls(
            parameters=Parameters(*(wide[name] for name in ARRAY_NAMES[:6])),
            additive_prior=AdditivePrior(float(wide["base"]), wide["steps"]),
            unseen_variance=float(wide["spare"]),
            reference_mean=float(wide["centre"]),
            reference_deviation=float(wide["spread"]),
        )

    def followed_by(self, added: Parameters, board_terms: Floats) -> "Draw":
        """Return the draw with further benchmarks, boards and coverage patterns at the end of its arrays.

        `board_terms` are the terms of the added boards in the additive prior.
        """
        own, additive = self.parameters, self.additive_prior
        names = [field.name for field in fields(Parameters)]
        parameters = Parameters(**{name: np.r_[getattr(own, name), getattr(added, name)] for name in names})
        return replace(
            self,
            parameters=parameters,
            additive_prior=replace(additive, board_terms=np.r_[additive.board_terms, board_terms]),
        )

    def rounded(self) -> "Draw":
        """Round to the 32-bit floats of the file, so that a saved calibration scores as the one in memory."""
        return self.from_arrays({name: np.asarray(value, dtype=np.float32) for name, value in self.to_arrays().items()})
