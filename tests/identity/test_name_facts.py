"""What a name shows of a model's kind and size, and the one name of each organization."""

from typing import Any

import polars as pl
import pytest

from aggregator.identity import load_rules, resolve
from aggregator.identity.name_facts import name_facts
from tests.support.names import arena, hub, names, rules_without_aliases


def kinds(*model_ids: str) -> dict[str, str | None]:
    found = name_facts(pl.Series(list(model_ids)), load_rules()).facts
    return dict.fromkeys(model_ids) | dict(found.select("model_id", "named_kind").iter_rows())


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("x/Chocolatine-14B", [14.0]),
        ("x/beyonder-4x7b", [28.0]),
        ("x/Deita-1_8B", [8.0, 1.8]),
        ("Qwen/Qwen3-30B-A3B", [30.0]),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", []),
        ("x/Mistral-7B-from-Mixtral-8x7B", []),
        ("x/bloom-560m", [0.56]),
        ("x/phi-2", []),
    ],
)
def test_all_sizes_in_a_name_are_read(name: str, sizes: list[float]) -> None:
    found = name_facts(pl.Series([name]), load_rules()).sizes
    assert found["size_b"].to_list() == pytest.approx(sizes)


def test_a_publishers_plain_id_is_pretrained_beside_its_chat_model_only() -> None:
    ids = ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct", "microsoft/phi-4", "x/Llama-3.1-8B")
    assert kinds(*ids) == {
        "meta-llama/Llama-3.1-8B": "pretrained",
        "meta-llama/Llama-3.1-8B-Instruct": "chat",
        "microsoft/phi-4": None,
        "x/Llama-3.1-8B": None,
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tiiuae/Falcon3-7B-Base", "pretrained"),
        ("x/Falcon3-7B-Base", None),
        ("x/NeuralPipe-7B-slerp", "merge"),
        ("x/foo-7b-it-ties", "merge"),
        ("google/gemma-2-2b-jpn-it", "chat"),
        ("x/foo-7b-sft", "fine_tuned"),
    ],
)
def test_words_of_a_name_show_the_kind(name: str, kind: str | None) -> None:
    assert kinds(name) == {name: kind}


def organizations(*rows: dict[str, Any]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    found = resolve(names(*rows), rules_without_aliases())
    named = set(found.organization_names.select("organization", "name").iter_rows())
    return dict(found.models.select("model_id", "organization").iter_rows()), named


def test_every_listed_organization_has_one_name_for_all_prefixes_of_ids() -> None:
    listed = load_rules().organizations
    spaces = [
        space for organization in listed for space in (organization.id, organization.vendor, *organization.namespaces)
    ]
    found, _ = organizations(*hub(*(f"{space}/Some-{at}-Name" for at, space in enumerate(dict.fromkeys(spaces)))))
    assert set(found.values()) == {organization.id for organization in listed}


def test_a_model_without_open_weights_belongs_to_the_organization_and_keeps_its_prefix() -> None:
    found, named = organizations(
        *hub("zai-org/GLM-4.5"), *arena("glm-4-plus", organization="Zhipu", license="Proprietary", open_weights=False)
    )
    assert found == {"zai-org/GLM-4.5": "zai-org", "zhipuai/glm-4-plus": "zai-org"}
    assert {("zai-org", name) for name in ("zai-org", "zhipuai", "Zhipu", "Z.ai")} <= named


def test_namespaces_that_differ_in_case_alone_are_one_organization_and_other_ones_are_not() -> None:
    found, named = organizations(*hub("SomeLab/a-1", "SomeLab/b-2", "somelab/c-3", "some-lab/d-4"))
    assert set(found.values()) == {"SomeLab", "some-lab"}
    assert ("SomeLab", "somelab") in named
