"""Read the data of the model page: everything about each model, in 256 files.

The file of a model follows from the 32-bit FNV-1a hash of its id in UTF-8. The page therefore needs no index, and no
text of a leaderboard becomes a file name.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from aggregator.query.queries import Row
from aggregator.site.leaderboard_data import METHOD_TITLES
from aggregator.site.pair_data import pair_entries
from aggregator.site.published_file import PublishedFile

SHARDS = 256
MAX_CHILDREN = 100
"""Limit of listed descendants of a model; the record also has their number."""

Record = dict[str, object]


def shard_name(model_id: str) -> str:
    """Return the name of a model's file: two hexadecimal digits."""
    state = 0x811C9DC5
    for byte in model_id.encode("utf-8", "replace"):
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"{state % SHARDS:02x}"


_FACTS = """
select m.*, l.* exclude ({known})
from models as m
left join leaderboard as l using (model_id)
order by m.model_id
"""
_SCORES = """
select
    s.model_id,
    s.benchmark,
    s.score,
    s.score_low,
    s.score_high,
    s.votes,
    s.standard_error,
    s.measured_by,
    s.reference,
    s.same_as,
    rank() over (
        partition by s.benchmark order by if(coalesce(b.higher_is_better, true), s.score, -s.score) desc nulls last
    ) as place
from (select {columns} from scores) as s
left join benchmarks as b using (benchmark)
order by s.model_id, s.benchmark
"""
_STANDINGS = "select model_id, source, rank, score, score_low, score_high, raw_name, published_on from standings"
_HISTORY = """
select model_id, source, published_on, rank, score, score_low, score_high
from history
where benchmark = source || '/overall' and superseded_at is null
order by model_id, source, published_on
"""
_CHILDREN = """
select parent_id as model_id, relation, model_id as child, source, count(*) over (partition by parent_id) as children
from lineage
qualify row_number() over (partition by parent_id order by relation, model_id) <= {most}
order by parent_id, relation, child
"""


def build_shards(file: PublishedFile) -> dict[str, dict[str, Record]]:
    """Return `{shard: {model_id: record}}`; `_PARTS` gives the order of the values in a record's lists.

    The record of an old id has only `moved`: the id of today, the day and the reason.
    """
    records: dict[str, Record] = {}
    overlap = sorted((file.tables["models"] & file.tables["leaderboard"]) - {"model_id"})
    facts = file.rows(_FACTS.format(known=", ".join(["model_id", *overlap])), "models", "leaderboard")
    for row in facts:
        records[str(row["model_id"])] = {"facts": {name: value for name, value in row.items() if value is not None}}
    benchmarks = {str(row["benchmark"]): place for place, row in enumerate(read_benchmarks(file))}
    for name, model_id, entry in _entries(file, benchmarks):
        if model_id in records:
            entries = records[model_id].setdefault(name, [])
            if isinstance(entries, list):
                entries.append(entry)
    for old_id, *step in _moves(file):
        records.setdefault(old_id, {"moved": step})
    shards: dict[str, dict[str, Record]] = defaultdict(dict)
    for model_id, record in records.items():
        shards[shard_name(model_id)][model_id] = record
    return shards


_BENCHMARK_COLUMNS = (
    "benchmark",
    "source",
    "title",
    "metric",
    "url",
    "higher_is_better",
    "domain",
    "scale_low",
    "scale_high",
    "chance",
    "n_items",
)


def _moves(file: PublishedFile) -> Iterator[tuple[str, str, object, object]]:
    """Yield `(old_id, new_id, moved_on, reason)` of the ids that no model has now: their address leads to the new one."""
    for row in file.rows("select old_id, new_id, moved_on, reason from model_moves order by old_id", "model_moves"):
        yield str(row["old_id"]), str(row["new_id"]), row["moved_on"], row["reason"]


def read_benchmarks(file: PublishedFile) -> list[Row]:
    """Return the facts of each benchmark; a score refers to a benchmark by its position in this list."""
    wanted = file.columns("benchmarks", _BENCHMARK_COLUMNS)
    return file.rows(
        f"select {wanted}, count(s.model_id) as models"  # noqa: S608 - the columns are constants of this module
        " from benchmarks as b left join (select model_id, benchmark as scored from scores) as s on s.scored = benchmark"
        " group by all order by benchmark",
        "benchmarks",
        "scores",
    )


class Part(NamedTuple):
    """One list of a record: the table that the SQL reads, the columns of an entry, and the SQL."""

    table: str
    columns: tuple[str, ...]
    sql: str


_PARTS = {
    "boards": Part(
        "standings", ("source", "rank", "score", "score_low", "score_high", "raw_name", "published_on"), _STANDINGS
    ),
    "aliases": Part(
        "aliases",
        ("source", "raw_name", "rung", "confidence", "evidence"),
        "select * from aliases order by model_id, source, raw_name",
    ),
    "parents": Part(
        "lineage",
        ("relation", "parent_id", "source", "evidence"),
        "select * from lineage order by model_id, relation, parent_id",
    ),
    "children": Part("lineage", ("relation", "child", "source", "children"), _CHILDREN.format(most=MAX_CHILDREN)),
    "history": Part("history", ("source", "published_on", "rank", "score", "score_low", "score_high"), _HISTORY),
    "estimate": Part("arena_estimates", ("estimate", "low", "high", "reason"), "from arena_estimates"),
    "outliers": Part(
        "outliers",
        ("benchmark", "direction", "reason"),
        "select * from outliers order by model_id, greatest(abs(robust_z), abs(residual_z)) desc",
    ),
    "gems": Part("gems", ("reason",), "from gems"),
    "unresolved": Part(
        "unresolved", ("sources", "raw_name", "reason", "candidates"), "from unresolved where state = 'open'"
    ),
    "methods": Part(
        "method_ranks",
        ("method", "rank", "rank_low", "rank_high"),
        "select * from method_ranks where method <> 'ability' order by model_id, method",
    ),
}
_SCORE_COLUMNS = ("score", "place", "score_low", "score_high", "votes")
_READ_COLUMNS = (
    "model_id",
    "benchmark",
    "score",
    "score_low",
    "score_high",
    "votes",
    "standard_error",
    "measured_by",
    "reference",
    "same_as",
)


def _entries(file: PublishedFile, benchmarks: dict[str, int]) -> Iterator[tuple[str, str, list[object]]]:
    """Yield the part, the model and the values of each entry."""
    for name, part in _PARTS.items():
        for row in file.rows(part.sql, part.table):
            values = [row[column] for column in part.columns]
            if name == "methods":
                values[0] = METHOD_TITLES.get(str(values[0]), values[0])
            yield name, str(row["model_id"]), values
    yield from pair_entries(file, benchmarks)
    if not file.has("benchmarks"):
        return
    for row in file.rows(_SCORES.format(columns=file.columns("scores", _READ_COLUMNS)), "scores"):
        if (at := benchmarks.get(str(row["benchmark"]))) is not None:
            values = [at, *(row[column] for column in _SCORE_COLUMNS), *_origin(row)]
            error = row["standard_error"]
            # An entry ends after its votes if it has neither an origin nor a standard error.
            ends = [] if error is None else [*([None] if len(values) == len(_SCORE_COLUMNS) + 1 else []), error]
            yield "scores", str(row["model_id"]), values + ends


def _origin(row: Row) -> list[str]:
    """Return why the combined rank does not use a score: it is self-reported, or a copy of another one."""
    reference = f" ({row['reference']})" if row["reference"] else ""
    if row["same_as"]:
        return [f"same result as {row['same_as']}{reference}"]
    return [f"self-reported{reference}"] if row["measured_by"] == "self_reported" else []
