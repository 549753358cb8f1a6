"""How long identity takes on many names, and whether its cost grows with their number alone.

    python -m benchmarks.identity_scale [NAMES ...]        default: 100000 1000000

Half of the names are Hub ids, a fifth of them re-uploads of famous basenames; half are spellings
without an id, as a board of display names and API keys writes them. The last lines time rapidfuzz on a
slice, each spelling against each official id, and give the ratio to what identity takes for a name. Cost
is CPU time, which other work on the machine disturbs least.
"""

import random
import sys
import time
from collections.abc import Iterator

import polars as pl
from rapidfuzz import fuzz, process

from aggregator import schema
from aggregator.identity import load_rules, resolve
from aggregator.identity.curated import Rules

FAMILIES = ("llama", "qwen", "mistral", "gemma", "phi", "yi", "falcon", "granite", "olmo", "solar")
STAGES = ("", "-instruct", "-chat", "-it", "-base", "-preview", "-thinking", "-dpo")
SIZES = ("1b", "3b", "7b", "8b", "13b", "34b", "70b", "8x7b", "235b-a22b")
SLICE = 500


def main() -> None:
    counts = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    rules = load_rules()
    per_name: list[float] = []
    for count in counts:
        names = generated(count, rules, seed=7)
        started, busy = time.perf_counter(), time.process_time()
        resolution = resolve(names, rules)
        took, busy = time.perf_counter() - started, time.process_time() - busy
        per_name.append(busy / count)
        print(f"{count:>9,} names  {took:6.2f} s  ({busy:.2f} s of CPU)  {resolution.models.height:,} models")
    print(f"cost of a name, last count against first: {per_name[-1] / per_name[0]:.2f} (1 is linear)")
    fuzzy = rapidfuzz_per_name(generated(SLICE * 2, rules, seed=11), official(rules))
    print(
        f"rapidfuzz token_sort_ratio on {SLICE} spellings: {1e6 * fuzzy:.1f} µs a name, {fuzzy / per_name[-1]:.1f} times identity"
    )


def generated(count: int, rules: Rules, *, seed: int) -> pl.DataFrame:
    """Return `count` distinct names in the schema NAMES."""
    draw = random.Random(seed)  # noqa: S311 - makes names, not keys
    ids = list(hub_ids(count // 2, rules, draw))
    spelled = list(spellings(count - len(ids), draw))
    hub = pl.DataFrame({"source": "hub", "raw_name": ids, "hf_id": ids})
    board = pl.DataFrame(
        {"source": "arena_text", "raw_name": spelled, "hf_id": None}, schema_overrides={"hf_id": pl.String}
    )
    return schema.frame(schema.NAMES, pl.concat([hub, board]))


def hub_ids(count: int, rules: Rules, draw: random.Random) -> Iterator[str]:
    famous = official(rules)
    for number in range(count):
        if number % 5 == 0:
            yield f"user{number}/{draw.choice(famous).rpartition('/')[2]}"
        else:
            yield f"user{number % 50_000}/{draw.choice(FAMILIES)}-{number}-{draw.choice(SIZES)}{draw.choice(STAGES)}"


def spellings(count: int, draw: random.Random) -> Iterator[str]:
    for number in range(count):
        name = f"{draw.choice(FAMILIES)}-{number // 100}.{number % 100}-{draw.choice(SIZES)}{draw.choice(STAGES)}"
        yield name if number % 3 else name.replace("-", " ").title()


def official(rules: Rules) -> list[str]:
    return sorted({alias.model for alias in rules.aliases} | {edge.parent for edge in rules.edges})


def rapidfuzz_per_name(names: pl.DataFrame, ids: list[str]) -> float:
    """Return the seconds a name takes when each is scored against every id."""
    spelled = names.filter(pl.col("hf_id").is_null())["raw_name"].to_list()
    pool = ids * (10_000 // len(ids) + 1)
    started = time.perf_counter()
    process.cdist(spelled, pool, scorer=fuzz.token_sort_ratio, workers=1)
    return (time.perf_counter() - started) / len(spelled)


if __name__ == "__main__":
    main()
