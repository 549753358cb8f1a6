"""The facts of `models`: where the name or lineage of a model contradicts a leaderboard, and the list of these facts."""

from typing import Any

import duckdb
import polars as pl
import pytest

from aggregator import schema
from aggregator.identity import load_rules, resolve
from aggregator.identity.curated import Rules
from aggregator.identity.parameter_count import MAX_SIZE_RATIO
from aggregator.pipeline.score import FACTS
from aggregator.warehouse.build import sql_root
from aggregator.warehouse.sql_file import read_sql_files
from tests.support.names import MTEB, OPEN_LLM, hub, names, rules_without_aliases

TABLES = ("models", "disputed_facts", "organization_names")


def built(*rows: dict[str, Any], rules: Rules | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection with TABLES, made from rows of NAMES and ENTRIES."""
    resolution = resolve(names(*rows), rules or rules_without_aliases())
    entries = schema.frame(schema.ENTRIES, pl.DataFrame(list(rows), infer_schema_length=None))
    sources = pl.DataFrame({"source": [OPEN_LLM, MTEB], "track": ["llm", "embedding"], "priority": [1, 2]})
    ranked = resolution.models.select("model_id").filter(pl.col("model_id").is_in([]))
    connection = duckdb.connect()
    for name, frame in {
        "input_models": resolution.models,
        "input_entries": entries,
        "input_name_facts": resolution.name_facts.facts,
        "input_name_sizes": resolution.name_facts.sizes,
        "input_organization_names": resolution.organization_names,
        "aliases": resolution.aliases,
        "sources": sources,
        "lineage": resolution.lineage,
        "standings": ranked,
        "hub_models": schema.frame(schema.HUB_MODELS).with_columns(model_id=pl.lit(None, dtype=pl.String)),
    }.items():
        connection.register(f"frame_{name}", frame)
        connection.execute(f"create table {name} as from frame_{name}")
    statements = {file.name: file.statement for file in read_sql_files(sql_root())}
    for table in TABLES:
        connection.execute(f"create table {table} as {statements[table]}")
    return connection


def kind(*rows: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return `kind` and `board_kind` of the first row's model."""
    found = built(*rows).execute("select kind, board_kind from models where model_id = ?", [rows[0]["raw_name"]])
    row = found.fetchone()
    assert row is not None
    return row[0], row[1]


LLAMA = hub("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-70B", kind="pretrained")


def test_a_publishers_plain_id_is_pretrained_and_its_chat_model_is_not() -> None:
    assert kind(*hub("meta-llama/Llama-3.1-8B", kind="fine_tuned"), *LLAMA) == ("pretrained", "fine_tuned")
    assert kind(*LLAMA) == ("chat", "pretrained")


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("x/NeuralPipe-7B-slerp", {}, "merge"),
        ("x/Blur-7b", {"merged": True}, "merge"),
        ("x/foo-7b-it", {}, "chat"),
        ("x/foo-7b-sft", {}, "fine_tuned"),
        ("x/foo", {"base_models": ["x/bar"]}, "continuously_pretrained"),
        ("x/foo", {"base_models": ["x/bar (Merge)"]}, "merge"),
        ("x/Llama-3.1-8B-Korean", {}, "continuously_pretrained"),
        ("x/foo", {}, "pretrained"),
    ],
)
def test_a_model_that_a_board_calls_pretrained_is_so_only_without_a_contradiction(
    name: str, facts: dict[str, Any], expected: str
) -> None:
    rows = [*hub(name, kind="pretrained", **facts), *hub("meta-llama/Llama-3.1-8B", kind="pretrained")]
    assert kind(*rows) == (expected, "pretrained")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("x/foo-7b", {"kind": "fine_tuned"}),
        ("x/foo-7b-chat", {"kind": "fine_tuned"}),
        ("x/foo-7b", {"kind": None}),
        ("x/Llama-3.1-8B", {"kind": "chat"}),
        # No board calls any model of this organization pretrained.
        ("garage-bAInd/Platypus2-70B", {"kind": "fine_tuned"}),
    ],
)
def test_other_kinds_stay_as_the_board_states_them(name: str, facts: dict[str, Any]) -> None:
    assert kind(*hub(name, **facts), *hub("garage-bAInd/Platypus2-70B-instruct")) == (facts["kind"], facts["kind"])


def disputed(*rows: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the stated and the other size of every model with a disputed size."""
    connection = built(*rows)
    listed = connection.execute("select model_id, value, other_value from disputed_facts where fact = 'params_b'")
    found = {model: (value, other) for model, value, other in listed.fetchall()}
    marked = connection.execute("select model_id from models where params_disputed").fetchall()
    assert set(found) == {model for (model,) in marked}
    return found


def test_a_size_is_disputed_when_it_differs_from_every_size_in_the_name() -> None:
    assert disputed(*hub("x/a-14B", params_b=8.367)) == {"x/a-14B": ("8.367", "14.0")}
    agreeing = [("x/a-14B", 9.0), ("x/b-4x7b", 24.15), ("x/c-1_8B", 1.8), ("x/d-30B-A3B", 30.5), ("x/e-1B-7B", 6.9)]
    rows = [row for name, size in agreeing for row in hub(name, params_b=size)]
    assert disputed(*rows, *hub("x/without-params-7b", "x/no-size")) == {}


def test_a_size_is_disputed_when_the_base_has_another_and_the_name_has_none() -> None:
    base = hub("x/base-7B", params_b=7.6)
    tuned = hub("x/tuned", base_models=["x/base-7B"], params_b=15.2)
    assert disputed(*base, *tuned) == {"x/tuned": ("15.2", "7.6")}
    assert disputed(*base, *hub("x/tuned-15B", base_models=["x/base-7B"], params_b=15.2)) == {}
    assert disputed(*base, *hub("x/grown", base_models=["x/base-7B (Merge)"], params_b=15.2)) == {}
    assert set(disputed(*base, *hub("x/small", base_models=["x/base-7B (Merge)"], params_b=3.8))) == {"x/small"}
    # The base's own size is disputed, and an embedding model can be distilled from a larger one.
    assert set(disputed(*hub("x/base-7B", params_b=3.8), *hub("x/t", base_models=["x/base-7B"], params_b=7.6))) == {
        "x/base-7B"
    }
    embeddings = [*hub("x/big", source=MTEB, params_b=7.0), *hub("x/m", base_models=["x/big"], source=MTEB, params_b=1)]
    assert disputed(*embeddings) == {}


def test_the_ratio_in_sql_is_that_of_identity() -> None:
    assert disputed(*hub("x/a-10B", params_b=10 * MAX_SIZE_RATIO + 0.1)) != {}
    assert disputed(*hub("x/a-10B", params_b=10 * MAX_SIZE_RATIO - 0.1)) == {}


def test_the_list_names_the_reason_of_a_disputed_kind() -> None:
    rows = [*LLAMA, *hub("meta-llama/Llama-3.1-8B", kind="fine_tuned"), *hub("x/foo-ties", kind="pretrained")]
    rows += hub("x/bar", kind="pretrained", base_models=["meta-llama/Llama-3.1-8B"])
    listed = built(*rows).execute("select model_id, reason from disputed_facts where fact = 'kind'").fetchall()
    assert dict(listed) == {
        "meta-llama/Llama-3.1-8B-Instruct": "a word in its name",
        "meta-llama/Llama-3.1-8B": "the plain name of its organization's base model",
        "x/foo-ties": "a word in its name",
        "x/bar": "its base model meta-llama/Llama-3.1-8B",
    }


def test_base_model_follows_the_most_trusted_edge() -> None:
    rows = hub("princeton-nlp/gemma-2-9b-it-SimPO", base_models=["google/gemma-2-9b"])
    found = built(*rows, *hub("google/gemma-2-9b-it"), rules=load_rules()).execute(
        "select base_model from models where model_id like '%SimPO'"
    )
    assert found.fetchall() == [("google/gemma-2-9b-it",)]


def test_ranking_gets_no_disputed_size() -> None:
    """So such a model is no gem, and its scores are not compared with those of models of that size."""
    connection = built(*hub("x/a-14B", params_b=8.367), *hub("x/b-7B", params_b=7.6))
    facts = dict(connection.sql(FACTS).pl().select("model_id", "params_b").iter_rows())
    assert facts == {"x/a-14B": None, "x/b-7B": 7.6}
