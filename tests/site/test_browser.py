"""The site in a real Chromium: `make site-test` sets up what this needs and runs it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from aggregator.query import queries
from aggregator.site import build
from metaboard.app import run
from tests.conftest import REPOSITORY
from tests.support.homes.site import write_home
from tests.support.hostile_texts import HOSTILE_MODELS

WEB = REPOSITORY / "web"
pytestmark = pytest.mark.browser


def node(*arguments: str, **environment: str) -> str:
    """Run node in web/ and return what it said; fails with all of it where it failed."""
    ended = subprocess.run(  # noqa: S603 - the arguments are the tests' own
        ["node", *arguments],  # noqa: S607 - the node of whoever runs the tests
        cwd=WEB,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    return ended.stdout


def test_the_assets_are_what_their_sources_make() -> None:
    assert "are what web/src makes" in node("build.mjs", "--check")


def test_every_page_works_in_a_browser(tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    assert run(["refresh", "--sample", "--direct", "--home", str(home)]) == 0
    console = WEB / "console"
    build(home, site, console=console if console.is_dir() else None)
    with queries.opened(home) as connection:
        weighted = queries.rows(connection, "select model_id, rank from weighted_rank(arena := 0) where track = 'llm'")
    said = node(
        "--test",
        "--test-reporter=spec",
        "tests/site.test.mjs",
        METABOARD_SITE=str(site),
        METABOARD_WEIGHTED=json.dumps([[row["model_id"], row["rank"]] for row in weighted]),
    )
    assert re.search(r"pass 2\d", said), said


def test_no_hostile_text_is_run_in_a_browser(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", HOSTILE_MODELS, homepage="javascript:globalThis.__pwned=1")
    build(home, tmp_path / "site")
    said = node(
        "--test", "--test-reporter=spec", "tests/hostile.test.mjs", METABOARD_HOSTILE_SITE=str(tmp_path / "site")
    )
    assert re.search(rf"{len(HOSTILE_MODELS)} hostile texts, 0 executed", said), said
