import re
from pathlib import Path

import pytest

from aggregator.warehouse import sql_root
from aggregator.warehouse.sql_file import read_sql_files
from tests.conftest import REPOSITORY
from tools.write_data_dictionary import PAGE, page

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("sql/*.md")])


def test_the_data_dictionary_says_what_the_sql_files_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read_sql_files(sql_root())), "run `make docs`"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"
