"""How many boards the first releases stand on, and whether one board alone says the same as the others.

    python -m benchmarks.first_hundred HOME [--first 100] [--list]

HOME has a generation of all boards. Prints how many of the first releases of the llm track are on two boards or more and
on three or more, and on which boards the others stand alone. Then, for each board, every release that three other boards
also list is scored twice: from that board alone, and from all others. The mean difference of the best fifteen shows
whether places that rest on one board are too high; the standard deviation is compared with the one that both intervals
state together.
"""

import argparse
from collections import Counter
from pathlib import Path

import duckdb
import polars as pl
from threadpoolctl import threadpool_limits

from aggregator.model import Track
from aggregator.pipeline import score
from aggregator.pipeline.calibrations import calibration_paths, load_calibrations
from aggregator.pipeline.release_scores import release_scores, representatives
from aggregator.ranking import Calibration
from aggregator.ranking.ability import abilities

MIN_OTHER_BOARDS = 3
MIN_RELEASES = 15
INTERVAL_TO_DEVIATION = 2 * 1.644854
"""Width of a 90 % interval in standard deviations."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--list", action="store_true", help="print each of the first releases with its boards")
    given = parser.parse_args()
    with duckdb.connect(str(given.home / "current" / "metaboard.duckdb"), read_only=True) as connection:
        print_first(connection, given.first, listed=given.list)
        print_board_checks(connection, load_calibrations(calibration_paths(given.home))[Track.LLM])


def print_first(connection: duckdb.DuckDBPyConnection, first: int, *, listed: bool) -> None:
    rows = connection.execute(
        "select rank, release_id, on_boards from releases where track = 'llm' and rank <= $first order by rank",
        {"first": first},
    ).fetchall()
    for rank, release, boards in rows if listed else []:
        print(f"{rank:4} {release}: {', '.join(boards)}")
    for least in (2, 3):
        print(f"on {least} boards or more: {sum(len(boards) >= least for *_, boards in rows)} of {len(rows)}")
    alone = Counter(boards[0] for *_, boards in rows if len(boards) == 1)
    print(f"on one board: {', '.join(f'{board} {count}' for board, count in alone.most_common())}\n")


def print_board_checks(connection: duckdb.DuckDBPyConnection, calibration: Calibration) -> None:
    scores = connection.sql(score.SCORES).pl().filter(pl.col("track") == "llm", ~pl.col("is_unranked"))
    scores = scores.drop("track", "is_unranked")
    members, places = connection.sql(score.MEMBERS).pl(), connection.sql(score.PLACES).pl()
    pooled = release_scores(scores, members, places)
    chosen = representatives(scores, members, pooled)
    releases = pl.concat([scores, pooled]).join(chosen, on="model_id").with_columns(model_id="release_id")
    print(f"{'board':<28} {'releases':>8} {'best 15':>8} {'all':>6} {'deviation':>10} {'stated':>7}")
    for board in releases["board"].unique().sort():
        print_board_check(board, releases.drop("release_id"), calibration)


def print_board_check(board: str, releases: pl.DataFrame, calibration: Calibration) -> None:
    others = releases.filter(pl.col("board") != board).group_by("model_id").agg(boards=pl.col("board").n_unique())
    wanted = others.filter(pl.col("boards") >= MIN_OTHER_BOARDS)
    tested = releases.filter(pl.col("board") == board).join(wanted, on="model_id", how="semi")["model_id"].unique()
    if tested.len() < MIN_RELEASES:
        return
    here = releases.filter(pl.col("model_id").is_in(tested.implode()))
    is_board = pl.col("board") == board
    halves = here.with_columns(
        model_id=pl.when(is_board).then(pl.lit("one:")).otherwise(pl.lit("rest:")) + pl.col("model_id")
    )
    with threadpool_limits(limits=1, user_api="blas"):
        table = abilities(pl.concat([releases, halves]), calibration).table()
    table = table.with_columns(deviation=(pl.col("ability_high") - pl.col("ability_low")) / INTERVAL_TO_DEVIATION)
    one, rest = (
        table.filter(pl.col("model_id").str.starts_with(half)).with_columns(pl.col("model_id").str.strip_prefix(half))
        for half in ("one:", "rest:")
    )
    both = one.join(rest, on="model_id", suffix="_rest").sort("ability", descending=True)
    both = both.with_columns(
        difference=pl.col("ability_rest") - pl.col("ability"),
        stated=(pl.col("deviation") ** 2 + pl.col("deviation_rest") ** 2).sqrt(),
    )
    best, mean = (frame.select(pl.col("difference").mean()).item() for frame in (both.head(MIN_RELEASES), both))
    spread, stated = both.select(pl.col("difference").std(), pl.col("stated").mean()).row(0)
    print(f"{board:<28} {both.height:8} {best:8.1f} {mean:6.1f} {spread:10.1f} {stated:7.1f}")


if __name__ == "__main__":
    main()
