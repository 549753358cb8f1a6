"""The scores that the comparisons with other ranking methods use: all llm boards, and the matrix of Epoch AI.

`read_field` takes a home with a generation, or a folder of recorded leaderboards, which it refreshes into a temporary home.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from aggregator.model import Track
from aggregator.pipeline.calibrations import RankScores
from aggregator.pipeline.overall_scores import NAME as OVERALL
from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.domains import with_domain_variances
from aggregator.ranking.scales import benchmark_metadata
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix
from flows.refresh import RefreshOptions, refresh
from flows.runners import DirectRunner

EDITION = re.compile(r"_20\d\d_\d\d$")
"""The end of the id of a board that is one dated edition of another board."""
EPOCH_MIN_MODELS, EPOCH_MIN_BENCHMARKS = 8, 3
"""Fewest models of a benchmark, and benchmarks of a model, in the matrix of Epoch."""
EPOCH_SCORES = """
select
    regexp_replace(s.raw_name, '_(minimal|low|medium|high|xhigh|max|thinking|[0-9]+[kK])$', '') as model_id,
    'epoch' as board,
    'epoch/' || split_part(b.benchmark, '/', 2) as benchmark,
    max((s.score - b.scale_low) / (b.scale_high - b.scale_low)) as score,
    0.0 as scale_low,
    1.0 as scale_high,
    any_value(b.n_items) as n_items
from scores as s
inner join benchmarks as b using (benchmark)
where s.source in ('epoch_external', 'epoch_runs') and b.scale_low = 0 and b.scale_high in (1, 100)
group by all
order by all
"""


@dataclass(frozen=True)
class FieldData:
    """The scores to compare methods on."""

    scores: pl.DataFrame
    """Long frame as for `aggregator.rank`: the llm boards of the rank, models that can have a rank, each result once."""
    with_overall: pl.DataFrame
    """The same with the overall scores that boards publish next to their benchmarks, as the ability reads them."""
    domain_of: Mapping[str, str | None]
    """The domain of each benchmark."""
    epoch: pl.DataFrame
    """Long frame of Epoch's collection, scores 0–1; see `epoch_matrix`."""

    def calibrate(self, scores: pl.DataFrame, *, draws: int, seed: int = 0) -> Calibration:
        """Calibrate as `metaboard calibrate` does; `scores` are rows of `with_overall`."""
        return with_domain_variances(scores, calibrate(scores, draws=draws, seed=seed), self.domain_of)


def read_field(folder: Path) -> FieldData:
    """Read the scores of a home, or of a folder of recordings."""
    if (folder / "current").exists():
        return _read_home(folder)
    with tempfile.TemporaryDirectory() as home:
        progress(f"refreshing {folder} into a temporary home")
        refresh(RefreshOptions(home=Path(home), mirror=str(folder.resolve())), DirectRunner(lambda _: None))
        return _read_home(Path(home))


def _read_home(home: Path) -> FieldData:
    database = home / "current" / "metaboard.duckdb"
    ranked = RankScores.read(database)
    whole = without_categories(ranked.tables[Track.LLM])
    with duckdb.connect(str(database), read_only=True) as connection:
        epoch = connection.sql(EPOCH_SCORES).pl()
    is_added = pl.col("benchmark").str.ends_with(f"/{OVERALL}")
    return FieldData(whole.filter(~is_added), whole, ranked.domain_of, epoch_matrix(epoch))


def epoch_matrix(scores: pl.DataFrame) -> pl.DataFrame:
    """Keep benchmarks with enough models and models with enough benchmarks, until all that is left has enough.

    The scores are Epoch's own evaluations and its collection of external ones: one column per benchmark whose score is a
    share, the name of the model without its setting, and the best of its scores.
    """
    while True:
        kept = scores.filter(pl.len().over("benchmark") >= EPOCH_MIN_MODELS)
        kept = kept.filter(pl.len().over("model_id") >= EPOCH_MIN_BENCHMARKS)
        if kept.height == scores.height:
            return kept
        scores = kept


def without_categories(scores: pl.DataFrame) -> pl.DataFrame:
    """Leave out the other columns of a board with an overall column: a hidden cell of it would be known from them."""
    kept = score_matrix(scores).without_categories().benchmarks
    return scores.filter(pl.col("benchmark").is_in(list(kept)))


def editions_of(board: str, boards: list[str]) -> list[str]:
    """Return the board with its other editions, which share models and questions with it."""
    return [other for other in boards if EDITION.sub("", other) == EDITION.sub("", board)]


def shares(scores: pl.DataFrame, matrix: ScoreMatrix) -> tuple[Floats, Floats, Floats]:
    """Return the scores of a matrix on 0–1, more is better, and the offset and unit of each benchmark.

    score = offset + unit * share. The ends are those of the scale; the ends of the observed scores where the scale has
    none (a rating), or where scores lie outside.
    """
    known = benchmark_metadata(clean_scores(scores), matrix.benchmarks)
    least, most = np.nanmin(matrix.score, axis=0), np.nanmax(matrix.score, axis=0)
    fits = (known["scale_low"] <= least) & (known["scale_high"] >= most)
    low, high = np.where(fits, known["scale_low"], least), np.where(fits, known["scale_high"], most)
    down = matrix.sign < 0
    offset = np.where(down, high, low)
    unit = np.where(high > low, high - low, 1.0) * np.where(down, -1.0, 1.0)
    return (matrix.score - offset) / unit, offset, unit


def choose_cells(model: Index, share: float, generator: np.random.Generator) -> Index:
    """Return the positions of `share` of the cells, at random, so that every model keeps a cell.

    `model` is the position of the model of each cell.
    """
    order = generator.permutation(model.size)
    left = np.bincount(model)
    chosen: list[int] = []
    for cell in order:
        if len(chosen) >= round(share * model.size):
            break
        if left[model[cell]] > 1:
            left[model[cell]] -= 1
            chosen.append(int(cell))
    return np.sort(np.array(chosen, dtype=np.intp))


def progress(text: str) -> None:
    """Print a line on stderr."""
    print(text, file=sys.stderr, flush=True)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the arguments of all comparisons: a folder, `--seed` and `--json`."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="HOME|RECORDINGS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser
