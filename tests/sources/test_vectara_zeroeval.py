"""Traps of two boards: a table in prose, and runs over a part of the questions."""

import json
from datetime import date

import pytest

from aggregator.errors import MissingColumn, SourceError
from aggregator.model import Parsed
from aggregator.sources import vectara, zeroeval
from tests.support import samples

README = samples.files(vectara.SOURCE)[vectara.FILE.name].decode()
FIRST = next(line for line in README.splitlines() if line.startswith("|") and "%" in line)
NAME, RATE, CONSISTENCY = (cell.strip() for cell in FIRST.split("|")[1:4])


def parse_readme(text: str) -> Parsed:
    return vectara.parse({vectara.FILE.name: text.encode()})


def test_lower_is_better_and_the_day_stands_in_the_prose() -> None:
    found = parse_readme("Last updated on May 1, 2026\n\n" + README.replace("Last updated on ", "Made on "))
    assert not found.benchmarks["higher_is_better"].item()
    assert not vectara.SOURCE.higher_is_better
    assert found.published_on == date(2026, 5, 1)
    assert parse_readme(README.replace("Last updated on ", "Made on ")).published_on is None


@pytest.mark.parametrize("header", ["Hallucination rate", "Rate", "Hallucination Rate (%)"])
def test_any_change_of_the_header_refuses_the_board(header: str) -> None:
    with pytest.raises(MissingColumn):
        parse_readme(README.replace("|Hallucination Rate|", f"|{header}|", 1))


def test_a_row_whose_two_rates_contradict_each_other_is_quarantined() -> None:
    found = parse_readme(README.replace(FIRST, FIRST.replace(RATE, "18.0 %", 1)))
    assert found.quarantined.select("raw_name", "reason").rows() == [(NAME, "the two rates do not add up to 100")]


def test_the_better_of_two_rows_is_the_lower_rate() -> None:
    other = FIRST.replace(RATE, "0.1 %", 1).replace(CONSISTENCY, "99.9 %", 1)
    found = parse_readme(README.replace(FIRST, f"{FIRST}\n{other}"))
    assert found.scores.filter(raw_name=NAME)["score"].to_list() == [0.1]
    assert found.rows_duplicate == 1


def test_a_row_that_is_cut_off_refuses_the_board() -> None:
    end = README.index(FIRST) + len(FIRST)
    with pytest.raises(SourceError, match="cells"):
        parse_readme(README[: end - 3])


def parse_zeroeval(task: str, **changed: object) -> Parsed:
    files = dict(samples.files(zeroeval.SOURCE))
    rows = json.loads(files[task])
    rows[0] |= changed
    return zeroeval.parse({**files, task: json.dumps(rows).encode()})


def test_a_run_over_a_part_of_the_questions_is_quarantined() -> None:
    found = parse_zeroeval("gsm", Total=681)
    assert "fewer questions than the other models" in found.quarantined["reason"].to_list()
    assert found.quarantined.height == samples.parsed(zeroeval.SOURCE).quarantined.height + 1


def test_a_score_of_the_best_of_several_answers_is_quarantined() -> None:
    found = parse_zeroeval("zebra-grid", N_Size=8)
    assert "`N_Size` above the largest possible value" in found.quarantined["reason"].to_list()


def test_the_host_is_stated_after_the_name() -> None:
    found = parse_zeroeval("crux", Model="Some-Model-8B@somewhere").entries
    assert found.filter(raw_name="Some-Model-8B@somewhere")["host"].item() == "somewhere"
    assert found.filter(raw_name="gpt-4o-2024-08-06")["host"].item() is None
