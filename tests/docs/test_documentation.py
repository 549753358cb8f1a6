"""The pages of the documentation: links and paths exist, generated pages are up to date."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.write_data_dictionary import PAGE, current_page

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("sql/*.md")])
FOLDERS = "aggregator|benchmarks|deploy|docs|flows|metaboard|sql|tests|tools|web"
REPOSITORY_PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./*-]*")
BUILT_PATHS = frozenset({"web/console"})
"""Paths that a make target builds; they are not in the repository."""


def test_the_data_dictionary_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == current_page(), "run `make docs`"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_to_files(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def repository_paths(text: str) -> list[str]:
    """Return the paths of the repository that stand between backticks, without a dot at the end."""
    quoted = re.findall(r"`([^`\n]+)`", text)
    return [found.rstrip(".") for span in quoted for found in REPOSITORY_PATH.findall(span)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_paths_of_the_repository_in_backticks_exist(path: Path) -> None:
    named = set(repository_paths(path.read_text(encoding="utf-8"))) - BUILT_PATHS
    assert [name for name in sorted(named) if not any(REPOSITORY.glob(name))] == []


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("`aggregator/fetch/`, `sql/mart/leaderboard.sql`", ["aggregator/fetch/", "sql/mart/leaderboard.sql"]),
        ("`python tools/write_sample.py --from DIR`", ["tools/write_sample.py"]),
        ("`/var/lib/metaboard/data`, `nightly/metaboard/x`, `HOME/sql/x`, sql/mart", []),
    ],
)
def test_a_path_is_recognised_by_its_first_folder(text: str, paths: list[str]) -> None:
    assert repository_paths(text) == paths
