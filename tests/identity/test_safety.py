"""Imitated names never match the models that they imitate."""

import datetime as dt
import random
from collections.abc import Callable

import polars as pl
import pytest

from aggregator.identity import load_rules, resolve
from aggregator.identity.safety import QUARANTINE, escape_non_ascii, latin_skeleton
from tests.support.names import KNOWN_IDS, MTEB, arena, hub, names

CYRILLIC = dict(zip("aceopxyiHKMT", "асеорхуіНКМТ", strict=True))
GREEK = dict(zip("ovABEHIKMNOTXZ", "ονΑΒΕΗΙΚΜΝΟΤΧΖ", strict=True))
FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
MATHEMATICAL = {chr(ord("a") + n): chr(0x1D41A + n) for n in range(26)}
HIDDEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u202a", "\u2066", "\u200f")


def replacing(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    """Return a function that replaces one or all letters of a text that are in `table`."""

    def imitate(text: str, draw: random.Random) -> str:
        places = [at for at, letter in enumerate(text) if letter in table]
        chosen = places if draw.random() < 0.3 else draw.sample(places, min(1, len(places)))
        return "".join(table[letter] if at in chosen else letter for at, letter in enumerate(text))

    return imitate


def with_hidden_character(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(HIDDEN) + text[at:]


IMITATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "cyrillic": replacing(CYRILLIC),
    "greek": replacing(GREEK),
    "full width": replacing(FULL_WIDTH),
    "mathematical": replacing(MATHEMATICAL),
    "hidden": with_hidden_character,
}


def imitated_names() -> list[str]:
    """Return imitations of famous ids and of their tails in every class of characters; the seed is fixed."""
    draw = random.Random(22)
    shipped = load_rules()
    targets = sorted({*KNOWN_IDS, *(alias.model for alias in shipped.aliases)})[:200]
    made = [
        imitate(text, draw)
        for model in targets
        for text in (model, model.rpartition("/")[2])
        for imitate in IMITATIONS.values()
    ]
    return sorted(set(made) - {text for model in targets for text in (model, model.rpartition("/")[2])})


@pytest.mark.parametrize("as_id", [True, False])
def test_no_imitation_matches_and_each_is_quarantined(as_id: bool) -> None:
    fakes = imitated_names()
    assert len(fakes) >= 500
    rules = load_rules()
    genuine = hub(*sorted({*KNOWN_IDS, *(alias.model for alias in rules.aliases)}))
    rows = hub(*fakes, source="hub") if as_id else arena(*fakes)
    found = resolve(names(*genuine, *rows), rules)
    real = set(found.aliases.filter(pl.col("source") == "open_llm_v2")["model_id"])
    fake = found.aliases.filter(pl.col("source") != "open_llm_v2")
    assert real.isdisjoint(fake["model_id"])
    assert set(found.quarantined["raw_name"]) == set(fakes)
    assert fake["model_id"].str.starts_with(QUARANTINE + "/").all()
    assert fake["model_id"].n_unique() == len(fakes)


def test_quarantined_names_are_written_in_ascii_with_escapes() -> None:
    assert escape_non_ascii("Llаma\u200b") == "Ll\\u0430ma\\u200b"


def test_a_name_in_another_script_is_not_quarantined() -> None:
    found = resolve(names(*hub("microsoft/phi-4"), *arena("模型-7b", "Mistral-Café-7B")))
    assert found.quarantined.is_empty()


def test_a_row_whose_link_leads_to_another_id_is_quarantined() -> None:
    rows = hub("meta-llama/Llama-3.1-8B-Instruct", link="attacker/fine")
    found = resolve(names(*rows))
    assert found.quarantined.row(0, named=True)["reason"] == (
        "its name says meta-llama/Llama-3.1-8B-Instruct but its link leads to attacker/fine"
    )
    assert found.aliases["model_id"].to_list() != ["meta-llama/Llama-3.1-8B-Instruct"]


def test_a_link_under_the_other_name_of_a_renamed_namespace_agrees() -> None:
    assert resolve(names(*hub("CohereForAI/aya-23-8B", link="CohereLabs/aya-23-8B"))).quarantined.is_empty()


def test_a_reference_page_of_another_model_is_only_listed_for_review() -> None:
    found = resolve(names(*hub("jxm/cde-small-v2", source=MTEB, link="jxm/cde-small-v1")))
    assert found.quarantined.is_empty()
    assert found.unresolved["candidates"].to_list() == [["jxm/cde-small-v1"]]


@pytest.mark.parametrize("namespace", ["meta-1lama", "rneta-llama", "meta_llama", "g00gle", "rnicrosoft", "mistra1ai"])
def test_a_namespace_that_imitates_a_known_one_is_quarantined(namespace: str) -> None:
    found = resolve(names(*hub(f"{namespace}/Llama-3.1-8B-Instruct")))
    assert "imitates" in found.quarantined["reason"][0]


@pytest.mark.parametrize("namespace", ["-meta-llama", "meta-llama-", "meta.llama", "meta--llama", "METALLAMA", "Qwen-"])
def test_a_name_whose_prefix_differs_from_a_namespace_in_separators_is_quarantined(namespace: str) -> None:
    found = resolve(names(*hub(*KNOWN_IDS), *arena(f"{namespace}/Llama-3.1-8B-Instruct")))
    assert "imitates" in found.quarantined["reason"][0]


@pytest.mark.parametrize("prefix", ["mistral-ai", "mistral ai", "xai", "cohere", "z.ai"])
def test_prefixes_that_boards_write_for_an_organization_are_regular(prefix: str) -> None:
    assert resolve(names(*hub(*KNOWN_IDS), *arena(f"{prefix}/model-7b"))).quarantined.is_empty()


@pytest.mark.parametrize("mark", ["\u20e3", "\u0489", "\ufe0f", "\u034f", "\u0301", "\u3164", "\u2800"])
@pytest.mark.parametrize("at", [2, 14])
def test_marks_and_fillers_in_a_known_name_are_suspicious(mark: str, at: int) -> None:
    known = "meta-llama/Llama-3.1-8B-Instruct"
    found = resolve(names(*hub(*KNOWN_IDS), *arena(known[:at] + mark + known[at:])))
    assert found.quarantined.height == 1


def test_an_id_with_a_known_namespace_has_no_characters_that_the_hub_refuses() -> None:
    found = resolve(
        names(*hub(*KNOWN_IDS), *arena("microsoft/phi•4", "microsoft/../qzxw/phi-4", "microsoft/phi 4 (chat)"))
    )
    assert found.quarantined["raw_name"].to_list() == ["microsoft/phi•4", "microsoft/../qzxw/phi-4"]


def test_a_quarantined_row_after_many_others_does_not_stop_the_night() -> None:
    # The rows of each source are a chunk of their own; a filter then leaves an empty first chunk.
    regular = names(*hub("microsoft/phi-4", "google/gemma-2-9b-it", "Qwen/QwQ-32B"))
    hostile = names(*(row for n in range(3) for row in hub(f"qzxw/x-{n}", link="microsoft/phi-4")))
    assert resolve(pl.concat([regular, hostile], rechunk=False)).quarantined.height == 3


def test_a_rename_is_not_followed_for_an_id_first_seen_years_later() -> None:
    late = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2027, 1, 1))
    assert resolve(names(*late)).aliases["model_id"].to_list() == ["WizardLM/WizardLM-70B-V1.0"]
    early = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2023, 9, 1))
    assert resolve(names(*early)).aliases["model_id"].to_list() == ["WizardLMTeam/WizardLM-70B-V1.0"]


def test_look_alike_letters_become_ascii_in_the_skeleton() -> None:
    assert latin_skeleton("рhі-4") == "phi-4"
    assert latin_skeleton("phi-4") == "phi-4"
