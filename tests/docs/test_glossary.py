"""The glossary holds: its terms are in use, and the words that it rules out stand nowhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

GLOSSARY = REPOSITORY / "docs" / "glossary.md"

PATTERNS = (
    "*.md",
    "aggregator/**/*.py",
    "aggregator/dataset/templates/*",
    "aggregator/site/*.toml",
    "aggregator/site/templates/*.html",
    "benchmarks/*.py",
    "docs/*.md",
    "flows/**/*.py",
    "metaboard/**/*.py",
    "sql/**/*.sql",
    "sql/*.md",
    "tests/**/*.py",
    "tools/*.py",
    "web/*.mjs",
    "web/src/**/*.js",
    "web/tests/*.mjs",
)
FILES = sorted({path for pattern in PATTERNS for path in REPOSITORY.glob(pattern)} - {GLOSSARY, Path(__file__)})


def rows(header: str) -> Iterator[list[str]]:
    """Yield the cells of every table of the glossary that has this header."""
    inside = False
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line == header:
            inside = True
        elif inside and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


TERMS = [term for term, _, _ in rows("| Term | Meaning | Not |")]
BANNED = sorted(
    {word for row in rows("| Term | Meaning | Not |") for word in row[2].split(", ") if word}
    | {word for row in rows("| Instead of | Write |") for word in row[0].split(", ")}
)


def pattern(words: Iterable[str], between: str, end: str = "") -> re.Pattern[str]:
    """Return what finds any of `words`, where an underscore also ends a word, as it does in identifiers."""
    spelled = "|".join(between.join(map(re.escape, word.split())) + end for word in words)
    return re.compile(rf"(?<![^\W_])(?:{spelled})(?![^\W_])", re.IGNORECASE)


BANNED_PATTERN = pattern(BANNED, r"\s+")
FIXED_NAMES = re.compile(r"--tell|told[_ ]apart|lease[._](?:lock|json|storage|duration)|oddities\.html", re.IGNORECASE)
"""Names that stay: an option, a column and its words, files of the home directory, names of other programs, the address of a page."""


def test_the_glossary_has_thirty_to_sixty_terms_each_once() -> None:
    assert 30 <= len(TERMS) <= 60
    assert len(set(TERMS)) == len(TERMS)


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_used(term: str) -> None:
    found = pattern([term], "[ _-]", "s?")
    assert any(found.search(path.read_text(encoding="utf-8")) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_word_that_the_glossary_rules_out_is_written(path: Path) -> None:
    found = [
        f"line {number}: {match[0]!r}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in BANNED_PATTERN.finditer(FIXED_NAMES.sub("", line))
    ]
    assert not found, "docs/glossary.md names the word to write instead"


def test_a_banned_word_is_found_in_prose_and_in_an_identifier() -> None:
    for text in ("the Hub told us", "def told_to_wait():", "a person's word", "Lease"):
        assert BANNED_PATTERN.search(text)
    for text in ("release", "retold", "leased_by_prefect"):
        assert not BANNED_PATTERN.search(text)
