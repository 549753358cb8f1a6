"""CPU time of identity per name, many names against few and against rapidfuzz: `python -m benchmarks.identity_scale`.

    python -m benchmarks.identity_scale [NAMES ...]        default: 250000 1000000

Half of the names are Hub ids of 20,000 publishers, a fifth of them re-uploads under the basename of an official id. The
others are the names of seven boards: display names and API keys with sizes, dates, efforts, thinking budgets, hosts and
organizations. Prints the cost of a name at each count to that at the first count (1 is linear), the memory, and the
cost of a name in rapidfuzz, which compares it with every official id, to that in identity.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator

import polars as pl
from rapidfuzz import fuzz, process

from aggregator import schema
from aggregator.identity import load_rules, resolve
from aggregator.identity.curated import Rules

PUBLISHERS = 20_000
FAMILIES = ("llama", "qwen", "mistral", "gemma", "phi", "yi", "falcon", "granite", "olmo", "solar", "gpt", "claude")
STAGES = ("", "-instruct", "-chat", "-it", "-base", "-preview", "-dpo")
SIZES = ("1b", "3b", "7b", "8b", "13b", "34b", "70b", "8x7b", "235b-a22b")
BOARDS = ("arena_text", "arena_vision", "aider", "openrouter", "livebench", "epoch", "helm")
SETTINGS = (
    *("", "", "", "", "-thinking", "-no-thinking", "-high", "-low", "-thinking-32k", "_16k", " (high)", " (thinking)"),
    *("-20250514", "-2025-05-14", "-0514", " (05/14)", "-latest", ":free", "-fp8", "-q4_K_M"),
)
PREFIXES = ("", "", "", "", "", "openrouter/", "ollama/", "together/")
BOARD_COLUMNS = ("source", "raw_name", "organization", "kind")
KEY = ["source", "raw_name"]
FUZZY_NAMES = 500
"""Names that rapidfuzz compares."""
FUZZY_IDS = 10_000
"""Ids with which it compares each, the official ids repeated."""


def main() -> None:
    counts = [int(text) for text in sys.argv[1:]] or [250_000, 1_000_000]
    rules = load_rules()
    per_name: list[float] = []
    for count in counts:
        names = generated_names(count, rules, seed=7)
        started = time.process_time(), time.perf_counter()
        resolution = resolve(names, rules)
        cpu, elapsed = time.process_time() - started[0], time.perf_counter() - started[1]
        per_name.append(cpu / count)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(
            f"{count:>9,} names, {resolution.models.height:,} models: a name costs {per_name[-1] / per_name[0]:.2f} of"
            f" the first count ({elapsed:.1f} s, {cpu:.1f} s of CPU, at most {memory:.1f} GiB)"
        )
    fuzzy = rapidfuzz_per_name(generated_names(FUZZY_NAMES * 2, rules, seed=11), official_ids(rules))
    print(f"rapidfuzz token_sort_ratio, {FUZZY_NAMES} names: a name costs {fuzzy / per_name[-1]:.1f} times identity")


def generated_names(count: int, rules: Rules, *, seed: int) -> pl.DataFrame:
    """Return about `count` distinct names in the schema NAMES."""
    draw = random.Random(seed)  # noqa: S311 - makes names, not keys
    ids = list(hub_ids(count // 2, rules, draw))
    hub = pl.DataFrame({"source": "hub", "raw_name": ids, "hf_id": ids})
    rows = list(board_rows(count - len(ids), rules, draw))
    board = pl.DataFrame(rows, schema=dict.fromkeys(BOARD_COLUMNS, pl.String), orient="row").unique(
        KEY, keep="first", maintain_order=True
    )
    return pl.concat([schema.frame(schema.NAMES, hub), schema.frame(schema.NAMES, board)])


def hub_ids(count: int, rules: Rules, draw: random.Random) -> Iterator[str]:
    official = official_ids(rules)
    for number in range(count):
        publisher = f"user{number % PUBLISHERS}"
        if number % 5 == 0:
            yield f"{publisher}/{draw.choice(official).rpartition('/')[2]}-{number // PUBLISHERS}"
        else:
            yield f"{publisher}/{draw.choice(FAMILIES)}-{number}-{draw.choice(SIZES)}{draw.choice(STAGES)}"


def board_rows(count: int, rules: Rules, draw: random.Random) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield `(source, raw name, organization, kind)`; every name in three settings."""
    organizations = [None, None, *(name for one in rules.organizations for name in one.names)]
    for number in range(count):
        model = number // 3
        family, size = FAMILIES[model % len(FAMILIES)], SIZES[model // 7 % len(SIZES)]
        name = f"{family}-{model // 100}.{model % 100}-{size}{STAGES[model // 5 % len(STAGES)]}"
        shown = name if number % 3 else name.replace("-", " ").title()
        source = draw.choice(BOARDS)
        kind = "chat" if source.startswith("arena") else None
        yield (
            source,
            f"{draw.choice(PREFIXES)}{shown}{draw.choice(SETTINGS)}",
            organizations[model % len(organizations)],
            kind,
        )


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
