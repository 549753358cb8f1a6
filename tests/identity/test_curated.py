"""Curated data: what is shipped holds, and what contradicts itself is refused."""

import datetime as dt
from pathlib import Path

import pytest

from aggregator.errors import IdentityError
from aggregator.identity import Rules, lint, load_rules, resolve
from aggregator.identity.curated import Alias, Apart, Edge, Renamed
from tests.support.names import arena, hub, names

TODAY = dt.date(2026, 11, 24)


def alias(model: str, *spelled: str, since: dt.date | None = None, until: dt.date | None = None) -> Alias:
    return Alias(spelled, model, "because", TODAY, since=since, until=until)


def test_every_shipped_row_has_a_reason_and_a_date() -> None:
    rules = load_rules()
    rows: list[Alias | Renamed | Edge | Apart] = [
        *rules.aliases,
        *rules.moved,
        *rules.renamed,
        *rules.edges,
        *rules.apart,
    ]
    assert len(rows) > 150
    assert all(row.reason.strip() and isinstance(row.on, dt.date) for row in rows)


def test_every_shipped_pair_that_must_stay_apart_stays_apart() -> None:
    rules = load_rules()
    spelled = [name for pair in rules.apart for name in pair.names]
    rows = [*hub(*(n for n in spelled if "/" in n)), *arena(*(n for n in spelled if "/" not in n))]
    found = resolve(names(*rows).unique(["source", "raw_name"]), rules)
    model = dict(found.aliases.select("raw_name", "model_id").iter_rows())
    assert all(model[pair.names[0]] != model[pair.names[1]] for pair in rules.apart)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(renamed=(Renamed("a", "b", TODAY, ""), Renamed("b", "a", TODAY, ""))), "back to itself"),
        (Rules(renamed=(Renamed("a", "b", TODAY, ""), Renamed("b", "c", TODAY, ""))), "leads on to"),
        (Rules(moved=(alias("x/new", "x/old"), alias("x/newest", "x/new"))), "leads on to"),
        (Rules(moved=(alias("X/Old", "x/old"),)), "back to itself"),
        (Rules(aliases=(alias("x/old", "foo"),), moved=(alias("x/new", "x/old"),)), "moved id"),
        (Rules(aliases=(alias("x/one", "Foo 7B"), alias("x/two", "foo-7b"))), "stands for"),
        (Rules(aliases=(alias("old/m", "foo"),), renamed=(Renamed("old", "new", TODAY, ""),)), "was renamed"),
        (Rules(aliases=(alias("x/m", "foo", "bar"),), apart=(Apart(("Foo", "bar"), "", TODAY),)), "must stay apart"),
        (Rules(aliases=(alias("x/m", "foo"),), apart=(Apart(("foo", "X/M"), "", TODAY),)), "must stay apart"),
    ],
)
def test_contradictions_are_refused(rules: Rules, says: str) -> None:
    with pytest.raises(IdentityError, match=says):
        lint(rules)


def test_one_name_may_stand_for_two_models_at_different_times() -> None:
    early = alias("x/one", "foo-latest", until=dt.date(2025, 1, 31))
    late = alias("x/two", "foo-latest", since=dt.date(2025, 2, 1))
    rules = Rules(aliases=(early, late))
    lint(rules)
    for day, model in ((dt.date(2025, 1, 5), "x/one"), (dt.date(2025, 3, 5), "x/two")):
        rows = arena("Foo latest", first_seen_on=day, last_seen_on=day)
        assert resolve(names(*rows), rules).aliases["model_id"].to_list() == [model]


def test_a_name_of_no_known_day_is_not_placed_by_a_row_for_some_days() -> None:
    rules = Rules(aliases=(alias("x/one", "foo", until=dt.date(2025, 1, 31)),))
    assert resolve(names(*arena("foo")), rules).aliases["rung"].to_list() == ["own"]


def test_a_users_file_overlays_the_shipped_one(tmp_path: Path) -> None:
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
def test_a_file_that_is_not_rules_is_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "aliases.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(IdentityError):
        load_rules(own)


def test_a_pair_apart_undoes_a_link_of_the_rule() -> None:
    rows = [*hub("microsoft/phi-4"), *arena("phi-4", organization="Microsoft")]
    kept = Rules(organizations=load_rules().organizations, apart=(Apart(("Phi-4", "microsoft/phi-4"), "no", TODAY),))
    found = resolve(names(*rows), kept).aliases
    assert found["model_id"].n_unique() == 2


def test_a_decision_about_a_name_does_not_hold_for_another_publisher_s_name() -> None:
    rows = [*arena("DeepSeek-R1", organization="Somebody Else"), *arena("deepseek-r1")]
    model = dict(resolve(names(*rows)).aliases.select("raw_name", "model_id").iter_rows())
    assert model == {"DeepSeek-R1": "somebodyelse/deepseek-r1", "deepseek-r1": "deepseek-ai/DeepSeek-R1"}


def test_a_decision_for_some_days_does_not_spread_to_other_days() -> None:
    early, late = dt.date(2025, 1, 5), dt.date(2025, 3, 5)
    rules = Rules(aliases=(alias("x/one", "foo-latest", until=dt.date(2025, 1, 31)),))
    rows = [
        *arena("Foo Latest", first_seen_on=early, last_seen_on=early),
        *arena("foo-latest", first_seen_on=late, last_seen_on=late),
    ]
    assert resolve(names(*rows), rules).aliases["model_id"].to_list() == ["x/one", "arena/foo-latest"]


def test_an_exact_spelling_comes_before_the_names_that_read_like_it() -> None:
    exact = Alias(("Foo-7b",), "x/first", "r", TODAY, exact=True)
    rules = Rules(aliases=(alias("x/second", "foo-7b-bf16"), exact))
    lint(rules)
    model = dict(resolve(names(*arena("Foo-7b", "Foo 7B")), rules).aliases.select("raw_name", "model_id").iter_rows())
    assert model == {"Foo-7b": "x/first", "Foo 7B": "x/second"}


def test_a_name_that_several_ids_read_like_is_linked_to_none_and_takes_no_id_of_theirs() -> None:
    rows = [
        *hub("mistralai/Foo-7B", "mistralai/foo_7b-v", "mistralai/7b-foo"),
        *arena("foo-7b", organization="Mistral"),
    ]
    found = resolve(names(*rows)).aliases.filter(raw_name="foo-7b")
    assert found.select("model_id", "rung").row(0) == ("arena/foo-7b", "own")


def test_a_name_of_no_publisher_is_linked_to_none_where_ids_of_two_publishers_read_like_it() -> None:
    ids = hub("Nexusflow/Starling-LM-9B", "berkeley-nest/Starling-LM-9B")
    model = dict(resolve(names(*ids, *arena("starling-lm-9b"))).aliases.select("raw_name", "model_id").iter_rows())
    assert model["starling-lm-9b"] == "arena/starling-lm-9b"
    told = arena("starling-lm-9b", organization="Nexusflow")
    model = dict(resolve(names(*ids, *told)).aliases.select("raw_name", "model_id").iter_rows())
    assert model["starling-lm-9b"] == "Nexusflow/Starling-LM-9B"
