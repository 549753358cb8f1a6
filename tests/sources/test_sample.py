"""The bundled sample: real rows, a small size, boards that overlap, and the hard cases of identity."""

import json
import tomllib
from pathlib import Path

import polars as pl

from aggregator.model import Source, Track
from aggregator.sources import SAMPLE, arena, mteb, on_by_default, open_llm_v1, open_llm_v2
from tests.conftest import REPOSITORY
from tests.support import board_files, samples
from tools import write_sample
from tools.sample_records import folded

CHOSEN = tomllib.loads((REPOSITORY / "tools" / "sample.toml").read_text(encoding="utf-8"))


def names(source: Source) -> set[str]:
    return set(samples.parsed(source).entries["raw_name"])


def files_of_the_sample() -> set[Path]:
    return {path for path in SAMPLE.rglob("*") if path.is_file() and path != SAMPLE / "README.md"}


def test_the_sample_is_small_and_has_every_file_of_every_board_and_no_other() -> None:
    paths = files_of_the_sample()
    files = {resource.path for source in on_by_default() for resource, _ in samples.files_of(source)}
    assert {SAMPLE / path for path in files} == paths
    assert sum(path.stat().st_size for path in paths) <= 2_500_000


def test_the_tool_writes_exactly_these_bytes(recordings: Path) -> None:
    written = write_sample.sample_files(recordings, CHOSEN)
    assert {path: (SAMPLE / path).read_bytes() == content for path, content in written.items()} == dict.fromkeys(
        written, True
    )
    assert {SAMPLE / path for path in written} == files_of_the_sample()


def test_every_row_of_the_sample_is_a_row_of_the_recording(recordings: Path) -> None:
    for path in SAMPLE.rglob("*.parquet"):
        sample, recording = pl.read_parquet(path), pl.read_parquet(recordings / path.relative_to(SAMPLE))
        assert sample.schema == recording.schema
        assert sample.join(recording, on=sample.columns, how="anti", nulls_equal=True).is_empty()


def test_every_record_of_the_sample_is_a_record_of_the_recording(recordings: Path) -> None:
    checked = 0
    for source in on_by_default():
        for resource, content in samples.files_of(source):
            if resource.media == "parquet" or resource.path.startswith("mteb"):
                continue
            tree = board_files.read_tree(resource, content)
            recording = board_files.read_tree(resource, (recordings / resource.path).read_bytes())
            if isinstance(tree, dict):
                assert tree.items() <= recording.items(), resource.path
                continue
            assert [row for row in tree if not any(row.items() <= real.items() for real in recording)] == []
            checked += len(tree)
    assert checked >= 1000


def test_notes_and_addresses_of_logs_are_not_shipped() -> None:
    for path in (SAMPLE / "github" / "epoch-research").rglob("*.csv"):
        header = path.read_text(encoding="utf-8-sig").partition("\n")[0].split(",")
        assert {"Notes", "logs", "log viewer", "job"}.isdisjoint(header), path.name
    table = (SAMPLE / "github" / "vectara" / "hallucination-leaderboard" / "README.md").read_text(encoding="utf-8")
    prose = [line for line in table.splitlines() if line and not line.startswith("|")]
    assert prose[0] == "# Leaderboard"
    assert [line.partition(" on ")[0] for line in prose[1:]] == ["Last updated"]


def test_each_board_of_language_models_shares_models_with_others() -> None:
    """Compare folded names: a lower bound, because most boards spell a model in their own way."""
    boards = {source.id: {folded(name) for name in names(source)} for source in on_by_default()}
    for source in on_by_default():
        if source.track is Track.LLM:
            others = set().union(*(found for board, found in boards.items() if board != source.id))
            assert len(boards[source.id] & others) >= 5, source.id


def test_boards_share_models() -> None:
    v2, v1 = names(open_llm_v2.SOURCE), names(open_llm_v1.SOURCE)
    tails = {name.rpartition("/")[2].lower() for name in v1 | v2}
    rated = {name.lower() for name in names(arena.TEXT_STYLE_CONTROL)}
    assert len(v1 & v2) >= 50
    assert len(tails & rated) >= 30
    assert len(names(mteb.ENGLISH) & names(mteb.MULTILINGUAL)) >= 50


def test_base_models_of_one_board_are_models_of_another() -> None:
    bases = set(samples.parsed(mteb.ENGLISH).entries["base_models"].explode().drop_nulls())
    assert len(bases & (names(open_llm_v2.SOURCE) | names(open_llm_v1.SOURCE))) >= 5
    assert {"mistralai/Mistral-7B-v0.1", "google/gemma-2b", "bigscience/bloom-7b1"} <= bases


def test_the_hard_cases_of_identity_are_in_the_sample() -> None:
    v2, v1, text = names(open_llm_v2.SOURCE), names(open_llm_v1.SOURCE), names(arena.TEXT)
    assert {"WizardLMTeam/WizardLM-70B-V1.0", "unsloth/phi-4", "unsloth/phi-4-bnb-4bit", "jebish7/aya-expanse-8b"} <= v2
    assert {"qingy2019/Qwen2.5-Math-14B-Instruct-Alpha", "jaspionjader/bh-58", "jaspionjader/bh-59", "gpt2"} <= v2
    assert {"WizardLM/WizardLM-70B-V1.0", "upstage/Llama-2-70b-instruct", "facebook/opt-1.3b", "facebook/opt-13b"} <= v1
    assert {
        "Command R (04-2024)",
        "Command R+ (04-2024)",
        "gpt-4-0314",
        "gpt-4-0613",
        "qwq-32b",
        "qwq-32b-preview",
    } <= text
    assert {
        "gpt-5-high",
        "claude-opus-4-5-20251101-thinking-32k",
        "qwen3-max-preview",
        "chatgpt-4o-latest-20250326",
    } <= text


def test_display_names_and_api_keys_have_four_dates_each() -> None:
    history = samples.parsed(arena.TEXT).history
    assert history is not None
    for name, dates in (("Llama-2-7b-chat", 2), ("Llama-2-7B-chat", 2), ("llama-2-7b-chat", 4)):
        assert history.filter(pl.col("raw_name") == name, pl.col("benchmark") == "arena_text/overall").height == dates


def test_no_descriptions_or_citations_of_the_hosts_are_shipped() -> None:
    for path in SAMPLE.rglob("scores.json"):
        payload = json.loads(path.read_bytes())
        described = [*payload["tasksMeta"], *(row["model"] for row in payload["rows"])]
        assert {str(found.get("description", "")) + str(found["citation"] or "") for found in described} == {""}
        assert not any(found.get("trainingDatasets") or found["languages"] for found in described)
