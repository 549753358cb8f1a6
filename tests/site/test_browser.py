"""The site works in Chromium and executes no text; `make site-test` installs the tools and runs these tests."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from aggregator.query import queries
from aggregator.query.compare import compare_models
from aggregator.query.queries import Connection
from aggregator.site import build_site
from metaboard.app import run
from tests.conftest import REPOSITORY
from tests.support.homes.site import write_home
from tests.support.hostile_texts import HOSTILE_MODELS

WEB = REPOSITORY / "web"
pytestmark = pytest.mark.browser


PLACES = """
select id, if(place_low = place_high, place_low::varchar, place_low || '–' || place_high) as places
from places(
    (select list(model_id) from leaderboard where track = 'llm' and params_b <= 9 and not params_disputed),
    grain := 'setting'
)
"""
"""The places of the filter "≤ 9"."""


def _first_two(connection: Connection) -> list[str]:
    """Return the models of the first two rows of the page."""
    found = queries.fetch_rows(connection, "select model_id from leaderboard where track = 'llm' order by rank limit 2")
    return [str(row["model_id"]) for row in found]


def node(*arguments: str, **environment: str) -> str:
    """Run node in web/ and return its output; fails with the output when node fails."""
    done = subprocess.run(  # noqa: S603 - the arguments are the tests' own
        ["node", *arguments],  # noqa: S607 - the node on the PATH
        cwd=WEB,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_the_assets_match_their_sources() -> None:
    assert "match web/src" in node("build.mjs", "--check")


def test_every_page_works_in_a_browser(tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    assert run(["refresh", "--sample", "--direct", "--home", str(home)]) == 0
    console = WEB / "console"
    build_site(home, site, console=console if console.is_dir() else None)
    with queries.open_current(home) as connection:
        boards = queries.fetch_rows(connection, "select column_prefix, source from sources where in_rank")
        wanted = {row["column_prefix"]: float(row["source"] != "arena_text_style_control") for row in boards}
        weighted = queries.fetch_rows(
            connection, f"select model_id, rank from weighted_rank(map {wanted}) where track = 'llm'"
        )
        compared = compare_models(connection, _first_two(connection)).verdicts[0].sentences()
        placed = queries.fetch_rows(connection, PLACES)
    output = node(
        "--test",
        "--test-reporter=spec",
        "tests/site.test.mjs",
        METABOARD_SITE=str(site),
        METABOARD_WEIGHTED=json.dumps([[row["model_id"], row["rank"]] for row in weighted]),
        METABOARD_COMPARED=json.dumps(compared),
        METABOARD_PLACES=json.dumps([[row["id"], row["places"]] for row in placed]),
    )
    assert re.search(r"pass 2\d", output), output


def test_no_hostile_text_is_executed_in_a_browser(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", HOSTILE_MODELS, homepage="javascript:globalThis.__pwned=1")
    build_site(home, tmp_path / "site")
    output = node(
        "--test", "--test-reporter=spec", "tests/hostile.test.mjs", METABOARD_HOSTILE_SITE=str(tmp_path / "site")
    )
    assert re.search(rf"{len(HOSTILE_MODELS)} hostile texts, 0 executed", output), output
