"""The matrix: what is done to a night, and what must come of it. Plain records, no code."""

from dataclasses import dataclass
from enum import StrEnum

FAMILIES = {
    "A": "transport",
    "B": "what a source means",
    "C": "identity and gaming",
    "D": "hostile content",
    "E": "crash, concurrency, publication",
    "F": "secrets and supply chain",
}
SEED = 20261125


class Expected(StrEnum):
    """What a reader and the operator see afterwards."""

    ACCEPT = "accept"
    """The file is used; exit 0."""
    RETRY = "retry"
    """A later try brings the whole file; exit 0, and nobody is asked sooner than it told."""
    KEEP = "keep"
    """The last good rows stay, are named, and the run exits with 3."""
    QUARANTINE = "quarantine"
    """Some rows are held out and counted; the rest is used."""


@dataclass(frozen=True)
class Case:
    """One fault: a row of the matrix, what is injected where, and which ends are right."""

    row: int
    name: str
    family: str
    stage: str
    injection: str
    expected: tuple[Expected, ...]
    argument: float | str = 0.0
    boards: tuple[str, ...] = ()
    """The sources that can have this fault; all where none is named."""
    truth: str = "any"
    """How the published scores stand to the good ones where the file is used: `same`, `subset` of them, or `any`."""
    seed: int = SEED

    @property
    def id(self) -> str:
        """Row and name."""
        return f"{self.row:02d} {self.name}"


KEEP = (Expected.KEEP,)
ACCEPT = (Expected.ACCEPT,)
HELD = (Expected.KEEP, Expected.QUARANTINE)
"""Nothing of it is published, whether the file is refused or its rows are."""
HARMLESS = (Expected.ACCEPT, Expected.QUARANTINE)
"""Shown as what it is or held out; never taken for something else."""

DATED = ("open_llm_v2", "arena_text_style_control", "arena_text", "mteb_eng_v2", "mteb_cmn_v1", "rteb_eng")
PARQUET = ("open_llm_v2", "open_llm_v1", "arena_text_style_control", "arena_text", "mteb_results")
ARENA = ("arena_text_style_control", "arena_text")
ROWS_ARE_SCORES = (*PARQUET[:4], *DATED[3:], "mteb_multilingual_v2")
SPLIT = (*ARENA, "mteb_eng_v2", "mteb_cmn_v1", "rteb_eng", "mteb_multilingual_v2", "mteb_results")

CONTENT = (
    Case(6, "an error page of the host", "A", "fetch", "html", KEEP),
    Case(6, "nothing at all", "A", "fetch", "empty", KEEP),
    Case(6, "a byte order mark", "A", "fetch", "bom", KEEP),
    Case(8, "two million empty rows in a few kilobytes", "A", "parse", "row bomb", KEEP, 2e6, boards=PARQUET),
    Case(8, "brackets a hundred thousand deep", "A", "fetch", "deep", KEEP),
    Case(12, "columns in another order", "B", "parse", "reordered", ACCEPT, truth="same"),
    Case(12, "a new column", "B", "parse", "added", ACCEPT, truth="same"),
    Case(13, "a table without rows", "B", "parse", "first rows", KEEP, 0),
    Case(13, "a table of one row", "B", "parse", "first rows", KEEP, 1),
    Case(14, "1 % of rows lost", "B", "gate", "rows lost", ACCEPT, 0.01, boards=ROWS_ARE_SCORES, truth="subset"),
    Case(14, "30 % of rows lost", "B", "gate", "rows lost", KEEP, 0.30),
    Case(14, "90 % of rows lost", "B", "gate", "rows lost", KEEP, 0.90),
    Case(14, "a category lost", "B", "gate", "benchmark lost", KEEP, boards=SPLIT),
    Case(16, "every number times 100", "B", "parse", "scaled", HELD, 100.0, truth="subset"),
    Case(16, "every number by 100", "B", "parse", "scaled", HELD, 0.01, truth="subset"),
    Case(16, "every sign turned", "B", "parse", "scaled", HELD, -1.0, truth="subset"),
    Case(16, "a row that is not a number", "B", "parse", "one row", HELD, float("nan"), ROWS_ARE_SCORES, "subset"),
    Case(16, "an infinite row", "B", "parse", "one row", HELD, float("inf"), ROWS_ARE_SCORES, "subset"),
    # The mean of the task is then over its other cells: another number, and a finite one.
    Case(16, "an infinite cell of a mean", "B", "parse", "one row", HELD, float("inf"), ("mteb_results",)),
    Case(16, "intervals upside down", "B", "parse", "inverted", HELD, boards=ARENA, truth="subset"),
    Case(17, "scores shifted by one row", "B", "gate", "shifted", KEEP),
    Case(17, "scores shuffled", "B", "gate", "shuffled", KEEP, 1.0),
    Case(17, "a fifth of the scores shuffled", "B", "gate", "shuffled", KEEP, 0.2, boards=(*ARENA, "mteb_eng_v2")),
    Case(18, "an older edition served as new", "B", "gate", "redated", KEEP, -400, boards=ARENA),
    Case(18, "an edition from the future", "B", "gate", "redated", KEEP, 4000, boards=DATED),
    Case(20, "every row twice", "B", "parse", "doubled", HARMLESS, truth="same"),
    Case(21, "another organisation takes a famous name", "C", "resolve", "basename", HARMLESS),
    Case(22, "a look-alike letter in a famous name", "C", "resolve", "look-alike", HARMLESS, "\u0435"),
    Case(22, "a character without width in a famous name", "C", "resolve", "look-alike", HARMLESS, "e\u200b"),
    Case(29, "a pickle", "D", "fetch", "pickle", KEEP),
    Case(32, "SQL as a name", "D", "build", "named", HARMLESS, 't"; DROP TABLE models; --/x'),
    Case(32, "a null byte in a name", "D", "build", "named", HARMLESS, "a/b\x00c"),
    Case(33, "a path as a name", "D", "build", "named", HARMLESS, "../../../../tmp/escaped"),
)
"""Faults of the files themselves, laid into a copy of the bundled sample, one at each board at a time."""

ELSEWHERE = {
    23: ("tests/identity/test_safety.py::test_text_and_link_that_disagree_are_held_out",),
    24: ("tests/identity/test_safety.py::test_an_old_namespace_that_comes_back_years_later_is_not_followed",),
    25: (
        "tests/identity/test_hard_cases.py::test_08_effort_and_thinking_stay_apart",
        "tests/identity/test_hard_cases.py::test_05_dates_keep_snapshots_apart_and_forms_of_one_date_together",
    ),
    26: ("tests/identity/test_curated.py::test_contradictions_are_refused",),
    27: ("tests/ranking/test_discovery.py::test_a_planted_score_is_found_with_its_window_and_a_factual_sentence",),
    30: (
        "tests/site/test_browser.py::test_no_hostile_text_is_run_in_a_browser",
        "tests/dataset/test_documents.py::test_no_words_of_a_leaderboard_become_markup",
    ),
    31: ("tests/dataset/test_documents.py::test_no_text_at_all_begins_a_formula_or_breaks_a_row",),
    34: (
        "tests/dataset/test_documents.py::test_any_text_survives_yaml",
        "tests/flows/test_logs.py::test_a_forged_line_stays_inside_its_event",
    ),
    36: ("tests/store/test_crashes.py::test_whichever_write_fails_a_reader_sees_one_whole_generation",),
    38: ("tests/hub/test_repository.py::test_a_fault_at_any_step_leaves_one_whole_commit",),
    40: (
        "tests/flows/test_logs.py::test_values_of_secret_variables_are_taken_out_whatever_they_look_like",
        "tests/flows/test_deployments.py::test_a_workflow_has_the_least_rights_and_pinned_actions",
    ),
}
"""Rows, or parts of rows, that belong to other rooms, with the tests that hold them."""

NOT_TESTED = {
    10: "no robots.txt is read: a handful of documented files is asked for by name, and nothing is crawled",
    27: "copied score vectors are not looked for; outliers are",
    28: "the largest shift of a rank by one poisoned board is not measured here",
}
"""What no test holds yet, and why."""
