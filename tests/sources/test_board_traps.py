"""What single boards do differently from others: attacks on a judge, systems of models, links, sizes, editions."""

import json
from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from aggregator.errors import MissingColumn, SourceError
from aggregator.model import Domain, Parsed, Source
from aggregator.sources import aider_edit, aider_polyglot, alpaca_eval, arena_hard, bigcodebench, evalplus, livebench
from aggregator.sources.hub import linked_model_id
from tests.support import samples

NEWEST, *FROZEN = livebench.SOURCES
TABLE, CATEGORIES = "table/table_2026_01_08.csv", "categories/categories_2026_01_08.json"


def entry(source: Source, name: str) -> dict[str, object]:
    return samples.parsed(source).entries.row(by_predicate=pl.col("raw_name") == name, named=True)


def score(source: Source, name: str) -> dict[str, object]:
    return samples.parsed(source).scores.row(by_predicate=pl.col("raw_name") == name, named=True)


def reasons(source: Source) -> dict[str, str]:
    return dict(samples.parsed(source).quarantined.select("raw_name", "reason").rows())


def test_attacks_on_the_judge_stay_with_a_flag_and_systems_of_models_are_quarantined() -> None:
    flagged = samples.parsed(alpaca_eval.SOURCE).entries.filter("flagged")["raw_name"].to_list()
    assert flagged == ["NullModel", "gpt4_gamed"]
    assert reasons(alpaca_eval.SOURCE)["pairrm-tulu-2-70b"] == "names a system of several models"
    assert "SPPO-Mistral7B-PairRM" not in reasons(alpaca_eval.SOURCE)


def test_answers_that_others_sent_are_self_reported_and_a_prompt_is_a_setting() -> None:
    assert score(alpaca_eval.SOURCE, "claude-3-5-sonnet-20240620")["measured_by"] == "self_reported"
    assert score(alpaca_eval.SOURCE, "gpt-4o-2024-05-13")["measured_by"] is None
    assert score(alpaca_eval.SOURCE, "claude-2.1_concise")["setting"] == "prompt=concise"


def test_bounds_that_contradict_their_own_interval_are_quarantined() -> None:
    (content,) = samples.files(arena_hard.SOURCE).values()
    changed = content.replace(b"79.21,77.42,", b"79.21,7.42,")
    assert changed != content
    found = arena_hard.SOURCE.parse({"leaderboard": changed}).quarantined
    assert found["reason"].to_list() == ["bounds are not those of the interval"]


def test_runs_over_other_exercises_are_quarantined() -> None:
    assert reasons(aider_edit.SOURCE) == dict.fromkeys(
        ["gpt-4-turbo-2024-04-09 (diff)", "o1-mini", "o1-mini-2024-09-12"], "run is not of the 133 exercises"
    )


def test_a_stated_effort_budget_host_and_release_day_are_columns() -> None:
    assert entry(aider_polyglot.SOURCE, "gpt-5 (low)")["effort"] == "low"
    thinking = entry(aider_polyglot.SOURCE, "claude-opus-4-20250514 (32k thinking)")
    assert (thinking["thinking"], thinking["thinking_budget"]) == (True, 32000)
    assert entry(aider_polyglot.SOURCE, "gemini-2.5-flash-preview-05-20 (no think)")["thinking"] is False
    assert entry(aider_edit.SOURCE, "llama-3.3-70b-instruct")["host"] == "openrouter"
    assert entry(aider_edit.SOURCE, "claude-3-opus-20240229")["released_on"] == date(2024, 2, 29)
    name = "Claude-3.7-Sonnet-20250219 (temperature=1, length=12800, reasoning=3200)"
    assert entry(bigcodebench.SOURCE, name)["thinking_budget"] == 3200
    assert entry(bigcodebench.SOURCE, "o3-mini-2025-01-31 (temperature=1, reasoning=low)")["effort"] == "low"


def test_a_mixture_of_experts_has_its_active_size_and_a_contradiction_is_not_stated() -> None:
    v3 = entry(bigcodebench.SOURCE, "DeepSeek-V3")
    assert (v3["params_b"], v3["active_params_b"], v3["moe"]) == (671.0, 37.0, True)
    # The board says that Mixtral is none, and that it uses 44 of 176 billion parameters.
    assert entry(bigcodebench.SOURCE, "Mixtral-8x22B-Instruct")["moe"] is None
    evalplus_v3 = entry(evalplus.SOURCE, "DeepSeek-V3 (Nov 2024)")
    assert (evalplus_v3["params_b"], evalplus_v3["active_params_b"]) == (None, 37.0)


def test_a_link_to_the_page_of_a_model_is_its_id() -> None:
    links = {
        "https://huggingface.co/Qwen/QwQ-32B": "Qwen/QwQ-32B",
        "http://www.huggingface.co/Qwen/QwQ-32B/": "Qwen/QwQ-32B",
        "deepseek-ai/DeepSeek-V2.5-1210": "deepseek-ai/DeepSeek-V2.5-1210",
        "https://huggingface.co/blog/starcoder": None,
        "https://huggingface.co/datasets/bigcode/the-stack": None,
        "https://huggingface.co/Qwen": None,
        "https://openai.com/o1/": None,
        "https://huggingface.co/Qwen/QwQ-32B/tree/main": None,
    }
    found = pl.DataFrame({"link": list(links)}).select(linked_model_id(pl.col("link"))).to_series().to_list()
    assert found == list(links.values())
    assert entry(evalplus.SOURCE, "Command-R+")["hf_id"] == "CohereForAI/c4ai-command-r-plus"
    assert entry(evalplus.SOURCE, "GPT-4-Turbo (April 2024)")["hf_id"] is None


def test_a_model_of_an_older_edition_has_a_history_and_no_score() -> None:
    found = samples.parsed(NEWEST)
    gone = entry(NEWEST, "gpt-4.5-preview-2025-02-27")
    assert (gone["board_score"], gone["published_on"]) == (None, None)
    assert found.scores.filter(pl.col("raw_name") == "gpt-4.5-preview-2025-02-27").is_empty()
    assert found.history is not None
    history = found.history.filter(pl.col("raw_name") == "gpt-4.5-preview-2025-02-27")
    assert set(history["published_on"]) == {date(2025, 4, 25)}
    assert "livebench/overall" in set(history["benchmark"])


def test_the_current_edition_is_the_newest_file() -> None:
    whole = samples.files(NEWEST)
    older = {name: content for name, content in whole.items() if "2026" not in name}
    assert NEWEST.parse(older).published_on == date(2025, 5, 30)
    assert NEWEST.parse(whole).published_on == date(2026, 1, 8)
    later = {
        TABLE.replace("2026_01_08", "2026_11_20"): whole[TABLE],
        CATEGORIES.replace("2026_01_08", "2026_11_20"): whole[CATEGORIES],
    }
    assert NEWEST.parse(whole | later).published_on == date(2026, 11, 20)


def test_an_edition_without_its_categories_is_refused() -> None:
    files = samples.files(NEWEST)
    del files[CATEGORIES]
    with pytest.raises(SourceError, match=r"categories_2026_01_08\.json: the edition has no such file"):
        NEWEST.parse(files)


def with_categories(change: Mapping[str, list[str] | None]) -> Parsed:
    files = samples.files(NEWEST)
    categories = json.loads(files[CATEGORIES]) | change
    kept = {category: tasks for category, tasks in categories.items() if tasks is not None}
    return NEWEST.parse(files | {CATEGORIES: json.dumps(kept).encode()})


def test_a_new_category_counts_and_is_named_and_a_missing_one_refuses_the_edition() -> None:
    whole = samples.parsed(NEWEST)
    found = with_categories({"Language": ["connections", "plot_unscrambling"], "Spelling": ["typos"]})
    assert found.warnings == ("new category: `Spelling`",)
    domains = dict(found.benchmarks.select("benchmark", "domain").rows())
    # The frozen editions state the category of the task as before; the newest one decides.
    assert domains["livebench/typos"] == Domain.GENERAL.value
    name = "claude-4-1-opus-20250805-base"
    overall = [one.entries.filter(pl.col("raw_name") == name)["board_score"].item() for one in (whole, found)]
    assert overall[0] != overall[1]
    with pytest.raises(MissingColumn) as refused:
        with_categories({"Agentic Coding": None})
    assert refused.value.missing == ("Agentic Coding",)


def test_a_row_without_all_its_cells_is_no_model_s_row() -> None:
    files = samples.files(NEWEST)
    lines = files[TABLE].splitlines(keepends=True)
    cells = lines[5].split(b",")
    lines[5] = b",".join(cells[:4] + cells[6:])
    found = NEWEST.parse(files | {TABLE: b"".join(lines)})
    samples.assert_no_row_lost(found)
    assert found.quarantined.select("raw_name", "row", "reason").rows() == [
        (cells[0].decode(), 4, "22 cells, the header 24")
    ]


@pytest.mark.parametrize("source", FROZEN, ids=lambda source: source.id)
def test_a_frozen_edition_states_which_one_it_is(source: Source) -> None:
    found = samples.parsed(source)
    assert source.edition == str(source.frozen_on) == str(found.published_on)
    assert set(found.benchmarks["edition"]) == {source.edition}
    shared = found.benchmarks.drop_nulls("test_set")
    assert (shared["test_set"] == "livebench_" + shared["benchmark"].str.strip_prefix(f"{source.id}/")).all()
