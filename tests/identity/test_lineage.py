"""Typed edges: their sources, the absence of cycles, and the family of each model."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.identity import Rules, resolve
from aggregator.identity.base_model_field import read_parents
from aggregator.identity.curated import Edge
from tests.support.names import MTEB, arena, hub, names, rules_without_aliases


def edges(*rows: dict[str, Any], rules: Rules | None = None) -> set[tuple[str, str, str]]:
    return set(resolve(names(*rows), rules).lineage.select("model_id", "relation", "parent_id").iter_rows())


def family_of(*rows: dict[str, Any]) -> dict[str, str]:
    return dict(resolve(names(*rows), rules_without_aliases()).models.select("model_id", "family").iter_rows())


@pytest.mark.parametrize(
    ("text", "ids", "is_merge"),
    [
        ("Qwen/Qwen2.5-7B", ("Qwen/Qwen2.5-7B",), False),
        ("Qwen/Qwen2.5-7B (Merge)", ("Qwen/Qwen2.5-7B",), True),
        ("Removed", (), False),
        ("?", (), False),
        ("", (), False),
        ("a/b, c/d", ("a/b", "c/d"), False),
        ("['a/b', 'c/d'] (Merge)", ("a/b", "c/d"), True),
        ("https://huggingface.co/deepvk/deberta-v1-base", ("deepvk/deberta-v1-base",), False),
        ("https://huggingface.co/org/name/tree/main?x=1", ("org/name",), False),
        ("/home/me/.cache/torch/sentence_transformers/intfloat_e5-large-v2", ("intfloat/e5-large-v2",), False),
        ("/content/drive/MyDrive/project/model", (), False),
        ("XLM-RoBERTa", (), False),
        ("gpt2", ("gpt2",), False),
        ("GPT2 (Merge)", ("GPT2",), True),
    ],
)
def test_base_models_are_read_in_every_form(text: str, ids: tuple[str, ...], *, is_merge: bool) -> None:
    assert read_parents(text, {"gpt2"}) == (ids, is_merge)


def test_a_model_that_names_itself_as_base_has_no_parent() -> None:
    assert edges(*hub("a/b", base_models=["A/B"])) == set()


def test_relations_follow_the_fields_of_the_board() -> None:
    rows = [
        *hub("x/tuned", base_models=["mistralai/Mistral-7B-v0.1"], kind="fine_tuned"),
        *hub("x/merged", base_models=["mistralai/Mistral-7B-v0.1 (Merge)"]),
        *hub("x/moe", base_models=["mistralai/Mistral-7B-v0.1"], kind="merge"),
        *hub("x/embed", base_models=["mistralai/Mistral-7B-v0.1"], source=MTEB),
        *hub("x/embed-more", base_models=["x/embed"], source=MTEB, superseded_by="x/embed-newest"),
    ]
    assert edges(*rows, rules=rules_without_aliases()) == {
        ("x/tuned", "finetune_of", "mistralai/Mistral-7B-v0.1"),
        ("x/merged", "merge_of", "mistralai/Mistral-7B-v0.1"),
        ("x/moe", "merge_of", "mistralai/Mistral-7B-v0.1"),
        ("x/embed", "embedding_of", "mistralai/Mistral-7B-v0.1"),
        ("x/embed-more", "finetune_of", "x/embed"),
        ("x/embed-more", "superseded_by", "x/embed-newest"),
    }


def test_parents_have_their_newest_id_in_its_official_casing() -> None:
    rows = [*hub("meta-llama/Llama-3.1-8B"), *hub("x/y", base_models=["meta-llama/meta-llama-3.1-8b"])]
    assert edges(*rows) == {("x/y", "finetune_of", "meta-llama/Llama-3.1-8B")}


def test_a_cycle_loses_one_edge_and_later_models_are_not_ancestors() -> None:
    rows = [
        *hub("x/a", base_models=["x/b"], superseded_by="x/b"),
        *hub("x/b", base_models=["x/c"]),
        *hub("x/c", base_models=["x/a"]),
    ]
    found = edges(*rows, rules=rules_without_aliases())
    assert len([edge for edge in found if edge[1] == "finetune_of"]) == 2
    assert ("x/a", "superseded_by", "x/b") in found


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
def test_no_graph_of_base_models_makes_a_cycle_and_every_model_has_a_family(pairs: list[tuple[int, int]]) -> None:
    parents: dict[int, list[str]] = {node: [] for node in range(8)}
    for child, parent in pairs:
        parents[child].append(f"x/m{parent}z")
    rows = [row for node, named in parents.items() for row in hub(f"x/m{node}z", base_models=named)]
    found = resolve(names(*rows), rules_without_aliases())
    up: dict[str, set[str]] = {}
    for child, parent in found.lineage.select("model_id", "parent_id").iter_rows():
        up.setdefault(child, set()).add(parent)
    for start, above in up.items():
        seen: set[str] = set()
        ahead = list(above)
        while ahead:
            node = ahead.pop()
            assert node != start
            if node not in seen:
                seen.add(node)
                ahead += up.get(node, ())
    assert found.models["family"].null_count() == 0
    roots = set(found.models["model_id"]) - set(up)
    single = {child for child, parents_of in up.items() if len(parents_of) == 1}
    family = dict(found.models.select("model_id", "family").iter_rows())
    assert all(family[root] == root for root in roots)
    assert all(family[child] == family[next(iter(up[child]))] for child in single)


def test_a_family_is_the_root_of_a_long_chain() -> None:
    chain = [row for n in range(1, 3000) for row in hub(f"x/step{n}q", base_models=[f"x/step{n - 1}q"])]
    assert family_of(*hub("x/step0q"), *chain)["x/step2999q"] == "x/step0q"


def test_a_merge_of_two_families_starts_a_family_and_a_merge_inside_one_does_not() -> None:
    rows = [
        *hub("x/a1q", base_models=["x/rootq"]),
        *hub("x/a2q", base_models=["x/rootq"]),
        *hub("x/inner", base_models=["x/a1q, x/a2q (Merge)"]),
        *hub("x/outer", base_models=["x/a1q, y/other (Merge)"]),
    ]
    family = family_of(*rows)
    assert family["x/inner"] == "x/rootq"
    assert family["x/outer"] == "x/outer"


def test_a_copy_has_the_family_of_its_original_for_any_base_model() -> None:
    rows = [
        *hub("google/gemma-2-9b-it", base_models=["google/gemma-2-9b"]),
        *hub("unsloth/gemma-2-9b-it-bnb-4bit", base_models=["google/gemma-2-9b-it", "elsewhere/thing"]),
    ]
    family = family_of(*rows)
    assert family["unsloth/gemma-2-9b-it-bnb-4bit"] == family["google/gemma-2-9b-it"] == "google/gemma-2-9b"


def test_an_instruct_model_descends_from_the_base_with_its_name_only_when_no_board_states_a_parent() -> None:
    without_parent = [*hub("Qwen/Qwen2.5-7B"), *hub("Qwen/Qwen2.5-7B-Instruct")]
    assert ("Qwen/Qwen2.5-7B-Instruct", "finetune_of", "Qwen/Qwen2.5-7B") in edges(
        *without_parent, rules=rules_without_aliases()
    )
    with_parent = [*hub("Qwen/Qwen2.5-7B"), *hub("Qwen/Qwen2.5-7B-Instruct", base_models=["Qwen/Other"])]
    assert edges(*with_parent, rules=rules_without_aliases()) == {
        ("Qwen/Qwen2.5-7B-Instruct", "finetune_of", "Qwen/Other")
    }


def test_a_mode_has_an_edge_to_the_model_without_the_mode() -> None:
    rows = [
        *hub("Qwen/Qwen3-235B-A22B"),
        *arena("qwen3-235b-a22b-no-thinking", organization="Alibaba"),
        *arena("claude-opus-4-20250514", "claude-opus-4-20250514-thinking-16k", organization="Anthropic"),
    ]
    found = {(child.lower(), relation, parent) for child, relation, parent in edges(*rows)}
    assert found == {
        ("qwen/qwen3-235b-a22b-no-thinking", "mode_of", "Qwen/Qwen3-235B-A22B"),
        ("anthropic/claude-opus-4-20250514-thinking-16k", "mode_of", "anthropic/claude-opus-4-20250514"),
    }


def test_a_model_with_the_name_of_an_original_is_a_copy_only_in_a_namespace_that_re_uploads() -> None:
    rows = [*hub("Qwen/Qwen2.5-14B", "braindao/Qwen2.5-14B", "AI-Sweden-Models/Qwen2.5-14B")]
    assert edges(*rows) == set()


def test_every_edge_has_a_source_its_trust_and_evidence() -> None:
    rows = [
        *hub("x/y", base_models=["a/b"]),
        *hub("nvidia/NV-Embed-v2", source=MTEB),
        *hub("Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-7B-Instruct"),
    ]
    found = resolve(names(*rows)).lineage
    assert dict(found.select("source", "trust").iter_rows()) == {"open_llm_v2": 3, "curated": 5, "name": 2}
    assert found.filter(pl.col("evidence").str.len_chars() < 5).is_empty()


def test_the_family_follows_the_most_trusted_edge() -> None:
    edge = Edge("x/child", "finetune_of", "x/right", "the model card", date(2026, 11, 26))
    rules = replace(rules_without_aliases(), edges=(edge,))
    rows = [*hub("x/child", base_models=["x/wrong"]), *hub("x/grandchild", base_models=["x/child"])]
    found = resolve(names(*rows), rules)
    assert found.lineage.filter(model_id="x/child").height == 2
    assert set(found.models["family"]) == {"x/right"}


def test_an_unlisted_parent_with_the_name_of_an_embedding_model_is_no_language_model() -> None:
    rows = [
        *hub("x/small-embed", base_models=["y/great-embeddings"], source=MTEB),
        *hub("x/other", base_models=["intfloat/e5-base-unsupervised"], source=MTEB),
        *hub("intfloat/e5-base", base_models=["google-bert/bert-base-uncased"], source=MTEB),
    ]
    assert edges(*rows, rules=rules_without_aliases()) == {
        ("x/small-embed", "finetune_of", "y/great-embeddings"),
        ("x/other", "finetune_of", "intfloat/e5-base-unsupervised"),
        ("intfloat/e5-base", "embedding_of", "google-bert/bert-base-uncased"),
    }
