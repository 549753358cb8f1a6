"""The calibration: everything that scoring a model needs, in one small versioned file."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.latent import Index, Parameters
from aggregator.ranking.scales import LINEAR, Scales
from aggregator.ranking.score_matrix import Bools, Floats

FORMAT = 1
"""Version of the file; a reader refuses any other."""
ARRAYS = ("alpha", "slope", "noise", "board", "mean", "variance", "base", "steps", "spare", "centre", "spread")


@dataclass(frozen=True)
class Draw:
    """One set of parameters with all that turns scores into displayed abilities."""

    at: Parameters
    base: float
    """Expected ability of a pattern without boards; `steps` is what each board adds."""
    steps: Floats
    spare: float
    """Prior variance of a model whose pattern the calibration never saw."""
    centre: float
    spread: float
    """Displayed ability = 1000 + 100 (θ - centre) / spread."""

    def with_priors(self, pattern: Index, seen: Bools) -> tuple[Parameters, Index]:
        """Give every model its own prior, in the form that `posterior` reads.

        `pattern` is the position of each model's set of boards among those with a prior of their own, -1 for
        any other set; that one gets what its boards (`seen`, models × boards) add up to, and the wider variance.
        """
        other = pattern < 0
        any_own = self.at.mean.size > 0
        mean = np.where(other, self.base + seen @ self.steps, self.at.mean[pattern] if any_own else 0.0)
        variance = np.where(other, self.spare, self.at.variance[pattern] if any_own else 1.0)
        return replace(self.at, mean=mean, variance=variance), np.arange(pattern.size)


@dataclass(frozen=True)
class Calibration:
    """A frozen ability scale: point parameters, bootstrap draws of them, and what they rest on."""

    boards: tuple[str, ...]
    benchmarks: tuple[str, ...]
    board_of: tuple[int, ...]
    """Position in `boards` of each benchmark."""
    scales: Scales
    patterns: tuple[tuple[int, ...], ...]
    """Coverage patterns with a prior of their own, as positions in `boards`."""
    point: Draw
    draws: tuple[Draw, ...]
    deviates: Floats
    """One standard normal deviate per draw, which adds the scatter of a model around its mean."""
    cohort: tuple[str, ...]
    """The reference models that hold the scale: their abilities have mean 1000 and standard deviation 100."""
    reference: Floats
    """Cohort × benchmarks without two ends: the scores that the scale was linked by, NaN where none."""
    n_models: int
    data_hash: str
    """Sha256 of the sorted scores that were fitted."""
    links: tuple[tuple[str, float], ...] = ()
    """Shifts applied since calibration: `(benchmark, shift in its own unit)`."""

    @property
    def linear(self) -> Index:
        """Positions of the benchmarks whose scale has no two ends and may drift."""
        return np.flatnonzero(np.array(self.scales.kind) == LINEAR)

    @property
    def version(self) -> str:
        """A short name for exactly this calibration: format and the head of a hash over its content."""
        return f"{FORMAT}-{hashlib.sha256(self._payload()).hexdigest()[:12]}"

    def relinked(self, shifts: pl.DataFrame) -> "Calibration":
        """Return the calibration for scores that have moved by `shift` (see `link_shifts`) since it was made.

        `shifts` has `benchmark, shift` in the benchmark's own unit; null shifts move nothing.
        """
        moved = {name: float(shift) for name, shift in shifts.select("benchmark", "shift").drop_nulls().iter_rows()}
        by = np.array([moved.get(name, 0.0) for name in self.benchmarks])
        by[[kind != LINEAR for kind in self.scales.kind]] = 0.0
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

        Raises `UsageError` when the file is no calibration or of another format version.
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
        header = np.frombuffer(json.dumps(self._header(), sort_keys=True).encode(), dtype=np.uint8)
        point = {f"point_{name}": np.asarray(_field(self.point, name)) for name in ARRAYS}
        draws = {name: np.array([_field(draw, name) for draw in self.draws], dtype=np.float32) for name in ARRAYS}
        return {"header": header, **point, **draws, "deviates": self.deviates, "reference": self.reference}


def _field(draw: Draw, name: str) -> Any:  # noqa: ANN401 - a float or an array, whichever the field is
    return getattr(draw.at, name) if hasattr(draw.at, name) else getattr(draw, name)


def _draw(fields: dict[str, Any]) -> Draw:
    wide = {name: np.asarray(value, dtype=np.float64) for name, value in fields.items()}
    at = Parameters(*(wide[name] for name in ARRAYS[:6]))
    one = {name: float(wide[name]) for name in ("base", "spare", "centre", "spread")}
    return Draw(at, one["base"], wide["steps"], one["spare"], one["centre"], one["spread"])


def _from_arrays(arrays: dict[str, Any]) -> Calibration:
    header = json.loads(arrays["header"].tobytes())
    if header["format"] != FORMAT:
        raise ValueError(f"its format is {header['format']}, this version reads {FORMAT}")
    kind = header["scales"].pop("kind")
    scales = {name: np.array(value) for name, value in header["scales"].items()}
    count = arrays["deviates"].size
    return Calibration(
        boards=tuple(header["boards"]),
        benchmarks=tuple(header["benchmarks"]),
        board_of=tuple(header["board_of"]),
        scales=Scales(tuple(kind), **scales),
        patterns=tuple(tuple(pattern) for pattern in header["patterns"]),
        point=_draw({name: arrays[f"point_{name}"] for name in ARRAYS}),
        draws=tuple(_draw({name: arrays[name][draw] for name in ARRAYS}) for draw in range(count)),
        deviates=arrays["deviates"],
        cohort=tuple(header["cohort"]),
        reference=arrays["reference"],
        n_models=header["n_models"],
        data_hash=header["data_hash"],
        links=tuple((name, shift) for name, shift in header["links"]),
    )


def narrowed(draw: Draw) -> Draw:
    """Round a draw to what the file keeps, so that a saved calibration scores as the one in memory."""
    return _draw({name: np.asarray(_field(draw, name), dtype=np.float32) for name in ARRAYS})


def pattern_positions(seen: Bools, patterns: tuple[tuple[int, ...], ...]) -> Index:
    """Return the position of each model's set of boards (models × boards) in `patterns`, -1 for a set not there."""
    place = {pattern: position for position, pattern in enumerate(patterns)}
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    positions = np.array([place.get(tuple(np.flatnonzero(kind).tolist()), -1) for kind in kinds], dtype=np.intp)
    found: Index = positions[which.reshape(-1)]
    return found
