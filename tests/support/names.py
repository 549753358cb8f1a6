"""Names as boards write them, for tests: written by hand, or read from the recordings."""

from pathlib import Path
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.identity import Rules, load_rules, resolve
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.steps import collect_names
from aggregator.sources import on_by_default
from tests.support.samples import files

ARENA = "arena_text"
OPEN_LLM = "open_llm_v2"
MTEB = "mteb_eng_v2"

KNOWN_IDS = (
    *("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-70B-Instruct", "meta-llama/Meta-Llama-3-8B-Instruct"),
    *(
        "meta-llama/Meta-Llama-3-70B-Instruct",
        "meta-llama/Llama-2-70b-chat-hf",
        "google/gemma-2-9b-it",
        "google/gemma-2-9b",
    ),
    *("mistralai/Mistral-Large-Instruct-2411", "mistralai/Mistral-7B-Instruct-v0.1", "mistralai/Mistral-7B-v0.1"),
    *(
        "01-ai/Yi-34B",
        "01-ai/Yi-34B-Chat",
        "01-ai/Yi-Coder-9B-Chat",
        "Qwen/Qwen1.5-14B",
        "Qwen/Qwen-14B",
        "Qwen/QwQ-32B",
    ),
    *("Qwen/QwQ-32B-Preview", "Qwen/Qwen2.5-14B", "facebook/opt-1.3b", "facebook/opt-13b", "microsoft/phi-4"),
    *("CohereForAI/c4ai-command-r-v01", "CohereForAI/c4ai-command-r-plus", "CohereForAI/aya-expanse-8b"),
    *(
        "WizardLM/WizardLM-70B-V1.0",
        "EleutherAI/gpt-j-6b",
        "codellama/CodeLlama-70b-Instruct-hf",
        "internlm/internlm2_5-20b-chat",
    ),
)


def names(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return NAMES from rows with only the columns that matter."""
    return schema.frame(schema.NAMES, pl.DataFrame(list(rows), infer_schema_length=None))


def hub(*ids: str, source: str = OPEN_LLM, **facts: object) -> list[dict[str, Any]]:
    """Return rows of one source with these Hub ids."""
    return [{"source": source, "raw_name": i, "hf_id": i, "organization": i.partition("/")[0], **facts} for i in ids]


def arena(*raw_names: str, organization: str | None = None, **facts: object) -> list[dict[str, Any]]:
    """Return Arena rows without an id."""
    row = {"source": ARENA, "organization": organization, "kind": "chat"}
    return [{**row, "raw_name": name, **facts} for name in raw_names]


def resolved_ids(*rows: dict[str, Any], rules: Rules | None = None) -> dict[str, str]:
    """Resolve the given rows together with KNOWN_IDS on Open LLM; return the model id of each raw name."""
    given = {row["raw_name"] for row in rows if row["source"] == OPEN_LLM}
    known = hub(*(i for i in KNOWN_IDS if i not in given))
    aliases = resolve(names(*known, *rows), rules).aliases
    return dict(aliases.select("raw_name", "model_id").iter_rows())


def rules_without_aliases(rules: Rules | None = None) -> Rules:
    """Return the shipped rules without aliases, edges and pairs: the match rules work alone."""
    return (load_rules() if rules is None else rules).without_curated_names()


def recorded_names(folder: Path) -> pl.DataFrame:
    """Return NAMES of all on_by_default sources in the recordings."""
    return collect_names(recorded_results(folder))


def recorded_results(folder: Path) -> list[ReadResult]:
    """Return all on_by_default sources in the recordings, without gates."""
    return [ReadResult(source, "fresh", parsed=source.parse(files(source, folder))) for source in on_by_default()]
