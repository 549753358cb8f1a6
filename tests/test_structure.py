"""The shape of the code: small files, small functions, few packages, imports that only go down."""

import ast
import re
import statistics
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools import draw_architecture

CODE = sorted(path for package in draw_architecture.ROOTS for path in (REPOSITORY / package).rglob("*.py"))
EVERY_FILE = sorted(
    [*CODE, *(path for folder in ("tests", "tools", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py"))]
)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def function_lengths(path: Path) -> list[int]:
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_python_file_is_longer_than_320_lines() -> None:
    assert [f"{path.relative_to(REPOSITORY)}: {lines(path)}" for path in EVERY_FILE if lines(path) > 320] == []


def test_the_median_file_has_at_most_115_lines_and_the_median_function_8() -> None:
    assert statistics.median(map(lines, CODE)) <= 115
    assert statistics.median(length for path in CODE for length in function_lengths(path)) <= 8


def test_there_are_at_most_26_packages_and_100_arrows_between_them() -> None:
    arrows = draw_architecture.arrows()
    assert len(arrows) <= 26
    assert sum(map(len, arrows.values())) <= 100


def test_the_picture_of_the_packages_is_drawn_from_the_present_imports() -> None:
    assert draw_architecture.PICTURE.read_text(encoding="utf-8") == draw_architecture.picture(), "run `make docs`"


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_module_begins_with_a_sentence_about_its_purpose(path: Path) -> None:
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    assert first.endswith((".", ":", "?", "`"))
    assert len(first) >= 20


@pytest.mark.parametrize(
    "path", [path for path in CODE if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_every_package_says_what_belongs_in_it(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert re.search(r"\bbelongs?\b", docstring)
