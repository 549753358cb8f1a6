"""Which tests `make quick` runs."""

import pytest

from tools.changed_tests import test_folders as folders_for


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("aggregator/fetch/client.py", "tests/fetch"),
        ("flows/nightly.py", "tests/flows"),
        ("metaboard/commands/show.py", "tests/metaboard"),
        ("sql/mart/gems.sql", "tests/warehouse"),
        ("docs/query.md", "tests/docs"),
        ("web/src/app.js", "tests/site"),
        ("tools/changed_tests.py", "tests/tools"),
        ("tests/tools/test_changed_tests.py", "tests/tools"),
        ("prefect.yaml", "tests/flows"),
        (".github/workflows/nightly.yml", "tests/flows"),
        ("tests/gates/test_gates.py", "tests/gates"),
    ],
)
def test_a_changed_file_runs_the_tests_of_its_package(file: str, folder: str) -> None:
    assert folder in folders_for([file])


@pytest.mark.parametrize("file", ["aggregator/model.py", "tests/support/samples.py", "tests/conftest.py"])
def test_a_changed_shared_module_runs_the_quick_tests_of_every_package(file: str) -> None:
    folders = folders_for([file])
    assert {"tests/fetch", "tests/identity", "tests/metaboard"} <= set(folders)
    assert not {"tests/faults", "tests/readers", "tests/support"} & set(folders)


def test_no_change_runs_no_test() -> None:
    assert folders_for([]) == []


def test_a_page_beside_the_code_runs_the_tests_of_the_documentation() -> None:
    assert folders_for(["README.md"]) == ["tests/docs"]
