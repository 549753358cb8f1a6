"""What scores say of models: the step between the joined tables and the combined ones."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import polars as pl

from aggregator.errors import StorageError
from aggregator.model import Track
from aggregator.ranking import Calibration

Query = Callable[[str], pl.DataFrame]

SCORES = """
select
    s.model_id,
    s.source as board,
    s.benchmark,
    s.score,
    -- The boards publish 95 % intervals.
    (s.score_high - s.score_low) / (2 * 1.959964) as standard_error,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance
from scores as s
inner join benchmarks as b using (benchmark)
inner join sources as o on o.source = s.source
inner join models as m using (model_id)
where o.in_rank and o.track = m.track and m.track = '{track}'
order by s.benchmark, s.model_id
"""


def calibration(track: Track, folder: Path | None = None) -> Calibration:
    """Return the shipped calibration of a track, or the one in `folder`."""
    path = (folder or Path(str(files("aggregator"))) / "calibrations") / f"{track}.json"
    if not path.is_file():
        raise StorageError(f"no calibration at {path}", hint="Run `metaboard calibrate`.")
    return Calibration.load(path)
