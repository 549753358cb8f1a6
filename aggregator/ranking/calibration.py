"""The calibration: the frozen parameters that map scores to abilities, in one small versioned file."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.draws import ARRAY_NAMES, Draw
from aggregator.ranking.scales import Scales

FORMAT = 1
"""Version of the file format; `Calibration.load` refuses any other."""


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
    normal_deviates: Floats
    """One standard normal deviate per draw, for the posterior deviation of a model around its mean."""
    cohort: tuple[str, ...]
    """The reference models that fix the scale: their abilities have mean 1000 and standard deviation 100."""
    reference_scores: Floats
    """Cohort × linear benchmarks: the scores at calibration, to which `link_shifts` compares; NaN where missing."""
    n_models: int
    data_hash: str
    """SHA-256 of the sorted scores that were fitted."""
    links: tuple[tuple[str, float], ...] = ()
    """Shifts applied since calibration: `(benchmark, shift in its own unit)`."""

    @property
    def linear(self) -> Index:
        """Positions of the benchmarks whose scale has no fixed ends and may drift."""
        return self.scales.linear_positions

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
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise UsageError(
                f"{path.name} is not a calibration that this version reads: {error}",
                hint="Make one with `metaboard calibrate`.",
            ) from error

    def _payload(self) -> bytes:
        return b"".join(name.encode() + array.tobytes() for name, array in sorted(self._arrays().items()))

    def _header(self) -> dict[str, Any]:
        scales = {name: value if name == "kind" else value.tolist() for name, value in asdict(self.scales).items()}
        return {
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
            "deviates": self.normal_deviates,
            "reference": self.reference_scores,
        }


def _from_arrays(arrays: dict[str, Any]) -> Calibration:
    header = json.loads(arrays["header"].tobytes())
    if header["format"] != FORMAT:
        raise ValueError(f"its format is {header['format']}, this version reads {FORMAT}")
    kind = header["scales"].pop("kind")
    scales = {name: np.array(value) for name, value in header["scales"].items()}
    n_draws = arrays["deviates"].size
    return Calibration(
        boards=tuple(header["boards"]),
        benchmarks=tuple(header["benchmarks"]),
        board_of=tuple(header["board_of"]),
        scales=Scales(tuple(kind), **scales),
        patterns=tuple(tuple(pattern) for pattern in header["patterns"]),
        point=Draw.from_arrays({name: arrays[f"point_{name}"] for name in ARRAY_NAMES}),
        draws=tuple(Draw.from_arrays({name: arrays[name][draw] for name in ARRAY_NAMES}) for draw in range(n_draws)),
        normal_deviates=arrays["deviates"],
        cohort=tuple(header["cohort"]),
        reference_scores=arrays["reference"],
        n_models=header["n_models"],
        data_hash=header["data_hash"],
        links=tuple((name, shift) for name, shift in header["links"]),
    )
