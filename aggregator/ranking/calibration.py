"""The calibration: the frozen parameters that map scores to abilities, in one small versioned file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.draws import ARRAY_NAMES, Draw
from aggregator.ranking.scales import Scales

FORMAT = 2
"""Version of the file format."""
OLDER_FORMATS = (1,)
"""Formats that `Calibration.load` reads too: format 1 has no layers, no weights and no name."""


@dataclass(frozen=True)
class Calibration:
    """A frozen ability scale: point parameters, bootstrap draws of them, and the data behind them."""

    boards: tuple[str, ...]
    benchmarks: tuple[str, ...]
    board_of: tuple[int, ...]
    """Position in `boards` of each benchmark."""
    scales: Scales
    patterns: tuple[tuple[int, ...], ...]
    """Coverage patterns with a prior of their own, as positions in `boards`."""
    point: Draw
    draws: tuple[Draw, ...]
    cohort: tuple[str, ...]
    """The reference models that fix the scale: their abilities have mean 1000 and standard deviation 100."""
    reference_scores: Floats
    """Cohort × linear benchmarks: the scores at calibration, to which `link_shifts` compares; NaN where missing."""
    n_models: int
    data_hash: str
    """SHA-256 of the sorted scores that were fitted."""
    links: tuple[tuple[str, float], ...] = ()
    """Shifts applied since calibration: `(benchmark, shift in its own unit)`."""
    layers: tuple[int, ...] = ()
    """0 for each benchmark of the fit, k for one of the k-th later addition (`extend`); empty where all are of the fit."""
    weights: tuple[float, ...] = ()
    """Factor on the precision of each benchmark of the fit, below 1 where it is saturated (`aggregator.ranking.health`); the noise
    variances contain it. Empty where all are 1."""
    name: str = ""
    """Name of the edition; empty where nobody gave one."""
    dated: str = ""
    """Date of the scores that were fitted, as YYYY-MM-DD; empty where unknown."""
    optional: Mapping[str, Any] = field(default_factory=dict)
    """Other entries of the header, of any JSON type; the file keeps them."""

    @property
    def linear(self) -> Index:
        """Positions of the benchmarks whose scale has no fixed ends and may drift."""
        return self.scales.linear_positions

    @property
    def is_extra(self) -> Bools:
        """Whether each benchmark is the overall score of a board that has benchmarks too."""
        return self.scales.is_extra(self.board_of)

    @property
    def board_of_benchmarks(self) -> tuple[int, ...]:
        """Position of the board of each benchmark, without those overall scores."""
        return tuple(np.array(self.board_of)[~self.is_extra].tolist())

    @property
    def layer_of(self) -> Index:
        """Layer of each benchmark."""
        return np.array(self.layers or (0,) * len(self.benchmarks), dtype=np.intp)

    @property
    def weight_of(self) -> Floats:
        """Weight of each benchmark."""
        known = np.array(self.weights, dtype=np.float64)
        return np.concatenate([known, np.ones(len(self.benchmarks) - known.size)])

    def counting(self, scores: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of `scores` on which abilities rest; `scores` has qualified names (`clean_scores`).

        These are the scores on benchmarks of the calibration. A model with a score on a benchmark of the fit has no
        other ones, so an addition never moves it; any other model has those of the first addition with a score of it.
        """
        layer = pl.DataFrame({"benchmark": list(self.benchmarks), "_layer": self.layer_of})
        known = scores.join(layer, on="benchmark", maintain_order="left")
        first = pl.col("_layer").min().over("model_id")
        return (known.filter(pl.col("_layer") == first) if self.layers else known).drop("_layer")

    def coverage(self, present: Bools) -> Floats:
        """Return the share of the benchmarks that have a score of each model; `present` is models × benchmarks.

        Benchmarks of later additions than the model's own count neither as present nor as missing.
        """
        last = np.where(present, self.layer_of, 0).max(axis=1, initial=0)
        share: Floats = present.sum(axis=1) / np.count_nonzero(self.layer_of <= last[:, None], axis=1)
        return share

    @property
    def version(self) -> str:
        """Format and the first twelve hexadecimal digits of the SHA-256 of the content."""
        return f"{FORMAT}-{hashlib.sha256(self._payload()).hexdigest()[:12]}"

    def relinked(self, shifts: pl.DataFrame) -> "Calibration":
        """Return the calibration for scores that moved by `shift` (see `link_shifts`) since calibration.

        `shifts` has `benchmark, shift` in the benchmark's own unit; a null shift changes nothing.
        """
        moved = {name: float(shift) for name, shift in shifts.select("benchmark", "shift").drop_nulls().iter_rows()}
        by = np.array([moved.get(name, 0.0) for name in self.benchmarks])
        by[~self.scales.is_linear] = 0.0
        scales = replace(self.scales, low=self.scales.low + by, high=self.scales.high + by)
        return replace(self, scales=scales, links=tuple(sorted(moved.items())))

    def save(self, path: Path) -> None:
        """Write the calibration; the same calibration always gives the same bytes."""
        with path.open("wb") as file:
            self.write(file)

    def write(self, file: BinaryIO) -> None:
        """Write the calibration to an open binary file."""
        np.savez_compressed(file, allow_pickle=False, **self._arrays())

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read a saved calibration.

        Raises `UsageError` when the file is not a calibration or has another format version.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            return _from_arrays(arrays)
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise UsageError(
                f"{path.name} is not a calibration that this version reads: {error}",
                hint="Remove the file, or make one with `metaboard calibrate`.",
            ) from error

    def _payload(self) -> bytes:
        return b"".join(name.encode() + array.tobytes() for name, array in sorted(self._arrays().items()))

    def _header(self) -> dict[str, Any]:
        scales = {name: value if name == "kind" else value.tolist() for name, value in asdict(self.scales).items()}
        return {
            **self.optional,
            "format": FORMAT,
            "boards": self.boards,
            "benchmarks": self.benchmarks,
            "board_of": self.board_of,
            "scales": scales,
            "patterns": self.patterns,
            "cohort": self.cohort,
            "n_models": self.n_models,
            "data_hash": self.data_hash,
            "links": self.links,
            "layers": self.layers,
            "weights": self.weights,
            "name": self.name,
            "dated": self.dated,
        }

    def _arrays(self) -> dict[str, Any]:
        """Return the arrays of the file; draws are rounded to 32 bits."""
        header = np.frombuffer(json.dumps(self._header(), sort_keys=True).encode(), dtype=np.uint8)
        point = {f"point_{name}": np.asarray(value) for name, value in self.point.to_arrays().items()}
        stored = [draw.to_arrays() for draw in self.draws]
        draws = {name: np.array([draw[name] for draw in stored], dtype=np.float32) for name in ARRAY_NAMES}
        return {
            "header": header,
            **point,
            **draws,
            "reference": self.reference_scores,
        }


def _from_arrays(arrays: dict[str, Any]) -> Calibration:
    header = json.loads(arrays["header"].tobytes())
    if header.pop("format") not in (FORMAT, *OLDER_FORMATS):
        raise ValueError(f"its format is not {FORMAT}")
    scales = header.pop("scales")
    kind = scales.pop("kind")
    # Format 1 knows no overall scores.
    without = {name: np.zeros(len(kind)) for name in ("overall", "typical_variance")}
    read = {name: _tuples(header.pop(name)) for name in _PLAIN if name in header}
    return Calibration(
        **read,
        scales=Scales(tuple(kind), **(without | {name: np.array(value) for name, value in scales.items()})),
        point=Draw.from_arrays({name: arrays[f"point_{name}"] for name in ARRAY_NAMES}),
        draws=tuple(
            Draw.from_arrays({name: arrays[name][draw] for name in ARRAY_NAMES})
            for draw in range(arrays[ARRAY_NAMES[0]].shape[0])
        ),
        reference_scores=arrays["reference"],
        optional=header,
    )


_PLAIN = (
    *("boards", "benchmarks", "board_of", "patterns", "cohort", "n_models", "data_hash", "links"),
    *("layers", "weights", "name", "dated"),
)
"""Fields of `Calibration` that stand in the header as they are."""


def _tuples(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with tuples in place of lists."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
