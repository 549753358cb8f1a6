"""Names that were made to be taken for others are never taken for them."""

import datetime as dt
import random
from collections.abc import Callable

import polars as pl
import pytest

from aggregator.identity import load_rules, resolve
from aggregator.identity.safety import QUARANTINE, latin_skeleton, visible
from tests.support.names import KNOWN_IDS, MTEB, arena, hub, names

CYRILLIC = dict(zip("aceopxyiHKMT", "асеорхуіНКМТ", strict=True))
GREEK = dict(zip("ovABEHIKMNOTXZ", "ονΑΒΕΗΙΚΜΝΟΤΧΖ", strict=True))
FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
MATHEMATICAL = {chr(ord("a") + n): chr(0x1D41A + n) for n in range(26)}
HIDDEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u202a", "\u2066", "\u200f")


def swapped(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    """Return a spoiler that replaces one or all letters that `table` has."""

    def spoil(text: str, draw: random.Random) -> str:
        places = [at for at, letter in enumerate(text) if letter in table]
        chosen = places if draw.random() < 0.3 else draw.sample(places, min(1, len(places)))
        return "".join(table[letter] if at in chosen else letter for at, letter in enumerate(text))

    return spoil


def hidden(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(HIDDEN) + text[at:]


SPOILERS: dict[str, Callable[[str, random.Random], str]] = {
    "cyrillic": swapped(CYRILLIC),
    "greek": swapped(GREEK),
    "full width": swapped(FULL_WIDTH),
    "mathematical": swapped(MATHEMATICAL),
    "hidden": hidden,
}


def spoofs() -> list[str]:
    """Return imitations of famous ids and of their tails, every class of characters, always the same ones."""
    draw = random.Random(22)
    shipped = load_rules()
    targets = sorted({*KNOWN_IDS, *(alias.model for alias in shipped.aliases)})[:200]
    made = [
        spoil(text, draw)
        for model in targets
        for text in (model, model.rpartition("/")[2])
        for spoil in SPOILERS.values()
    ]
    return sorted(set(made) - {text for model in targets for text in (model, model.rpartition("/")[2])})


@pytest.mark.parametrize("as_id", [True, False])
def test_no_imitation_is_merged_and_each_is_listed(as_id: bool) -> None:
    fakes = spoofs()
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


def test_held_out_names_are_written_so_that_they_cannot_pass_for_others() -> None:
    assert visible("Llаma\u200b") == "Ll\\u0430ma\\u200b"


def test_a_name_in_its_own_letters_is_kept_apart_and_not_held_out() -> None:
    found = resolve(names(*hub("microsoft/phi-4"), *arena("模型-7b", "Mistral-Café-7B")))
    assert found.quarantined.is_empty()


def test_text_and_link_that_disagree_are_held_out() -> None:
    rows = hub("meta-llama/Llama-3.1-8B-Instruct", link="attacker/fine")
    found = resolve(names(*rows))
    assert found.quarantined.row(0, named=True)["reason"] == (
        "its name says meta-llama/Llama-3.1-8B-Instruct but its link leads to attacker/fine"
    )
    assert found.aliases["model_id"].to_list() != ["meta-llama/Llama-3.1-8B-Instruct"]


def test_a_link_under_the_namespace_s_other_name_agrees() -> None:
    assert resolve(names(*hub("CohereForAI/aya-23-8B", link="CohereLabs/aya-23-8B"))).quarantined.is_empty()


def test_a_page_of_reference_of_another_model_is_listed_for_review_only() -> None:
    found = resolve(names(*hub("jxm/cde-small-v2", source=MTEB, link="jxm/cde-small-v1")))
    assert found.quarantined.is_empty()
    assert found.unresolved["candidates"].to_list() == [["jxm/cde-small-v1"]]


@pytest.mark.parametrize("namespace", ["meta-1lama", "rneta-llama", "meta_llama", "g00gle", "rnicrosoft", "mistra1ai"])
def test_a_namespace_that_imitates_a_known_one_is_held_out(namespace: str) -> None:
    found = resolve(names(*hub(f"{namespace}/Llama-3.1-8B-Instruct")))
    assert "imitates" in found.quarantined["reason"][0]


def test_an_old_namespace_that_comes_back_years_later_is_not_followed() -> None:
    late = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2027, 1, 1))
    assert resolve(names(*late)).aliases["model_id"].to_list() == ["WizardLM/WizardLM-70B-V1.0"]
    early = hub("WizardLM/WizardLM-70B-V1.0", first_seen_on=dt.date(2023, 9, 1))
    assert resolve(names(*early)).aliases["model_id"].to_list() == ["WizardLMTeam/WizardLM-70B-V1.0"]


def test_the_skeleton_of_a_text_is_what_it_looks_like() -> None:
    assert latin_skeleton("рhі-4") == "phi-4"
    assert latin_skeleton("phi-4") == "phi-4"
