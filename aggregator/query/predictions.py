"""Read the measured and predicted scores of one model, and the predicted scores of one leaderboard."""

from collections.abc import Sequence

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows

_CELLS = """
with chosen as (
    select b.benchmark, b.source as board, o.priority, o.in_rank
    from benchmarks as b
    inner join sources as o on o.source = b.source
    inner join models as m on m.track = o.track
    where m.model_id = $model_id
    union
    select p.benchmark, p.board, o.priority, o.in_rank
    from predictions as p
    inner join sources as o on o.source = p.board
    where p.model_id = $model_id
),

measured as (
    select
        benchmark,
        avg(score) as score,
        bool_and(coalesce(measured_by = 'self_reported', false)) as is_self_reported
    from scores
    where model_id = $model_id
    group by benchmark
)

select c.benchmark, c.board, s.score, s.is_self_reported, p.predicted, p.low, p.high
from chosen as c
left join measured as s on s.benchmark = c.benchmark
left join predictions as p on p.benchmark = c.benchmark and p.model_id = $model_id
where
    if(
        $all_of_rank,
        c.in_rank and (
            c.benchmark in (select q.benchmark from prediction_quality as q)
            or not exists (
                select 1 from prediction_quality as q where split_part(q.benchmark, '/', 1) = c.board
            )
        ),
        list_contains($benchmarks, c.benchmark)
    )
order by c.priority, c.benchmark
"""

_BENCHMARKS = """
select benchmark from benchmarks
union
select benchmark from prediction_quality
order by benchmark
"""


def choose_benchmarks(connection: Connection, texts: Sequence[str]) -> list[str]:
    """Return the benchmarks whose id, or whose name after the leaderboard, is a text or begins with it.

    The whole id or name is preferred to a beginning; case does not count. Raises `UsageError` for a text without a match.
    """
    known = [str(row["benchmark"]) for row in fetch_rows(connection, _BENCHMARKS)]
    chosen: dict[str, None] = {}
    for text in texts:
        start = text.strip().lower()
        names = {name: (name.lower(), name.lower().partition("/")[2]) for name in known}
        found = [name for name, both in names.items() if start in both]
        if not found and start:
            found = [name for name, both in names.items() if any(one.startswith(start) for one in both)]
        if not found:
            raise UsageError(
                f"no benchmark is or begins with {text!r}",
                hint="`metaboard sql 'select benchmark from benchmarks'` lists them.",
            )
        chosen |= dict.fromkeys(found)
    return list(chosen)


def read_cells(connection: Connection, model_id: str, benchmarks: Sequence[str] | None) -> list[Row]:
    """Return `benchmark, board, score, is_self_reported, predicted, low, high` of the benchmarks.

    Each has a score, a prediction or neither.
    Without benchmarks: the main ones of the leaderboards in the combined rank.
    """
    values = {"model_id": model_id, "all_of_rank": benchmarks is None, "benchmarks": list(benchmarks or ())}
    return fetch_rows(connection, _CELLS, values)


_OVERALL = """
select benchmark from prediction_quality
where split_part(benchmark, '/', 1) = $board
-- The overall score, or the only benchmark of the leaderboard.
order by split_part(benchmark, '/', 2) in ('overall', '(overall)') desc, benchmark
"""

_PREDICTED = """
select p.model_id, p.predicted as estimate, p.low, p.high
from predictions as p
where p.benchmark = $benchmark
order by if($higher_is_better, -p.predicted, p.predicted), p.model_id
limit $n
"""


def overall_benchmark(connection: Connection, board: str) -> str:
    """Return the benchmark with the overall score of a leaderboard; raises `UsageError` when there is none."""
    found = [str(row["benchmark"]) for row in fetch_rows(connection, _OVERALL, {"board": board})]
    is_overall = bool(found) and found[0].partition("/")[2].strip("()") == "overall"
    if is_overall or len(found) == 1:
        return found[0]
    boards = fetch_rows(connection, "select source from sources where in_rank and track = 'llm' order by source")
    known = ", ".join(str(row["source"]) for row in boards)
    if board in known.split(", "):
        raise UsageError(
            f"no overall score of {board} is predicted: it has none, or too few models are on other leaderboards too",
            hint="`metaboard predict MODEL` predicts its benchmarks.",
        )
    raise UsageError(f"{board} is no leaderboard of language models in the combined rank", hint=f"These are: {known}")


def predicted_overall(connection: Connection, benchmark: str, n: int) -> list[Row]:
    """Return `model_id, estimate, low, high` of the best `n` models without this score."""
    direction = fetch_rows(
        connection, "select higher_is_better from sources where source = $board", {"board": benchmark.partition("/")[0]}
    )
    best_first = direction[0]["higher_is_better"] is not False if direction else True
    return fetch_rows(connection, _PREDICTED, {"benchmark": benchmark, "n": n, "higher_is_better": best_first})
