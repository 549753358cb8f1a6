"""CPU time of identity per name, many names against few and against rapidfuzz: `python -m benchmarks.identity_scale`.

    python -m benchmarks.identity_scale [NAMES ...]        default: 100000 1000000

Half of the names are Hub ids, a fifth of them re-uploads under the basename of an official id; half are display names and
API keys without an id. Prints two ratios: the cost of a name at each count to that at the first count (1 is
linear), and the cost of a name in rapidfuzz, which compares it with every official id, to that in identity.
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
FUZZY_NAMES = 500
"""Names that rapidfuzz compares."""
FUZZY_IDS = 10_000
"""Ids with which it compares each, the official ids repeated."""


def main() -> None:
    counts = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    rules = load_rules()
    per_name: list[float] = []
    for count in counts:
        names = generated_names(count, rules, seed=7)
        started = time.process_time()
        resolution = resolve(names, rules)
        per_name.append((time.process_time() - started) / count)
        ratio = per_name[-1] / per_name[0]
        print(f"{count:>9,} names, {resolution.models.height:,} models: a name costs {ratio:.2f} of the first count")
    fuzzy = rapidfuzz_per_name(generated_names(FUZZY_NAMES * 2, rules, seed=11), official_ids(rules))
    print(f"rapidfuzz token_sort_ratio, {FUZZY_NAMES} names: a name costs {fuzzy / per_name[-1]:.1f} times identity")


def generated_names(count: int, rules: Rules, *, seed: int) -> pl.DataFrame:
    """Return `count` distinct names in the schema NAMES."""
    draw = random.Random(seed)  # noqa: S311 - makes names, not keys
    ids = list(hub_ids(count // 2, rules, draw))
    displayed = list(display_names(count - len(ids), draw))
    hub = pl.DataFrame({"source": "hub", "raw_name": ids, "hf_id": ids})
    board = pl.DataFrame(
        {"source": "arena_text", "raw_name": displayed, "hf_id": None}, schema_overrides={"hf_id": pl.String}
    )
    return schema.frame(schema.NAMES, pl.concat([hub, board]))


def hub_ids(count: int, rules: Rules, draw: random.Random) -> Iterator[str]:
    official = official_ids(rules)
    for number in range(count):
        if number % 5 == 0:
            yield f"user{number}/{draw.choice(official).rpartition('/')[2]}"
        else:
            yield f"user{number % 50_000}/{draw.choice(FAMILIES)}-{number}-{draw.choice(SIZES)}{draw.choice(STAGES)}"


def display_names(count: int, draw: random.Random) -> Iterator[str]:
    for number in range(count):
        name = f"{draw.choice(FAMILIES)}-{number // 100}.{number % 100}-{draw.choice(SIZES)}{draw.choice(STAGES)}"
        yield name if number % 3 else name.replace("-", " ").title()


def official_ids(rules: Rules) -> list[str]:
    return sorted({alias.model for alias in rules.aliases} | {edge.parent for edge in rules.edges})


def rapidfuzz_per_name(names: pl.DataFrame, ids: list[str]) -> float:
    """Return the CPU seconds per name when each is compared with `FUZZY_IDS` ids."""
    displayed = names.filter(pl.col("hf_id").is_null())["raw_name"].to_list()
    pool = ids * (FUZZY_IDS // len(ids) + 1)
    started = time.process_time()
    process.cdist(displayed, pool, scorer=fuzz.token_sort_ratio, workers=1)
    return (time.process_time() - started) / len(displayed)


if __name__ == "__main__":
    main()
