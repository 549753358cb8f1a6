"""Write the bundled sample: real rows of every board, in the form in which each host sends them.

    python -m tools.write_sample --from MIRROR [--to aggregator/sample]

`MIRROR` is a folder laid out like the hosts (as for `metaboard refresh --mirror`) with MTEB's benchmark
definitions in `mteb_benchmark_definitions.json`. What is taken is listed in `sample.toml` beside this
file. The same input gives the same bytes.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "aggregator" / "sources" / "sample"
V2 = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
V1 = "datasets/open-llm-leaderboard-old/contents/data/train-00000-of-00001-96886cb34a7bc800.parquet"
ARENA = "datasets/lmarena-ai/leaderboard-dataset"
RESULTS = "datasets/mteb/results/data/train-00000-of-00001.parquet"
DEFINITIONS = "mteb_benchmark_definitions.json"

LONG_PROSE: dict[str, object] = {"description": "", "citation": None, "trainingDatasets": None, "languages": []}
"""Fields of MTEB's payload that hold other people's sentences or long lists, and what stands in for them."""


def main() -> int:
    """Write all files of the sample and say how large they are."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--from", dest="mirror", type=Path, required=True, help="folder laid out like the hosts")
    arguments.add_argument("--to", dest="sample", type=Path, default=SAMPLE, help="where the sample is written")
    given = arguments.parse_args()
    chosen = tomllib.loads((HERE / "sample.toml").read_text(encoding="utf-8"))
    total = 0
    for path, content in files(given.mirror, chosen).items():
        target = given.sample / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        total += len(content)
        print(f"{len(content):>9,}  {path}")
    print(f"{total:>9,}  in all")
    return 0


def files(mirror: Path, chosen: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the bytes of every file of the sample by its path under a mirror."""
    written = {
        V2: _parquet(_named(mirror / V2, "fullname", chosen["open_llm_v2"]["models"])),
        V1: _parquet(_named(mirror / V1, "fullname", chosen["open_llm_v1"]["models"])),
    }
    for view in ("text", "text_style_control"):
        written |= _arena(mirror, view, chosen["arena"]["models"], chosen["arena"][f"{view}_dates"])
    for benchmark in chosen["mteb"]["benchmarks"]:
        path = f"mteb-leaderboard-backend/v1/benchmarks/{quote(benchmark, safe='')}/scores.json"
        written[path] = _payload(mirror / path, chosen["mteb"]["models"])
    written[RESULTS] = _parquet(_results(mirror, chosen["mteb"]))
    return written


def _named(file: Path, column: str, names: Iterable[str]) -> pl.DataFrame:
    """Return the rows of `file` with one of `names`, in the order of the file; a name that is not there is an error."""
    table = pl.read_parquet(file)
    wanted = set(names)
    absent = sorted(wanted - set(table[column]))
    if absent:
        raise SystemExit(f"{file.name} has no {', '.join(absent)}")
    return table.filter(pl.col(column).is_in(wanted))


def _arena(mirror: Path, view: str, models: Iterable[str], dates: Iterable[str]) -> dict[str, bytes]:
    """Return `latest` with all categories and `full` with the overall table of some dates."""
    known = pl.col("model_name").str.to_lowercase().is_in(set(models))
    latest = pl.read_parquet(mirror / ARENA / view / "latest-00000-of-00001.parquet").filter(known)
    full = pl.read_parquet(mirror / ARENA / view / "full-00000-of-00001.parquet").filter(
        known, pl.col("category") == "overall", pl.col("leaderboard_publish_date").is_in(set(dates))
    )
    return {
        f"{ARENA}/{view}/latest-00000-of-00001.parquet": _parquet(latest),
        f"{ARENA}/{view}/full-00000-of-00001.parquet": _parquet(full),
    }


def _payload(file: Path, models: Iterable[str]) -> bytes:
    """Return one MTEB payload with the rows of `models`, the board's own ranks, and facts only."""
    payload = json.loads(file.read_text(encoding="utf-8"))
    wanted = set(models)
    rows = [row for row in payload["rows"] if row["model"]["name"] in wanted]
    for row in rows:
        row["model"] = _facts(row["model"])
        row["scoresByTask"] = dict(sorted(row["scoresByTask"].items()))
    slim = payload | {"rows": rows, "tasksMeta": [_facts(meta) for meta in payload["tasksMeta"]]}
    return json.dumps(slim, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _facts(described: dict[str, object]) -> dict[str, object]:
    return {key: LONG_PROSE.get(key, value) for key, value in described.items()}


def _results(mirror: Path, chosen: Mapping[str, Any]) -> pl.DataFrame:
    """Return the cells of MTEB(eng, v2), and of a few other tasks, that the chosen models have."""
    definition = json.loads((mirror / DEFINITIONS).read_text(encoding="utf-8"))["MTEB(eng, v2)"]
    cells = pl.DataFrame(
        [
            (task["name"], split, subset)
            for task in definition["tasks"]
            for split in task["eval_splits"]
            for subset in task["hf_subsets"]
        ],
        schema=["task_name", "split", "subset"],
        orient="row",
    )
    table = pl.read_parquet(mirror / RESULTS).with_row_index()
    mine = table.filter(pl.col("model_name").is_in(set(chosen["models"])))
    extra = mine.filter(pl.col("task_name").is_in(set(chosen["extra_tasks"])))
    return (
        pl.concat([mine.join(cells, on=cells.columns, how="semi"), extra])
        .unique("index")
        .sort("model_name", "task_name", "index")
        .drop("index")
    )


def _parquet(table: pl.DataFrame) -> bytes:
    """Return `table` as Parquet with plain strings, as the hosts write it."""
    plain = table.to_arrow()
    fields = [field.with_type(_plain_type(field.type)) for field in plain.schema]
    sink = pa.BufferOutputStream()
    pq.write_table(
        plain.cast(pa.schema(fields)), sink, compression="zstd", compression_level=19, version="2.6", store_schema=False
    )
    return bytes(sink.getvalue().to_pybytes())


def _plain_type(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_large_list(dtype) or pa.types.is_list(dtype):
        return pa.list_(_plain_type(dtype.value_type))
    is_text = pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype)
    return pa.string() if is_text else dtype


if __name__ == "__main__":
    sys.exit(main())
