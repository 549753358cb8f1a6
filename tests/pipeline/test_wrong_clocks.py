"""An edition that is dated in the future is refused, and never shuts out honest ones for ever."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.dataset import checksums, release_check
from aggregator.errors import PublishError, StorageError
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import pull
from aggregator.store.generations import Home
from aggregator.store.manifest import read_manifest
from metaboard.exit_codes import Exit
from tests.support.clocks import NOON
from tests.support.command_line import Metaboard
from tests.support.homes import published

FAR = NOON + timedelta(days=27_000)


def at(time: datetime) -> dict[str, object]:
    return {"now": lambda: time, "log": lambda _: None}


@pytest.fixture
def ahead(tmp_path: Path) -> Path:
    """Return a home whose generation was built while the clock showed 2100."""
    published.publish(Home(tmp_path / "ahead" / "home", now=lambda: FAR), 1290.5)
    return tmp_path / "ahead" / "home"


@pytest.mark.parametrize(("ahead_by", "is_refused"), [(timedelta(hours=23), False), (timedelta(hours=25), True)])
def test_a_day_ahead_is_allowed_for_clocks_and_no_more(ahead_by: timedelta, is_refused: bool) -> None:
    problem = release_check.future_problem(NOON + ahead_by, NOON)
    assert (problem is not None) is is_refused


def test_a_generation_dated_in_the_future_is_not_published(metaboard: Metaboard, ahead: Path, tmp_path: Path) -> None:
    result = metaboard("publish", "--to", tmp_path / "pub", "--home", ahead)
    assert result.code == Exit.FAILED
    assert "in the future: this clock shows" in result.err
    assert "metaboard refresh --force" in " ".join(result.err.split())
    assert not (tmp_path / "pub").exists()
    assert metaboard("verify", "--home", ahead).code == Exit.REFUSED


def test_a_published_edition_dated_in_the_future_can_be_replaced(
    metaboard: Metaboard, ahead: Path, home: Path, tmp_path: Path
) -> None:
    target = tmp_path / "pub"
    publish(ahead, str(target), **at(FAR))  # type: ignore[arg-type]  # keywords of several types
    assert metaboard("verify", target).code == Exit.REFUSED
    refused = metaboard("publish", "--to", target, "--home", home)
    assert refused.code == Exit.FAILED
    assert "--replace-future-edition" in " ".join(refused.err.split())
    assert metaboard("publish", "--to", target, "--home", home, "--replace-future-edition").code == 0
    assert read_manifest(target)["created_at"] == NOON.isoformat()
    assert checksums.find_problems(target) == []


def test_the_option_replaces_no_edition_that_is_only_newer(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "pub"
    published.publish(Home(tmp_path / "newer" / "home", now=lambda: NOON + timedelta(hours=5)), 1290.5)
    publish(tmp_path / "newer" / "home", str(target), log=lambda _: None)
    with pytest.raises(PublishError, match="later than ours"):
        publish(home, str(target), replace_future=True, log=lambda _: None)


def test_the_same_rows_with_a_time_in_the_future_are_not_taken_for_published(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "pub"
    published.publish(Home(tmp_path / "same" / "home", now=lambda: FAR))
    publish(tmp_path / "same" / "home", str(target), **at(FAR))  # type: ignore[arg-type]  # keywords of several types
    with pytest.raises(PublishError, match="cannot be compared"):
        publish(home, str(target), log=lambda _: None)


def test_pull_refuses_such_an_edition_and_forgets_one_that_it_pulled_with_a_wrong_clock(
    ahead: Path, home: Path, tmp_path: Path
) -> None:
    target, here = tmp_path / "pub", tmp_path / "here"
    publish(ahead, str(target), **at(FAR))  # type: ignore[arg-type]  # keywords of several types
    with pytest.raises(StorageError, match="in the future"):
        pull(here, str(target))
    pull(here, str(target), now=lambda: FAR)
    publish(home, str(target), replace_future=True, log=lambda _: None)
    assert pull(here, str(target)).is_new
    current = Home(here).current
    assert current
    assert current.manifest()["published"]["created_at"] == NOON.isoformat()
