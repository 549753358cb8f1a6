"""The quality measures, on cases small enough to count by hand."""

from math import isclose
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.identity import QUALITY, evaluate
from aggregator.identity.labels import ARENA, read_labels
from aggregator.identity.quality import Grouping, Measure, wilson

HEADER = "arena_name\tcanonical\tsame\tmirror\tquantized\tnote\n"


def measured(tmp_path: Path, labels: str, placed: dict[str, str], ids: dict[str, str]) -> pl.DataFrame:
    gold = tmp_path / "gold.tsv"
    gold.write_text(HEADER + labels, encoding="utf-8")
    rows: list[dict[str, object]] = [{"source": "arena_text", "raw_name": n, "model_id": m} for n, m in placed.items()]
    rows += [{"source": "open_llm_v1", "raw_name": n, "model_id": m} for n, m in ids.items()]
    return evaluate(schema.frame(schema.ALIASES, rows), gold)


def value(found: pl.DataFrame, name: str, part: str = "all", kind: str = "all") -> tuple[float, int, int]:
    row = found.filter(pl.col("measure") == name, pl.col("part") == part, pl.col("class") == kind)
    return row.select("value", "right", "decided").row(0)


LABELS = (
    "a\tx/a\tX/A\tm/a\tq/a\t\n"
    "A\tx/a\tX/A\tm/a\tq/a\t\n"
    "b\tx/b\tX/B|Y/B\t\t\t\n"
    "c\tapi/c\t\t\t\t\n"
    "d\tapi/d\t\t\t\t\n"
    "e\tapi/e\tX/E\t\t\tunsure: who knows\n"
    "unseen\tapi/f\t\t\t\t\n"
)
PLACED = {"a": "x/A", "A": "own/A", "b": "x/B", "c": "x/C", "d": "own/d", "e": "own/e"}
IDS = {"X/A": "x/A", "M/A": "x/A", "X/B": "x/B", "Y/B": "y/B", "Z/C": "x/C"}


def test_links_to_mirrors_are_neither_right_nor_wrong_and_no_match_queries_are_counted(tmp_path: Path) -> None:
    found = measured(tmp_path, LABELS, PLACED, IDS)
    assert found.schema == QUALITY
    # Right: a→X/A and b→X/B. Wrong: c→Z/C. Missed: A→X/A and b→Y/B.
    assert value(found, "link_precision") == (2 / 3, 2, 3)
    assert value(found, "link_recall") == (0.5, 2, 4)
    assert value(found, "no_match_kept") == (0.5, 1, 2)
    assert value(found, "no_match_kept", kind="no match") == (0.5, 1, 2)


def test_clusters_are_counted_by_pairs_and_by_names(tmp_path: Path) -> None:
    found = measured(tmp_path, LABELS, {**PLACED, "A": "x/A", "c": "own/cd", "d": "own/cd"}, IDS)
    assert value(found, "pair_precision") == (0.5, 1, 2)
    assert value(found, "pair_recall") == (1.0, 1, 1)
    assert value(found, "b_cubed_precision")[0] == pytest.approx((1 + 1 + 1 + 0.5 + 0.5) / 5)
    assert value(found, "b_cubed_recall")[0] == 1.0


def test_the_two_halves_share_no_model_and_are_the_whole_together(tmp_path: Path) -> None:
    labels = "".join(f"n{n}\tx/m{n // 2}\tX/M{n // 2}\t\t\t\n" for n in range(60))
    found = measured(
        tmp_path, labels, {f"n{n}": f"x/m{n // 2}" for n in range(60)}, {f"X/M{n}": f"x/m{n}" for n in range(30)}
    )
    sizes = [value(found, "link_recall", part)[2] for part in ("tune", "check", "all")]
    assert sizes[0] + sizes[1] == sizes[2] == 60
    assert min(sizes) > 10
    pairs = [value(found, "pair_recall", part)[2] for part in ("tune", "check", "all")]
    assert pairs[0] + pairs[1] == pairs[2] == 30


def test_unsure_labels_and_names_of_no_source_are_ignored(tmp_path: Path) -> None:
    found = measured(tmp_path, LABELS, PLACED, IDS)
    assert value(found, "b_cubed_f1")[2] == 5


def test_labels_with_missing_columns_are_refused() -> None:
    with pytest.raises(UsageError, match="lack the columns same, mirror, quantized, note"):
        read_labels("arena_name\tcanonical\n", "x.tsv")


def test_labels_without_a_board_are_of_the_arena_and_others_have_what_their_board_states() -> None:
    (plain,) = read_labels(HEADER + "a\tx/a\t\t\t\t\n", "x.tsv")
    assert (plain.board, plain.organization, plain.license) == (ARENA, None, None)
    text = "source\traw_name\tcanonical\tsame\tmirror\tquantized\tnote\torganization\tlicense\naider\ta\tx/a\t\t\t\t\tX\topen\n"
    (stated,) = read_labels(text, "x.tsv")
    assert (stated.name, stated.board, stated.organization, stated.license) == ("a", "aider", "X", "open")


def test_only_a_note_that_begins_with_unsure_drops_a_label() -> None:
    rows = "a\tx/a\t\t\t\tunsure floating\nb\tx/b\t\t\t\tmirror unsure: not inspected\nc\tx/c\t\t\t\tknowledge\n"
    kept = read_labels(HEADER + rows, "x.tsv")
    assert [label.name for label in kept] == ["b", "c"]
    assert kept[0].classes.isdisjoint(kept[1].classes & {"needs knowledge"})
    assert "needs knowledge" in kept[1].classes


def test_a_measure_without_decisions_has_no_value() -> None:
    assert all(value is None for _, value, *_ in Measure(Grouping({}, {}))([]))


def test_the_interval_is_the_wilson_interval() -> None:
    low, high = wilson(81, 81)
    assert low is not None
    assert high is not None
    assert isclose(low, 0.95472, abs_tol=5e-5)
    assert high == 1.0
    assert wilson(0, 0) == (None, None)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_contains_the_share(right: int, more: int) -> None:
    decided = right + more
    low, high = wilson(right, decided)
    assert low is not None
    assert high is not None
    assert 0 <= low <= right / decided <= high <= 1


def test_a_labelled_copy_needs_an_edge_of_exactly_its_relation(tmp_path: Path) -> None:
    gold = tmp_path / "gold.tsv"
    gold.write_text(HEADER + LABELS, encoding="utf-8")
    rows: list[dict[str, object]] = [
        {"source": "arena_text", "raw_name": "a", "model_id": "x/A"},
        {"source": "open_llm_v2", "raw_name": "M/A", "model_id": "M/A"},
        {"source": "open_llm_v2", "raw_name": "Q/A", "model_id": "Q/A"},
    ]
    edges: list[dict[str, object]] = [
        {"model_id": "M/A", "relation": "same_weights", "parent_id": "x/A"},
        {"model_id": "Q/A", "relation": "finetune_of", "parent_id": "x/A"},
    ]
    found = evaluate(schema.frame(schema.ALIASES, rows), gold, schema.frame(schema.LINEAGE, edges))
    assert value(found, "relation_right") == (0.5, 1, 2)
