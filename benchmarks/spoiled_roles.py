"""What the columns of each leaderboard's files mean, and which columns follow from its scores."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from aggregator.sources.epoch_tables import TABLES, VERSION
from aggregator.sources.open_llm_v2 import BENCHMARKS as OPEN_LLM_V2
from aggregator.sources.open_llm_v2 import NORMALIZED, SUBTASKS_DIFFER
from benchmarks.spoiled_sheets import KEY, PLACE, numbers, with_numbers

AVERAGE = "Average ⬆️"
Repair = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
"""`repair(before, after)`: the frame after a change of scores, with the columns that follow from them."""


def unchanged(_: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose other columns do not depend on the scores."""
    return after


@dataclass(frozen=True)
class Roles:
    """The columns of one file."""

    file: str
    """Regular expression of the name of the snapshot."""
    name: str
    score: str = ""
    """Regular expression of the columns with scores; empty for a file without any."""
    benchmark: str = ""
    """The column with the name of the benchmark, in a file with one row per score."""
    low: str = ""
    high: str = ""
    """The ends of the interval."""
    range: tuple[float, float] = (0, 100)
    """The possible scores."""
    day: str = ""
    """The column with the date of the edition."""
    flags: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    """Licences, organisations, kinds and base models."""
    sizes: tuple[str, ...] = ()
    """Numbers of parameters."""
    dates: tuple[str, ...] = ()
    rank: str = ""
    decoration: tuple[str, ...] = ()
    """Columns that no rank needs."""
    repair: Repair = unchanged
    higher_is_better: bool = True
    is_long_setting: str = ""
    """The column with the setting in which a model was run."""

    def score_columns(self, frame: pl.DataFrame) -> list[str]:
        """Return the columns with scores."""
        return [
            name
            for name in frame.columns
            if self.score and name not in (PLACE, "row") and re.fullmatch(self.score, name)
        ]


def _open_llm_v2(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Compute the normalised scores and the average again, in the rows in which a raw score changed."""
    for benchmark in OPEN_LLM_V2:
        raw, chance = pl.col(benchmark.score_column), benchmark.chance or 0.0
        if benchmark.title in SUBTASKS_DIFFER:
            old = dict(zip(before[PLACE], before[benchmark.score_column], strict=True))
            step = raw - pl.col(PLACE).replace_strict(old, return_dtype=pl.Float64)
            new = (pl.col(benchmark.title) + 100 * step / (1 - chance)).clip(0, 100 * raw)
        else:
            new = (100 * (raw - chance) / (1 - chance)).clip(0, 100)
        after = after.with_columns(new.alias(benchmark.title))
    return after.with_columns(pl.mean_horizontal(NORMALIZED).alias(AVERAGE))


def _mean_of(columns: list[str], into: str) -> Repair:
    return lambda _, after: after.with_columns(pl.mean_horizontal(columns).alias(into))


def _hub_mean(_: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    scored = [name for name in after.columns if name.endswith("_score") and name != "aggregate_score"]
    return after.with_columns(pl.mean_horizontal(scored).alias("aggregate_score"))


def _mteb_mean(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Move `meanTask` as far as the mean of the scores moved."""
    tasks = [name for name in after.columns if name.startswith("scoresByTask/")]
    old = dict(before.select(PLACE, pl.mean_horizontal(tasks)).iter_rows())
    step = pl.mean_horizontal(tasks) - pl.col(PLACE).replace_strict(old, return_dtype=pl.Float64)
    return after.with_columns(meanTask=(pl.col("meanTask").cast(pl.Float64) + step.fill_null(0)).clip(-1, 1))


def _first_attempt(_: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    first, second = numbers(after["pass_rate_1"]), numbers(after["pass_rate_2"])
    least = pl.select(pl.min_horizontal(first, second)).to_series()
    return after.with_columns(with_numbers(after["pass_rate_1"], least))


def _base_tests(_: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    pairs = [(f"pass@1/{name}", f"pass@1/{name}+") for name in ("humaneval", "mbpp")]
    return after.with_columns(
        pl.when(pl.col(base).is_not_null()).then(pl.max_horizontal(base, more)).alias(base) for base, more in pairs
    )


def _consistency(_: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    rate = numbers(after["Hallucination Rate"]).round(1)
    both = [
        with_numbers(after["Hallucination Rate"], rate),
        with_numbers(after["Factual Consistency Rate"], (100 - rate).round(1)),
    ]
    return after.with_columns(both)


def _stated_score(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Write the score into the text of scores, in the rows in which it changed."""
    best = "Best score (across scorers)"
    old = dict(zip(before[PLACE], numbers(before[best]), strict=True))
    moved = numbers(after[best]) != after[PLACE].replace_strict(old, return_dtype=pl.Float64)
    text = "choice:" + numbers(after[best]).round(2).cast(pl.String) + "±0.02"
    return after.with_columns(
        Scores=pl.select(pl.when(moved.fill_null(value=False)).then(text).otherwise(after["Scores"])).to_series()
    )


OPEN_LLM_FLAGS = ("Flagged", "Merged", "MoE", "Available on the hub", "Chat Template")
ARENA = Roles(
    "latest|full",
    "model_name",
    "rating",
    "category",
    "rating_lower",
    "rating_upper",
    (300, 3000),
    day="leaderboard_publish_date",
    texts=("organization", "license"),
    decoration=("variance", "vote_count"),
)
V1 = ["ARC", "HellaSwag", "MMLU", "TruthfulQA", "Winogrande", "GSM8K"]
MTEB = Roles(
    "scores",
    "model/name",
    "scoresByTask/.*",
    range=(-1, 1),
    flags=("model/openWeights",),
    texts=("model/license", "model/adaptedFrom"),
    sizes=("model/totalParamsB", "model/activeParamsB"),
    dates=("model/releaseDate",),
    rank="rank",
    decoration=("model/maxTokens", "model/embeddingDim", "model/memoryUsageMb"),
    repair=_mteb_mean,
    is_long_setting="experiments",
)
LIVEBENCH = Roles("table.*", "model", "(?!model$).*")
AIDER = Roles(
    "leaderboard",
    "model",
    "pass_rate_2",
    texts=("edit_format",),
    dates=("date",),
    decoration=("seconds_per_case", "total_cost"),
    repair=_first_attempt,
)
CODE = Roles(
    "results.*", KEY, "pass@1/.*", flags=("prompted", "moe"), sizes=("size", "act_param"), decoration=("open-data",)
)
VERSIONS = Roles(
    "model_versions",
    "id",
    texts=("Hugging Face developer id",),
    dates=("Version release date",),
    decoration=("Notes", "Display name"),
)

ROLES: dict[str, tuple[Roles, ...]] = {
    "open_llm_v2": (
        Roles(
            "contents",
            "fullname",
            "|".join(re.escape(benchmark.score_column) for benchmark in OPEN_LLM_V2),
            range=(0, 1),
            flags=OPEN_LLM_FLAGS,
            texts=("Hub License", "Type", "Base Model", "Precision"),
            sizes=("#Params (B)",),
            dates=("Upload To Hub Date", "Submission Date"),
            decoration=("Hub ❤️", "CO₂ cost (kg)", "Generation"),
            repair=_open_llm_v2,
        ),
    ),
    "open_llm_v1": (
        Roles(
            "contents",
            "fullname",
            "|".join(V1),
            flags=OPEN_LLM_FLAGS,
            texts=("Hub License", "Type", "Precision"),
            sizes=("#Params (B)",),
            dates=("date",),
            decoration=("Hub ❤️",),
            repair=_mean_of(V1, AVERAGE),
        ),
    ),
    "mteb_results": (
        Roles("results.*", "model_name", "score", "task_name", range=(-1, 1), is_long_setting="experiments"),
    ),
    "hub_benchmarks": (
        Roles(
            "table",
            "model_name",
            "(?!aggregate_score$).*_score",
            texts=("model_type",),
            sizes=("parameters_billions",),
            decoration=("context_window", "license"),
            repair=_hub_mean,
        ),
    ),
    "aider_polyglot": (AIDER,),
    "aider_edit": (AIDER,),
    "alpaca_eval": (
        Roles("leaderboard", "", "length_controlled_winrate", texts=("mode",), decoration=("avg_length", "n_draws")),
    ),
    "arena_hard": (
        Roles(
            "leaderboard",
            "model",
            "score",
            low="rating_q025",
            high="rating_q975",
            dates=("date",),
            decoration=("avg_tokens",),
        ),
    ),
    "evalplus": (Roles(CODE.file, KEY, CODE.score, flags=CODE.flags, sizes=CODE.sizes, repair=_base_tests),),
    "bigcodebench": (Roles(CODE.file, KEY, CODE.score, flags=CODE.flags, sizes=CODE.sizes, dates=("date",)),),
    "zeroeval": (Roles(".*", "Model", "Acc|Puzzle Acc", texts=("Mode",), decoration=("Reason Lens", "No answer")),),
    "epoch_runs": (
        Roles("runs", "model", r"Best score \(across scorers\)", "task", range=(0, 1), repair=_stated_score),
        VERSIONS,
    ),
    "epoch_external": (
        *(
            Roles(
                f"external/external_benchmark_{name}.csv",
                VERSION,
                re.escape(table.benchmark.score_column),
                range=(table.benchmark.low or 0, 100 if table.benchmark.high is None else table.benchmark.high),
                decoration=("Notes", "Name"),
            )
            for name, table in TABLES.items()
        ),
        VERSIONS,
    ),
    "vectara": (
        Roles(
            "leaderboard",
            "Model",
            "Hallucination Rate",
            decoration=("Average Summary Length (Words)",),
            repair=_consistency,
            higher_is_better=False,
        ),
    ),
}
FAMILIES: dict[str, tuple[Roles, ...]] = {
    "arena_": (ARENA,),
    "mteb_": (MTEB,),
    "rteb_": (MTEB,),
    "livebench": (LIVEBENCH,),
}
"""Roles of the boards of one kind, by the beginning of their ids."""


def roles_of(source: str, file: str) -> Roles | None:
    """Return the roles of the columns of one file, or None when it is no table of models."""
    of_family = next((roles for start, roles in FAMILIES.items() if source.startswith(start)), ())
    return next((one for one in ROLES.get(source, of_family) if re.fullmatch(one.file, file)), None)
