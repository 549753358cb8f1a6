"""Imitations of famous ids and names, on all names of the recordings: none is merged, and no genuine name moves."""

import random
from pathlib import Path

import polars as pl
import pytest

from aggregator import schema
from aggregator.identity import Resolution, resolve
from tests.support.names import ARENA, OPEN_LLM, recorded_names
from tests.support.spoofs import id_rows, name_rows

pytestmark = pytest.mark.recordings

FAMOUS = (
    *("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3-70B-Instruct", "google/gemma-2-9b-it"),
    *("Qwen/Qwen2.5-72B-Instruct", "Qwen/QwQ-32B", "mistralai/Mistral-7B-Instruct-v0.2", "microsoft/phi-4"),
    *("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "01-ai/Yi-34B-Chat", "tiiuae/falcon-40b-instruct"),
    *("CohereForAI/c4ai-command-r-plus", "EleutherAI/gpt-j-6b"),
)


@pytest.fixture(scope="module")
def all_names(recordings: Path) -> pl.DataFrame:
    return recorded_names(recordings)


@pytest.fixture(scope="module")
def genuine(all_names: pl.DataFrame) -> Resolution:
    return resolve(all_names)


def spoofed_names(all_names: pl.DataFrame, seed: int) -> pl.DataFrame:
    draw = random.Random(seed)
    rows = [
        row | {"kind": "chat"}
        for famous in FAMOUS
        for row in (
            *id_rows(famous, draw, OPEN_LLM),
            *name_rows(famous, draw, ARENA, famous.partition("/")[0]),
        )
    ]
    made = schema.frame(schema.NAMES, pl.DataFrame(rows, infer_schema_length=None))
    return made.unique(["source", "raw_name"], keep="first", maintain_order=True).join(
        all_names, on=["source", "raw_name"], how="anti"
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_spoofed_name_is_merged_and_no_genuine_name_moves(
    all_names: pl.DataFrame, genuine: Resolution, seed: int
) -> None:
    spoofed = spoofed_names(all_names, seed)
    assert spoofed.height >= 1000
    found = resolve(pl.concat([all_names, spoofed])).aliases
    models = set(genuine.aliases["model_id"])
    fakes = found.join(spoofed, on=["source", "raw_name"], how="semi")
    merged = fakes.filter(pl.col("model_id").is_in(list(models)))
    assert merged.select("source", "raw_name", "model_id").rows() == []
    kept = found.join(spoofed, on=["source", "raw_name"], how="anti")
    moved = kept.join(genuine.aliases, on=["source", "raw_name", "model_id"], how="anti")
    assert moved.select("source", "raw_name", "model_id").rows() == []


def test_every_famous_id_is_in_the_recordings(all_names: pl.DataFrame) -> None:
    assert set(FAMOUS) <= set(all_names["raw_name"])


def test_imitations_of_characters_are_quarantined(all_names: pl.DataFrame) -> None:
    spoofed = spoofed_names(all_names, 4).filter(pl.col("raw_name").str.contains(r"[^\x20-\x7e]"))
    assert spoofed.height >= 300
    found = resolve(pl.concat([all_names, spoofed]))
    missed = spoofed.join(found.quarantined, on=["source", "raw_name"], how="anti")
    assert missed["raw_name"].to_list() == []
