"""Write the bundled sample, real rows of every leaderboard in the format of each host: `make sample MIRROR=DIR`.

`MIRROR` is a mirror as for `metaboard refresh --mirror`, with the file `mteb_benchmark_definitions.json` in addition.
`tools/sample.toml` lists the chosen models, dates and tasks. The same input gives the same bytes.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tools.sample_records import choose_records

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "aggregator" / "sources" / "sample"
V2 = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
V1 = "datasets/open-llm-leaderboard-old/contents/data/train-00000-of-00001-96886cb34a7bc800.parquet"
ARENA = "datasets/lmarena-ai/leaderboard-dataset"
RESULTS = "datasets/mteb/results/data/train-00000-of-00001.parquet"
DEFINITIONS = "mteb_benchmark_definitions.json"

REPLACED_FIELDS: dict[str, object] = {"description": "", "citation": None, "trainingDatasets": None, "languages": []}
"""Fields of the MTEB payload with long texts or lists, and their replacements in the sample."""


def main() -> int:
    """Write all files of the sample and print their sizes."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--from", dest="mirror", type=Path, required=True, help="the mirror")
    arguments.add_argument("--to", dest="sample", type=Path, default=SAMPLE, help="the folder of the sample")
    given = arguments.parse_args()
    chosen = tomllib.loads((HERE / "sample.toml").read_text(encoding="utf-8"))
    total = 0
    for path, content in sample_files(given.mirror, chosen).items():
        target = given.sample / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        total += len(content)
        print(f"{len(content):>9,}  {path}")
    print(f"{total:>9,}  total")
    return 0


def sample_files(mirror: Path, chosen: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the bytes of every file of the sample, by its path in a mirror."""
    written = {
        V2: _to_parquet(_rows_of_models(mirror / V2, "fullname", chosen["open_llm_v2"]["models"])),
        V1: _to_parquet(_rows_of_models(mirror / V1, "fullname", chosen["open_llm_v1"]["models"])),
    }
    for view in ("text", "text_style_control"):
        written |= _arena_files(mirror, view, chosen["arena"]["models"], chosen["arena"][f"{view}_dates"])
    for benchmark in chosen["mteb"]["benchmarks"]:
        path = f"mteb-leaderboard-backend/v1/benchmarks/{quote(benchmark, safe='')}/scores.json"
        written[path] = _mteb_payload(mirror / path, chosen["mteb"]["models"])
    written[RESULTS] = _to_parquet(_mteb_results(mirror, chosen["mteb"]))
    written |= {path: (mirror / path).read_bytes() for path in chosen["copied"]["paths"]}
    for entry in chosen["records"]["files"]:
        written |= _record_files(mirror, entry, chosen["records"]["models"])
    return written


def _record_files(mirror: Path, entry: Mapping[str, Any], models: Sequence[str]) -> dict[str, bytes]:
    """Return the files of one entry of `records`; exit when a path matches no file."""
    found: dict[str, bytes] = {}
    for pattern in entry["paths"]:
        files = sorted(mirror.glob(pattern))
        if not files:
            raise SystemExit(f"{mirror} has no {pattern}")
        for file in files:
            path = str(file.relative_to(mirror))
            found[path] = choose_records(path, file.read_bytes(), entry, models)
    return found


def _rows_of_models(file: Path, column: str, names: Iterable[str]) -> pl.DataFrame:
    """Return the rows of `file` with one of `names`, in the order of the file; exit when a name is missing."""
    table = pl.read_parquet(file)
    wanted = set(names)
    absent = sorted(wanted - set(table[column]))
    if absent:
        raise SystemExit(f"{file.name} has no {', '.join(absent)}")
    return table.filter(pl.col(column).is_in(wanted))


def _arena_files(mirror: Path, view: str, models: Iterable[str], dates: Iterable[str]) -> dict[str, bytes]:
    """Return the file `latest` with all categories, and the file `full` with category `overall` of the chosen dates."""
    known = pl.col("model_name").str.to_lowercase().is_in(set(models))
    latest = pl.read_parquet(mirror / ARENA / view / "latest-00000-of-00001.parquet").filter(known)
    full = pl.read_parquet(mirror / ARENA / view / "full-00000-of-00001.parquet").filter(
        known, pl.col("category") == "overall", pl.col("leaderboard_publish_date").is_in(set(dates))
    )
    return {
        f"{ARENA}/{view}/latest-00000-of-00001.parquet": _to_parquet(latest),
        f"{ARENA}/{view}/full-00000-of-00001.parquet": _to_parquet(full),
    }


def _mteb_payload(file: Path, models: Iterable[str]) -> bytes:
    """Return one MTEB payload with the rows of `models` and the ranks of the leaderboard, without long texts."""
    payload = json.loads(file.read_text(encoding="utf-8"))
    wanted = set(models)
    rows = [row for row in payload["rows"] if row["model"]["name"] in wanted]
    for row in rows:
        row["model"] = _without_long_texts(row["model"])
        row["scoresByTask"] = dict(sorted(row["scoresByTask"].items()))
    slim = payload | {"rows": rows, "tasksMeta": [_without_long_texts(meta) for meta in payload["tasksMeta"]]}
    return json.dumps(slim, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _without_long_texts(described: dict[str, object]) -> dict[str, object]:
    return {key: REPLACED_FIELDS.get(key, value) for key, value in described.items()}


def _mteb_results(mirror: Path, chosen: Mapping[str, Any]) -> pl.DataFrame:
    """Return the cells of the chosen models: all of MTEB(eng, v2) and those of the extra tasks."""
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
    chosen_rows = table.filter(pl.col("model_name").is_in(set(chosen["models"])))
    extra = chosen_rows.filter(pl.col("task_name").is_in(set(chosen["extra_tasks"])))
    return (
        pl.concat([chosen_rows.join(cells, on=cells.columns, how="semi"), extra])
        .unique("index")
        .sort("model_name", "task_name", "index")
        .drop("index")
    )


def _to_parquet(table: pl.DataFrame) -> bytes:
    """Return `table` as Parquet with plain strings, as in the files of the hosts."""
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
