"""The fault matrix: each fault that the tests inject into a refresh, and its allowed results. Data only.

The names seed the random choices of the injections. A renamed case changes other rows and boards. Rows 1 to 40 are
faults of one refresh; rows 41 to 50 are of other commands, of readers, of many nights, and plausible lies.
"""

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
ROWS = {
    1: "a rate limit",
    2: "server errors",
    3: "no connection, or a reset",
    4: "a slow host",
    5: "a truncated body",
    6: "another content, such as an error page",
    7: "a body or headers without end",
    8: "a bomb",
    9: "a redirect elsewhere",
    10: "robots.txt",
    11: "a wrong ETag or status",
    12: "changed columns",
    13: "an empty table",
    14: "lost rows or categories",
    15: "small losses, night by night",
    16: "another unit, impossible numbers",
    17: "shifted or shuffled scores",
    18: "a wrong or old date, another time zone",
    19: "a board that ends, or comes back",
    20: "duplicate rows",
    21: "another owner of a famous name",
    22: "a look-alike of a famous name",
    23: "a name that links elsewhere",
    24: "a namespace with a new owner",
    25: "names that are nearly the same",
    26: "contradictory curated rules",
    27: "planted scores",
    28: "one poisoned board",
    29: "a pickle",
    30: "markup in names",
    31: "spreadsheet formulas in names",
    32: "SQL in names",
    33: "paths in names",
    34: "YAML and log lines in names",
    35: "a refresh that is killed",
    36: "a full disk",
    37: "refreshes at once",
    38: "the Hub fails during a commit",
    39: "a generation that is changed",
    40: "a secret in the environment",
    41: "a publication that is killed",
    42: "publications at once",
    43: "a forged dataset",
    44: "other commands that are killed",
    45: "a Prefect run that ends early",
    46: "readers during changes",
    47: "a home of an odd shape",
    48: "many nights in one process",
    49: "a plausible lie",
    50: "a harmless change",
}
"""The title of each row of the matrix."""
ROWS_OF_TESTS = frozenset({15, 18, 19, 35, 36, 37, 39, 40, *range(41, 51)})
"""Rows with their own tests in this folder, without a `Case`."""


class Expected(StrEnum):
    """Result of a refresh with a fault, for readers and the operator."""

    ACCEPT = "accept"
    """The file is used; exit code 0."""
    RETRY = "retry"
    """A retry downloads the whole file, not before the time that the host gave; exit code 0."""
    KEEP = "keep"
    """The last good rows stay in use, the output names the board, and the exit code is 3."""
    HOLD = "hold"
    """Some columns, dates or models stay at their last good values, and the report names them; exit code 0."""
    QUARANTINE = "quarantine"
    """Some rows are quarantined and counted; the other rows are used."""


@dataclass(frozen=True)
class Case:
    """One fault: its row of the matrix, the injection, and the allowed results."""

    row: int
    name: str
    family: str
    stage: str
    injection: str
    expected: tuple[Expected, ...]
    argument: float | str = 0.0
    boards: tuple[str, ...] = ()
    """The sources that can have this fault; empty for all sources."""
    not_at: tuple[str, ...] = ()
    """Sources that cannot have it."""
    allowed_scores: str = "any"
    """Allowed relation of published scores to good scores when the file is used: `same`, `subset` or `any`."""
    seed: int = SEED

    @property
    def id(self) -> str:
        """The row and the name."""
        return f"{self.row:02d} {self.name}"


KEEP = (Expected.KEEP,)
ACCEPT = (Expected.ACCEPT,)
NOT_PUBLISHED = (Expected.KEEP, Expected.QUARANTINE, Expected.HOLD)
"""The fault is not published: the file is refused, its rows are quarantined, or what changed stays at its last good values."""
HARMLESS = (Expected.ACCEPT, Expected.QUARANTINE)
"""The row is published under its own name, or quarantined; it never becomes another model."""

DATED = ("open_llm_v2", "arena_text_style_control", "arena_text", "mteb_eng_v2", "mteb_cmn_v1", "rteb_eng")
PARQUET = ("open_llm_v2", "open_llm_v1", "arena_text_style_control", "arena_text", "mteb_results")
ARENA = ("arena_text_style_control", "arena_text")
ROWS_ARE_SCORES = (*PARQUET[:4], *DATED[3:], "mteb_multilingual_v2")
LATEST_ONLY = tuple(board for board in ROWS_ARE_SCORES if board not in ARENA)
SPLIT = (*ARENA, "mteb_eng_v2", "mteb_cmn_v1", "rteb_eng", "mteb_multilingual_v2", "mteb_results")

FILE_FAULTS = (
    Case(6, "an error page of the host", "A", "fetch", "html", KEEP),
    Case(6, "nothing at all", "A", "fetch", "empty", KEEP),
    # Readers of CSV, YAML and Markdown skip the mark.
    Case(6, "a byte order mark", "A", "fetch", "bom", (*KEEP, *ACCEPT), allowed_scores="same"),
    Case(8, "two million empty rows in a few kilobytes", "A", "parse", "row bomb", KEEP, 2e6, boards=PARQUET),
    Case(8, "brackets a hundred thousand deep", "A", "fetch", "deep", KEEP),
    # Vectara's table stands in prose and is found by its header.
    Case(12, "columns in another order", "B", "parse", "reordered", ACCEPT, not_at=("vectara",), allowed_scores="same"),
    Case(12, "a new column", "B", "parse", "added", ACCEPT, not_at=("vectara",), allowed_scores="same"),
    Case(13, "a table without rows", "B", "parse", "first rows", KEEP, 0),
    Case(13, "a table of one row", "B", "parse", "first rows", KEEP, 1),
    Case(14, "1 % of rows lost", "B", "gate", "rows lost", ACCEPT, 0.01, LATEST_ONLY, allowed_scores="subset"),
    # The history loses rows too, and past editions do not change.
    Case(
        14,
        "1 % of rows and past rows lost",
        "B",
        "gate",
        "rows lost",
        NOT_PUBLISHED,
        0.01,
        ARENA,
        allowed_scores="subset",
    ),
    Case(14, "30 % of rows lost", "B", "gate", "rows lost", KEEP, 0.30),
    Case(14, "90 % of rows lost", "B", "gate", "rows lost", KEEP, 0.90),
    Case(14, "a category lost", "B", "gate", "benchmark lost", KEEP, boards=SPLIT),
    Case(16, "every number times 100", "B", "parse", "scaled", NOT_PUBLISHED, 100.0, allowed_scores="subset"),
    Case(16, "every number by 100", "B", "parse", "scaled", NOT_PUBLISHED, 0.01, allowed_scores="subset"),
    Case(16, "every sign turned", "B", "parse", "scaled", NOT_PUBLISHED, -1.0, allowed_scores="subset"),
    Case(
        16,
        "a row that is not a number",
        "B",
        "parse",
        "one row",
        NOT_PUBLISHED,
        float("nan"),
        ROWS_ARE_SCORES,
        allowed_scores="subset",
    ),
    Case(
        16,
        "an infinite row",
        "B",
        "parse",
        "one row",
        NOT_PUBLISHED,
        float("inf"),
        ROWS_ARE_SCORES,
        allowed_scores="subset",
    ),
    # The mean of the task is then the finite mean of its other cells.
    Case(16, "an infinite cell of a mean", "B", "parse", "one row", NOT_PUBLISHED, float("inf"), ("mteb_results",)),
    Case(16, "intervals upside down", "B", "parse", "inverted", NOT_PUBLISHED, boards=ARENA, allowed_scores="subset"),
    Case(17, "scores shifted by one row", "B", "gate", "shifted", KEEP),
    Case(17, "scores shuffled", "B", "gate", "shuffled", KEEP, 1.0),
    Case(17, "a fifth of the scores shuffled", "B", "gate", "shuffled", KEEP, 0.2, boards=(*ARENA, "mteb_eng_v2")),
    Case(18, "an older edition served as new", "B", "gate", "redated", KEEP, -400, boards=ARENA),
    Case(18, "an edition from the future", "B", "gate", "redated", KEEP, 4000, boards=DATED),
    Case(20, "every row twice", "B", "parse", "doubled", HARMLESS, allowed_scores="same"),
    Case(21, "another organisation takes a famous name", "C", "resolve", "basename", HARMLESS),
    Case(22, "a look-alike letter in a famous name", "C", "resolve", "look-alike", HARMLESS, "\u0435"),
    Case(22, "a character without width in a famous name", "C", "resolve", "look-alike", HARMLESS, "e\u200b"),
    Case(29, "a pickle", "D", "fetch", "pickle", KEEP),
    Case(32, "SQL as a name", "D", "build", "named", HARMLESS, 't"; DROP TABLE models; --/x'),
    # A text file with a NUL character is no text, and is refused whole.
    Case(32, "a null byte in a name", "D", "build", "named", (*HARMLESS, Expected.KEEP), "a/b\x00c"),
    Case(33, "a path as a name", "D", "build", "named", HARMLESS, "../../../../tmp/escaped"),
)
"""Faults of file contents. They are injected into a copy of the bundled sample, at most one per board."""

OTHER_TESTS = {
    23: ("tests/identity/test_safety.py::test_a_row_whose_link_leads_to_another_id_is_quarantined",),
    24: ("tests/identity/test_safety.py::test_a_rename_is_not_followed_for_an_id_first_seen_years_later",),
    25: (
        "tests/identity/test_hard_cases.py::test_08_effort_and_thinking_stay_apart",
        "tests/identity/test_hard_cases.py::test_05_dates_keep_snapshots_apart_and_forms_of_one_date_together",
    ),
    26: ("tests/identity/test_curated.py::test_contradictory_rules_are_refused",),
    27: ("tests/ranking/test_outliers.py::test_a_planted_score_is_found_with_its_window_and_a_factual_sentence",),
    30: (
        "tests/site/test_browser.py::test_no_hostile_text_is_executed_in_a_browser",
        "tests/dataset/test_documents.py::test_no_text_of_a_leaderboard_becomes_markup",
    ),
    31: ("tests/dataset/test_documents.py::test_no_text_starts_a_formula_or_splits_a_row",),
    34: (
        "tests/dataset/test_documents.py::test_any_text_is_unchanged_in_the_yaml_of_the_citation",
        "tests/flows/test_logs.py::test_a_forged_line_stays_inside_its_event",
    ),
    36: ("tests/store/test_crashes.py::test_after_any_failed_write_a_reader_sees_one_whole_generation",),
    38: ("tests/hub/test_repository.py::test_a_fault_at_any_step_leaves_one_whole_commit",),
    40: (
        "tests/flows/test_redaction.py::test_values_of_secret_variables_are_redacted_in_any_form",
        "tests/flows/test_deployments.py::test_a_workflow_has_the_least_rights_and_pinned_actions",
    ),
}
"""Rows, or parts of rows, that tests of other folders cover."""

NOT_TESTED = {
    10: "no robots.txt is read: a handful of documented files is asked for by name, and nothing is crawled",
    27: "copied score vectors are not looked for; outliers are",
    28: "the largest shift of a rank by one poisoned board is not measured here",
}
"""Rows without a test, with the reason."""
