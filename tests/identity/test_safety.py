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


def test_a_rename_is_not_followed_for_an_id_first_seen_years_later() -> None:
    late = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2027, 1, 1))
    assert resolve(names(*late)).aliases["model_id"].to_list() == ["WizardLM/WizardLM-70B-V1.0"]
    early = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2023, 9, 1))
    assert resolve(names(*early)).aliases["model_id"].to_list() == ["WizardLMTeam/WizardLM-70B-V1.0"]


def test_look_alike_letters_become_ascii_in_the_skeleton() -> None:
    assert latin_skeleton("рhі-4") == "phi-4"
    assert latin_skeleton("phi-4") == "phi-4"
