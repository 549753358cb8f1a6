"""The file of reviews: what each verb writes, replaces and takes back."""

import datetime as dt

import pytest

from aggregator.errors import IdentityError, UsageError
from aggregator.identity import Decision, load_rules, replaced_rows, with_decision, without_decisions
from aggregator.identity.curated_files import merge_rules, read_rules

TODAY = dt.date(2026, 11, 25)
MINE = """# my reviews
[[alias]]
names = ["a-9b", "A 9 B"]   # spelled so
model = "x/a-9b"
reason = "the card says so"
on = 2026-01-01

# rejected in May
[[apart]]
names = ["b-9b", "x/b-9b"]
reason = "another model"
on = 2026-05-01

# the last one
[[postponed]]
name = "c-9b"
reason = "no date"
on = 2026-06-01
"""


def decided(name: str, verdict: str, model: str = "", text: str = "", others: tuple[str, ...] = ()) -> str:
    return with_decision(text, Decision(name, verdict, model, "as its makers say", TODAY, others), load_rules())


def test_a_decision_leaves_the_rest_of_the_file_unchanged() -> None:
    after = decided("d-9b", "accept", "x/d-9b", text=MINE)
    assert after.startswith(MINE)
    assert decided("d-9b", "accept", "x/d-9b", text=after) == after
    assert len(read_rules(after).aliases) == 2
    assert len(read_rules(decided("e-9b", "reject", "x/e-9b", text=after)).apart) == 2


@pytest.mark.parametrize(("verdict", "reason"), [("perhaps", "r"), ("accept", " ")])
def test_a_decision_with_an_unknown_verdict_or_no_reason_is_refused(verdict: str, reason: str) -> None:
    with pytest.raises(UsageError):
        with_decision("", Decision("a", verdict, "x/a", reason, TODAY), load_rules())


def test_a_later_decision_about_one_spelling_replaces_the_earlier_one() -> None:
    decision = Decision("A-9B", "accept", "y/a-9b", "seen", TODAY)
    after = with_decision(MINE, decision, load_rules())
    assert [(alias.names, alias.model) for alias in read_rules(after).aliases] == [
        (("A 9 B",), "x/a-9b"),
        (("A-9B",), "y/a-9b"),
    ]
    assert replaced_rows(MINE, decision) == ["`a-9b` and `A 9 B` is `x/a-9b` (the card says so, decided 2026-01-01)"]
    assert "# spelled so" in after
    accepted = decided("c-9b", "accept", "x/c-9b", text=MINE)
    assert read_rules(accepted).postponed == ()
    assert "# the last one" in accepted
    assert not read_rules(decided("c-9b", "postpone", text=accepted)).aliases[1:]


def test_a_contradiction_is_refused_with_both_rows() -> None:
    once = decided("a-9b", "accept", "x/a-9b")
    with pytest.raises(IdentityError, match=r"stands for `y/a-9b` .*for `x/a-9b` \(as its makers say, decided 2026"):
        decided("A 9B", "accept", "y/a-9b", text=once)
    with pytest.raises(IdentityError, match=r"must stay apart \(as its makers say.*`x/a-9b` \(as its makers say"):
        decided("a-9b", "reject", "x/a-9b", text=once)
    with pytest.raises(IdentityError, match="must stay apart"):
        decided("b-9b", "accept", "x/b-9b", text=MINE)
    with pytest.raises(IdentityError, match="must stay apart"):
        decided("b-9b", "split", "x/b-9b", text=MINE)
    with pytest.raises(IdentityError, match="not a list of tables"):
        decided("A 9B", "accept", "x/a-9b", text="alias = 3\n")
    with pytest.raises(IdentityError, match="back to itself"):
        decided("x/a", "merge", "x/b", text=decided("x/b", "merge", "x/a"))


def test_a_rejection_takes_a_name_out_of_a_shipped_row() -> None:
    shipped = load_rules()
    alias = next(alias for alias in shipped.aliases if len(alias.names) > 1)
    name = alias.names[0]
    rules = merge_rules(shipped, read_rules(decided(name, "reject", alias.model)))
    kept = [found for found in rules.aliases if found.model == alias.model]
    assert name not in [other for found in kept for other in found.names]
    assert set(alias.names[1:]) <= {other for found in kept for other in found.names} | {name}


def test_a_merge_moves_the_models_of_earlier_rows() -> None:
    text = decided("x/a-9b", "merge", "y/a-9b", text=decided("z/a-9b", "merge", "x/a-9b", text=MINE))
    rules = merge_rules(load_rules(), read_rules(text))
    assert {alias.model for alias in rules.aliases if "a-9b" in alias.names} == {"y/a-9b"}
    assert {alias.model for alias in rules.moved if set(alias.names) & {"x/a-9b", "z/a-9b"}} == {"y/a-9b"}


def test_a_split_is_an_exact_row_and_a_pair_for_each_other_name() -> None:
    rules = read_rules(decided("Foo-9b", "split", "x/foo-9b", others=("foo 9b",)))
    (alias,) = rules.aliases
    assert (alias.names, alias.model, alias.exact) == (("Foo-9b",), "x/foo-9b", True)
    assert [pair.names for pair in rules.apart] == [("Foo-9b", "foo 9b")]


@pytest.mark.parametrize(
    ("name", "left"),
    [("A-9b", (1, 1, 1)), ("b-9b", (1, 0, 1)), ("c-9b", (1, 1, 0)), ("x/b-9b", (1, 1, 1))],
)
def test_undo_removes_the_rows_about_a_name_and_keeps_all_comments(name: str, left: tuple[int, int, int]) -> None:
    after, removed = without_decisions(MINE, name)
    rules = read_rules(after)
    assert (len(rules.aliases), len(rules.apart), len(rules.postponed)) == left
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        "# my reviews",
        "# rejected in May",
        "# the last one",
    ]
    assert len(removed) == (name != "x/b-9b")
    assert all(name.lower() != other for alias in rules.aliases for other in alias.names)


def test_undo_of_the_only_name_removes_the_whole_row() -> None:
    text = decided("d-9b", "accept", "x/d-9b", text=MINE)
    assert without_decisions(text, "D-9B")[0].rstrip() == MINE.rstrip()


def test_a_row_that_no_program_can_cut_out_is_left() -> None:
    text = '[[postponed]]\nname = "a"\nreason = """\n[[postponed]]\n"""\non = 2026-01-01\n'
    with pytest.raises(IdentityError, match="in an editor"):
        without_decisions(text, "a")
