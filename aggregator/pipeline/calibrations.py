"""Find, load and refit the calibrations: the frozen parameters that map the scores of a track to abilities."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from aggregator import warehouse
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.pipeline.calibration_editions import (
    EDITIONS,
    MOVES,
    choose_name,
    describe_change,
    describe_moves,
    edition,
    model_moves,
    read_editions,
    read_moves,
    write_editions,
)
from aggregator.pipeline.domain_tables import DOMAINS
from aggregator.pipeline.overall_scores import OVERALL_SCORES, measured_scores
from aggregator.pipeline.score import SCORES, Query
from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.connectivity import UnlinkedError
from aggregator.ranking.domains import with_domain_variances
from aggregator.ranking.extend import MIN_SHARED, extend, shared_models
from aggregator.store.files import storage_errors

SHIPPED = Path(str(files("aggregator.ranking"))) / "calibrations"
SHIPPED_NAME = "shipped"
"""Name of a calibration without one."""
DRAWS = 500
NOT_WRITTEN = (
    "The generations are unchanged. Check the permissions and the free space, or give another folder with --to."
)


def calibration_path(folder: Path, track: Track) -> Path:
    """Return the file of one track in a folder of calibrations."""
    return folder / f"{track}.npz"


def calibration_paths(home: Path) -> dict[Track, Path]:
    """Return the calibration file of each track: from `HOME/calibrations` if it is there, else the shipped one."""
    own = home / "calibrations"
    return {
        track: calibration_path(own if calibration_path(own, track).is_file() else SHIPPED, track) for track in Track
    }


def load_calibrations(paths: Mapping[Track, Path]) -> dict[Track, Calibration]:
    """Load the calibration of each track; raises `UsageError` for a file that is not a calibration."""
    return {track: Calibration.load(path) for track, path in paths.items()}


def edition_folder(home: Path) -> Path:
    """Return the folder whose editions are those of the calibrations in use."""
    own = home / "calibrations"
    return own if any(calibration_path(own, track).is_file() for track in Track) else SHIPPED


def edition_files(home: Path) -> list[Path]:
    """Return the file about the editions of the calibrations in use; an empty list if there is none."""
    path = edition_folder(home) / EDITIONS
    return [path] if path.is_file() else []


@dataclass(frozen=True)
class RankScores:
    """The scores of the ranked models that a calibration is fitted to."""

    tables: Mapping[Track, pl.DataFrame]
    domain_of: Mapping[str, str | None]
    dated: str
    """Latest publish date of a leaderboard in the rank, as YYYY-MM-DD."""

    @classmethod
    def read(cls, database: Path) -> "RankScores":
        """Read them from the DuckDB file of a generation."""
        with warehouse.open_read_only(database) as connection:
            scores, overall = (
                connection.sql(query).pl().filter(~pl.col("is_unranked")).drop("is_unranked")
                for query in (SCORES, OVERALL_SCORES)
            )
            domain_of = dict(connection.sql(DOMAINS).fetchall())
            (dated,) = connection.sql("select max(published_on) from sources where in_rank").fetchall()[0]
        tables = {track: scores.filter(pl.col("track") == track.value).drop("track") for track in Track}
        return cls(measured_scores(tables, overall), domain_of, str(dated))


def recalibrate(
    database: Path,
    folder: Path,
    log: Callable[[str], None],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    name: str | None = None,
) -> dict[Track, Calibration]:
    """Fit the calibration of each track to the ranked models of `database` and write it to `folder` as a new edition.

    The folder then has the list of editions, and how far each model moved from the calibration that was in it, else
    from the shipped one. Raises `UsageError` for a name that is taken, for a track with too few models, or when no
    model links its boards. Nothing is written then.
    """
    scores, editions, before = RankScores.read(database), read_editions(folder), _former(folder)
    name = choose_name(editions, name, scores.dated)
    fitted, moves, report = {}, [], {}
    for track in Track:
        log(f"fitting {track} with {draws} draws …")
        table = scores.tables[track]
        try:
            found = calibrate(table, draws=draws, seed=seed, name=name, dated=scores.dated)
            fitted[track] = with_domain_variances(table, found, scores.domain_of)
        except UnlinkedError as cause:
            raise UsageError(f"{track}: {cause}", hint="Refresh with all boards of the track first.") from cause
        moves.append(model_moves(track, name, table, before[track], fitted[track]))
        report[track] = describe_change(before[track], fitted[track]) | {"moves": describe_moves(moves[-1])}
    follows = next((found.name for found in before.values() if found), "")
    with storage_errors(f"write the calibrations in {folder}", hint=NOT_WRITTEN):
        _save(folder, fitted)
        write_editions(folder, [*editions, edition(name, scores.dated, "fit", follows, report)])
        pl.concat(moves).write_parquet(folder / MOVES)
    for track in Track:
        for line in _report_lines(track, report[track]):
            log(line)
    return fitted


def add_boards(
    database: Path, folder: Path, home: Path, log: Callable[[str], None], *, boards: Collection[str] = (), seed: int = 0
) -> dict[Track, Calibration]:
    """Add leaderboards to the calibrations of `home` and write them to `folder`; no model that they measure moves.

    Without `boards`: every leaderboard of the rank with benchmarks outside the calibration, but those that share too
    few models, which are logged. Returns the calibrations that changed. Raises `UsageError` for a board with nothing
    to add, and `TooFewSharedError`.
    """
    scores, calibrations = RankScores.read(database), load_calibrations(calibration_paths(home))
    editions, possible = read_editions(edition_folder(home)), {}
    for track, calibration in calibrations.items():
        if scores.tables[track].height:
            possible[track] = shared_models(calibration, scores.tables[track])
    if unknown := sorted(set(boards) - {board for found in possible.values() for board in found}):
        raise UsageError(
            f"{', '.join(unknown)}: the rank has no scores on benchmarks outside the calibration",
            hint="`metaboard boards` lists the leaderboards, and which of them are in the rank.",
        )
    changed, report = {}, {}
    for track, shared in possible.items():
        few = [board for board, count in shared.items() if count < MIN_SHARED and board not in boards]
        for board in few if not boards else ():
            log(
                f"{board}: left out; it shares {shared[board]} models with the calibrated leaderboards ({MIN_SHARED} are needed)"
            )
        wanted = [board for board in shared if (board in boards if boards else board not in few)]
        extended = extend(calibrations[track], scores.tables[track], boards=wanted, seed=seed)
        if extended is not calibrations[track]:
            layer = int(extended.layer_of.max())
            changed[track] = replace(
                extended, name=f"{calibrations[track].name.partition('+')[0] or SHIPPED_NAME}+{layer}"
            )
            report[track] = describe_change(calibrations[track], changed[track])
            report[track]["shared_models"] = {board: shared[board] for board in wanted}
            log(f"{track}: added {', '.join(wanted)}; no model of the other leaderboards moves")
    if changed:
        follows = next(calibrations[track].name for track in changed)
        entry = edition(next(iter(changed.values())).name, scores.dated, "addition", follows, report)
        moves = read_moves(edition_folder(home))
        with storage_errors(f"write the calibrations in {folder}", hint=NOT_WRITTEN):
            _save(folder, changed)
            write_editions(folder, [*editions, entry])
            moves.write_parquet(folder / MOVES)
    return changed


def warn_uncalibrated(query: Query, calibrations: Mapping[Track, Calibration], log: Callable[[str], None]) -> None:
    """Log which leaderboards of the rank have no benchmark in a calibration, and the command that adds them."""
    measured = query(f"select distinct board, benchmark from ({SCORES}) where not is_unranked")  # noqa: S608 - a constant
    known = {benchmark for calibration in calibrations.values() for benchmark in calibration.benchmarks}
    found = measured.group_by("board").agg(is_known=pl.col("benchmark").is_in(list(known)).any())
    if boards := sorted(found.filter(~pl.col("is_known"))["board"].to_list()):
        log(
            f"{', '.join(boards)}: in the rank, but without effect; `metaboard calibrate --add {' '.join(boards)}` adds "
            "its scores and moves no model of the other leaderboards"
        )


def _former(folder: Path) -> dict[Track, Calibration | None]:
    """Return the calibrations of `folder`, else the shipped ones; None for a file that this version does not read."""
    found: dict[Track, Calibration | None] = {}
    for track in Track:
        own = calibration_path(folder, track)
        try:
            found[track] = Calibration.load(own if own.is_file() else calibration_path(SHIPPED, track))
        except UsageError:
            found[track] = None
    return found


def _save(folder: Path, calibrations: Mapping[Track, Calibration]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for track, calibration in calibrations.items():
        calibration.save(calibration_path(folder, track))


def _report_lines(track: Track, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person should know about the new calibration of one track."""
    models, cohort = f"{report['n_models']:,} models", f"cohort of {report['n_cohort']:,}"
    yield f"{track}: {models}, {report['n_benchmarks']} benchmarks, {cohort}"
    for name, words in (("boards_added", "added"), ("boards_removed", "removed")):
        if report[name]:
            yield f"{track}: leaderboards {words}: {', '.join(report[name])}"
    if report["lowered"]:
        yield f"{track}: saturated benchmarks, with less weight: {', '.join(report['lowered'])}"
    moves = report["moves"]
    if moves["n_models"]:
        yield (
            f"{track}: the scale moved by {moves['shift']:+} points; around that, {moves['n_models']:,} models moved by "
            f"{moves['median']} in the median and {moves['largest']} at most; Kendall's τ of the two orders is {moves['kendall']}"
        )
