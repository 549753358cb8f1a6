"""Data of the model page: everything about each model, in files of a few dozen models each.

A page knows the file of a model from its id alone, by the 32-bit FNV-1a hash of its UTF-8 bytes: no index is read first,
and no text of a leaderboard becomes a file name.
"""

from collections import defaultdict
from collections.abc import Iterator

from aggregator.query.queries import Row
from aggregator.site.leaderboard_data import METHODS
from aggregator.site.optional_query import File

SHARDS = 256
CHILDREN = 100
"""How many models made from one are named; their number is given besides."""

Record = dict[str, object]


def shard(model_id: str) -> str:
    """Return the name of the file that holds a model: two hexadecimal digits."""
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
    rank() over (
        partition by s.benchmark order by if(coalesce(b.higher_is_better, true), s.score, -s.score) desc nulls last
    ) as place
from scores as s
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


def shards(file: File) -> dict[str, dict[str, Record]]:
    """Return `{shard: {model_id: record}}`; a record's lists hold arrays whose order `_PARTS` gives."""
    records: dict[str, Record] = {}
    overlap = sorted((file.tables["models"] & file.tables["leaderboard"]) - {"model_id"})
    facts = file.rows(_FACTS.format(known=", ".join(["model_id", *overlap])), "models", "leaderboard")
    for row in facts:
        records[str(row["model_id"])] = {"facts": {name: value for name, value in row.items() if value is not None}}
    benchmarks = {str(row["benchmark"]): place for place, row in enumerate(benchmark_rows(file))}
    for name, model_id, entry in _entries(file, benchmarks):
        if model_id in records:
            entries = records[model_id].setdefault(name, [])
            if isinstance(entries, list):
                entries.append(entry)
    sorted_out: dict[str, dict[str, Record]] = defaultdict(dict)
    for model_id, record in records.items():
        sorted_out[shard(model_id)][model_id] = record
    return sorted_out


def benchmark_rows(file: File) -> list[Row]:
    """Return what each benchmark is, in the order that scores point into."""
    return file.rows(
        "select b.benchmark, b.source, b.title, b.metric, b.url, b.higher_is_better, count(s.model_id) as models"
        " from benchmarks as b left join scores as s using (benchmark) group by all order by b.benchmark",
        "benchmarks",
        "scores",
    )


_PARTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "boards": (
        _STANDINGS,
        ("source", "rank", "score", "score_low", "score_high", "raw_name", "published_on"),
        ("standings",),
    ),
    "aliases": (
        "select * from aliases order by model_id, source, raw_name",
        ("source", "raw_name", "rung", "confidence", "evidence"),
        ("aliases",),
    ),
    "parents": (
        "select * from lineage order by model_id, relation, parent_id",
        ("relation", "parent_id", "source", "evidence"),
        ("lineage",),
    ),
    "children": (_CHILDREN.format(most=CHILDREN), ("relation", "child", "source", "children"), ("lineage",)),
    "history": (_HISTORY, ("source", "published_on", "rank", "score", "score_low", "score_high"), ("history",)),
    "estimate": ("from arena_estimates", ("estimate", "low", "high", "reason"), ("arena_estimates",)),
    "outliers": (
        "select * from outliers order by model_id, abs(robust_z) desc",
        ("benchmark", "direction", "reason"),
        ("outliers",),
    ),
    "gems": ("from gems", ("reason",), ("gems",)),
    "unresolved": ("from unresolved", ("source", "raw_name", "reason", "candidates"), ("unresolved",)),
    "methods": (
        "select * from method_ranks where method <> 'ability' order by model_id, method",
        ("method", "rank", "rank_low", "rank_high"),
        ("method_ranks",),
    ),
}


def _entries(file: File, benchmarks: dict[str, int]) -> Iterator[tuple[str, str, list[object]]]:
    """Give each line of each part: its part, its model, its values."""
    for name, (question, columns, needs) in _PARTS.items():
        for row in file.rows(question, *needs):
            values = [row[column] for column in columns]
            if name == "methods":
                values[0] = METHODS.get(str(values[0]), values[0])
            yield name, str(row["model_id"]), values
    if not file.has("benchmarks"):
        return
    for row in file.rows(_SCORES, "scores"):
        if (place := benchmarks.get(str(row["benchmark"]))) is not None:
            yield "scores", str(row["model_id"]), [place, *(row[column] for column in _SCORE_COLUMNS)]


_SCORE_COLUMNS = ("score", "place", "score_low", "score_high", "votes")
