"""Curated rules: the shipped ones are consistent, and contradictions are refused."""

import datetime as dt
from pathlib import Path

import pytest

from aggregator.errors import IdentityError
from aggregator.identity import Rules, lint, load_rules, resolve
from aggregator.identity.curated import Alias, DistinctPair, Edge, RenamedNamespace
from tests.support.names import arena, hub, names

TODAY = dt.date(2026, 11, 24)


def alias(model: str, *raw_names: str, since: dt.date | None = None, until: dt.date | None = None) -> Alias:
    return Alias(raw_names, model, "because", TODAY, since=since, until=until)


def test_every_shipped_row_has_a_reason_and_a_date() -> None:
    rules = load_rules()
    rows: list[Alias | RenamedNamespace | Edge | DistinctPair] = [
        *rules.aliases,
        *rules.moved,
        *rules.renamed,
        *rules.edges,
        *rules.apart,
    ]
    assert len(rows) > 150
    assert all(row.reason.strip() and isinstance(row.on, dt.date) for row in rows)


def test_every_shipped_distinct_pair_is_two_models() -> None:
    rules = load_rules()
    both = [name for pair in rules.apart for name in pair.names]
    rows = [*hub(*(n for n in both if "/" in n)), *arena(*(n for n in both if "/" not in n))]
    found = resolve(names(*rows).unique(["source", "raw_name"]), rules)
    model = dict(found.aliases.select("raw_name", "model_id").iter_rows())
    assert all(model[pair.names[0]] != model[pair.names[1]] for pair in rules.apart)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            Rules(renamed=(RenamedNamespace("a", "b", TODAY, ""), RenamedNamespace("b", "a", TODAY, ""))),
            "back to itself",
        ),
        (Rules(renamed=(RenamedNamespace("a", "b", TODAY, ""), RenamedNamespace("b", "c", TODAY, ""))), "leads on to"),
        (Rules(moved=(alias("x/new", "x/old"), alias("x/newest", "x/new"))), "leads on to"),
        (Rules(moved=(alias("X/Old", "x/old"),)), "back to itself"),
        (Rules(aliases=(alias("x/old", "foo"),), moved=(alias("x/new", "x/old"),)), "moved id"),
        (Rules(aliases=(alias("x/one", "Foo 7B"), alias("x/two", "foo-7b"))), "stands for"),
        (Rules(aliases=(alias("old/m", "foo"),), renamed=(RenamedNamespace("old", "new", TODAY, ""),)), "was renamed"),
        (
            Rules(aliases=(alias("x/m", "foo", "bar"),), apart=(DistinctPair(("Foo", "bar"), "", TODAY),)),
            "must stay apart",
        ),
        (Rules(aliases=(alias("x/m", "foo"),), apart=(DistinctPair(("foo", "X/M"), "", TODAY),)), "must stay apart"),
    ],
)
def test_contradictory_rules_are_refused(rules: Rules, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        lint(rules)


def test_one_name_may_be_two_models_at_different_times() -> None:
    early = alias("x/one", "foo-latest", until=dt.date(2025, 1, 31))
    late = alias("x/two", "foo-latest", since=dt.date(2025, 2, 1))
    rules = Rules(aliases=(early, late))
    lint(rules)
    for day, model in ((dt.date(2025, 1, 5), "x/one"), (dt.date(2025, 3, 5), "x/two")):
        rows = arena("Foo latest", first_seen_on=day, last_seen_on=day)
        assert resolve(names(*rows), rules).aliases["model_id"].to_list() == [model]


def test_a_name_without_dates_does_not_match_an_alias_with_dates() -> None:
    rules = Rules(aliases=(alias("x/one", "foo", until=dt.date(2025, 1, 31)),))
    assert resolve(names(*arena("foo")), rules).aliases["rung"].to_list() == ["own"]


def test_a_users_alias_replaces_the_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "aliases.toml"
    own.write_text(
        '[[alias]]\nnames = ["vicuna-13b"]\nmodel = "lmsys/vicuna-13b-v1.3"\nreason = "tried"\non = 2026-11-24\n',
        encoding="utf-8",
    )
    row = arena("Vicuna-13B", organization="LMSYS")
    assert resolve(names(*row), load_rules()).aliases["model_id"].to_list() == ["lmsys/vicuna-13b-v1.5"]
    assert resolve(names(*row), load_rules(own)).aliases["model_id"].to_list() == ["lmsys/vicuna-13b-v1.3"]
    assert load_rules(tmp_path / "missing.toml") == load_rules()


@pytest.mark.parametrize(
    "text",
    [
        "[[alias]\n",
        '[[alias]]\nnames = ["a"]\n',
        '[[apart]]\nnames = ["a"]\nreason = "x"\non = 2026-01-01\n',
        "alias = 3\n",
    ],
)
def test_a_malformed_aliases_file_is_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "aliases.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(IdentityError):
        load_rules(own)


def test_a_distinct_pair_prevents_a_match_by_key() -> None:
    rows = [*hub("microsoft/phi-4"), *arena("phi-4", organization="Microsoft")]
    kept = Rules(
        organizations=load_rules().organizations, apart=(DistinctPair(("Phi-4", "microsoft/phi-4"), "no", TODAY),)
    )
    found = resolve(names(*rows), kept).aliases
    assert found["model_id"].n_unique() == 2


def test_an_alias_does_not_match_the_same_name_of_another_publisher() -> None:
    rows = [*arena("DeepSeek-R1", organization="Somebody Else"), *arena("deepseek-r1")]
    model = dict(resolve(names(*rows)).aliases.select("raw_name", "model_id").iter_rows())
    assert model == {"DeepSeek-R1": "somebodyelse/deepseek-r1", "deepseek-r1": "deepseek-ai/DeepSeek-R1"}


def test_an_alias_with_dates_does_not_match_names_seen_on_other_days() -> None:
    early, late = dt.date(2025, 1, 5), dt.date(2025, 3, 5)
    rules = Rules(aliases=(alias("x/one", "foo-latest", until=dt.date(2025, 1, 31)),))
    rows = [
        *arena("Foo Latest", first_seen_on=early, last_seen_on=early),
        *arena("foo-latest", first_seen_on=late, last_seen_on=late),
    ]
    assert resolve(names(*rows), rules).aliases["model_id"].to_list() == ["x/one", "arena/foo-latest"]


def test_an_exact_alias_has_priority_over_an_alias_by_key() -> None:
    exact = Alias(("Foo-7b",), "x/first", "r", TODAY, exact=True)
    rules = Rules(aliases=(alias("x/second", "foo-7b-bf16"), exact))
    lint(rules)
    model = dict(resolve(names(*arena("Foo-7b", "Foo 7B")), rules).aliases.select("raw_name", "model_id").iter_rows())
    assert model == {"Foo-7b": "x/first", "Foo 7B": "x/second"}


def test_a_name_with_the_key_of_several_ids_becomes_a_new_model_with_another_id() -> None:
    rows = [
        *hub("mistralai/Foo-7B", "mistralai/foo_7b-v", "mistralai/7b-foo"),
        *arena("foo-7b", organization="Mistral"),
    ]
    found = resolve(names(*rows)).aliases.filter(raw_name="foo-7b")
    assert found.select("model_id", "rung").row(0) == ("arena/foo-7b", "own")


def test_a_name_without_a_publisher_matches_no_id_when_two_publishers_have_its_key() -> None:
    ids = hub("Nexusflow/Starling-LM-9B", "berkeley-nest/Starling-LM-9B")
    model = dict(resolve(names(*ids, *arena("starling-lm-9b"))).aliases.select("raw_name", "model_id").iter_rows())
    assert model["starling-lm-9b"] == "arena/starling-lm-9b"
    with_publisher = arena("starling-lm-9b", organization="Nexusflow")
    model = dict(resolve(names(*ids, *with_publisher)).aliases.select("raw_name", "model_id").iter_rows())
    assert model["starling-lm-9b"] == "Nexusflow/Starling-LM-9B"
