"""A refused edition: what the log has about it, when it is named again, and how one word accepts exactly these bytes."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.pipeline import boards
from aggregator.pipeline.acceptance import accept_edition, last_before_acceptance
from aggregator.pipeline.decisions import record_results, record_same_files
from aggregator.pipeline.inputs import inputs_hash
from aggregator.pipeline.last_good import good_editions, load_baseline
from aggregator.pipeline.refusals import Refusal
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.sources.plugins import Register
from aggregator.store.decisions import DecisionLog
from aggregator.store.generations import Home
from aggregator.store.history import HistoryStore
from tests.pipeline.test_rebuilt_history import REASON, table
from tests.support.nights import Nights
from tests.support.small_board import BOARD

HALF = range(20)


@pytest.fixture(autouse=True)
def _one_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "read_register", lambda: Register((BOARD,)))


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Return a home directory with one good night."""
    found = Nights(tmp_path, BOARD)
    assert found.refresh(0, table(1)).status == "fresh"
    return found


def refused(nights: Nights, night: int = 1) -> Refusal:
    """Return the refusal of an edition that lost half of its models."""
    assert nights.refresh(night, table(2, HALF)).status == "kept"
    found = nights.refusal()
    assert found is not None
    return found


def accept(nights: Nights, sha256: str, night: int = 1, reason: str = REASON) -> str:
    return accept_edition(nights.home, "board", sha256, reason, nights.at(night)).next_step


def events(nights: Nights) -> list[str]:
    return [decision.event.value for decision in DecisionLog(nights.home).read()["board"]]


def test_a_refusal_names_gate_worst_rows_and_what_is_kept(nights: Nights) -> None:
    refusal = refused(nights)
    assert "drop" in refusal.gates
    assert "50% fewer" in refusal.sentence
    assert 1 <= len(refusal.worst) <= 10
    assert set(refusal.worst[0]) == {"raw_name", "what", "before", "now"}
    assert refusal.kept == "the 40 rows of 2026-11-01 03:17 UTC"
    assert refusal.is_usable


def test_the_same_refusal_is_written_once_and_each_further_night_counts(nights: Nights) -> None:
    refusal = [refused(nights, night) for night in (1, 2, 2, 3)][-1]
    assert (refusal.nights, refusal.same_nights, refusal.since) == (3, 3, nights.at(1))
    assert events(nights) == ["passed", "refused", "repeated", "repeated"]
    assert refusal.is_stuck
    assert refusal.standstill == (
        "The board stands still since 2026-11-02: it was refused on 3 nights, with the same content."
    )


def test_a_refresh_without_any_change_counts_the_night_too(nights: Nights) -> None:
    refusal = refused(nights)
    fetched = [FetchResult(BOARD, nights.store(2, table(2, HALF)))]
    record_same_files(nights.home, fetched, {"board": "0" * 64}, nights.at(2))
    record_same_files(nights.home, fetched, {"board": "0" * 64}, nights.at(2))
    again = nights.refusal()
    assert again is not None
    assert (again.nights, again.sha256) == (2, refusal.sha256)
    good = [FetchResult(BOARD, nights.store(3, table(1)))]
    published = DecisionLog(nights.home).read()["board"][0].sha256
    record_same_files(nights.home, good, {"board": published}, nights.at(3))
    assert nights.refusal() is None


def test_other_content_begins_a_refusal_of_its_own_in_the_same_standstill(nights: Nights) -> None:
    refused(nights, 1)
    nights.refresh(2, table(3, range(15)))
    refusal = nights.refusal()
    assert refusal is not None
    assert (refusal.nights, refusal.same_nights) == (2, 1)
    assert "changing content" in refusal.standstill
    nights.refresh(3, table(4))
    assert nights.refusal() is None, "the board came back"


def test_a_notice_is_due_on_the_first_night_the_third_and_then_weekly(nights: Nights) -> None:
    assert [night for night in range(1, 25) if refused(nights, night).is_notice_due] == [1, 3, 10, 17, 24]


def test_an_accepted_edition_is_used_and_is_the_standard(nights: Nights) -> None:
    sha256 = refused(nights).sha256
    assert "metaboard refresh" in accept(nights, sha256[:12])
    assert nights.refresh(2, table(2, HALF)).status == "fresh"
    assert nights.refusal() is None
    assert nights.refresh(3, table(3, range(19))).status == "fresh", "compared with the 20 models, not with the 40"
    assert nights.refresh(4, table(4, range(10))).status == "kept"
    assert events(nights) == ["passed", "refused", "accepted", "passed", "passed", "refused"]


def test_an_edition_after_the_accepted_one_is_compared_with_it(nights: Nights) -> None:
    accept(nights, refused(nights).sha256)
    assert nights.refresh(2, table(3, range(10))).status == "kept", "it lost half of the accepted models"
    assert nights.refresh(3, table(4, range(21))).status == "fresh"
    dates = HistoryStore(nights.home).load("board").rows.select("published_on", "retrieved_at").unique().rows()
    first = nights.first.replace(tzinfo=None)
    assert {(day.day, (at - first).days) for day, at in dates} == {(1, 0), (2, 1), (4, 3)}, "at the time of its fetch"
    home = Home(nights.home)
    good = good_editions(home, last_before_acceptance(DecisionLog(nights.home).read()))["board"]
    assert [edition.models for edition in good] == [20, 21], "the statistics begin anew"


def test_an_acceptance_changes_the_inputs_once(nights: Nights) -> None:
    def digest() -> str:
        fetched = [FetchResult(BOARD, nights.store(1, table(2, HALF)))]
        return inputs_hash(fetched, load_baseline(Home(nights.home), date(2026, 11, 2)), (), {})

    sha256 = refused(nights).sha256
    before = digest()
    accept(nights, sha256)
    after = digest()
    assert after != before
    nights.refresh(2, table(2, HALF))
    assert digest() == after, "the next night finds nothing changed"


def test_a_second_acceptance_changes_nothing(nights: Nights) -> None:
    sha256 = refused(nights).sha256
    accept(nights, sha256)
    again = accept_edition(nights.home, "board", sha256, "another good reason", nights.at(2))
    assert (again.is_new, again.reason) == (False, REASON)
    assert events(nights).count("accepted") == 1


def test_only_these_bytes_are_accepted(nights: Nights) -> None:
    accept(nights, refused(nights).sha256)
    nights.refresh(2, table(2, HALF))
    assert nights.refresh(3, table(3, range(10))).status == "kept"


@pytest.mark.parametrize(
    ("source", "sha256", "reason", "message"),
    [
        ("nope", "0" * 64, REASON, "there is no leaderboard 'nope'\nChoose from board"),
        (
            "board",
            "0" * 64,
            REASON,
            "no stored fetch of board has the digest 0{64}\nRefused editions of board.*\n  {sha}",
        ),
        ("board", "{sha:11}", REASON, "at least 12 digits.*\nRefused editions of board.*\n  {sha}"),
        ("board", "g" * 64, REASON, "is not a SHA-256"),
        ("board", "{sha}", "fine", "shorter than 10 characters"),
        ("board", "{good}", REASON, "is not refused: it passed the gates on 2026-11-01\nRefused editions"),
    ],
)
def test_an_error_names_the_next_step(nights: Nights, source: str, sha256: str, reason: str, message: str) -> None:
    found = refused(nights).sha256
    good = DecisionLog(nights.home).read()["board"][0].sha256
    given = sha256.replace("{sha:11}", found[:11]).replace("{sha}", found).replace("{good}", good)
    with pytest.raises(UsageError, match=message.replace("{sha}", found)):
        accept_edition(nights.home, source, given, reason, nights.at(1))
    assert "accepted" not in events(nights)


def test_an_unusable_edition_cannot_be_accepted(nights: Nights) -> None:
    for night, files in ((1, table(2, range(0))), (2, {"table": b"<html>", "note": b"{}"})):
        nights.refresh(night, files)
        refusal = nights.refusal()
        assert refusal is not None
        assert not refusal.is_usable
        assert "cannot be accepted" in refusal.next_step()
        with pytest.raises(UsageError, match="cannot be used"):
            accept(nights, refusal.sha256)


def test_an_edition_with_other_columns_needs_another_reader(nights: Nights) -> None:
    refusal = replace(refused(nights), cause="columns", is_usable=False)
    assert "Update metaboard, or change the reader: docs/add-a-board.md." in refusal.next_step()


def test_a_failed_fetch_is_no_decision(nights: Nights) -> None:
    refusal = refused(nights)
    kept = ReadResult(BOARD, "kept", message="it did not answer", cause="down")
    record_results(nights.home, [kept], nights.at(2))
    assert events(nights) == ["passed", "refused"]
    assert nights.refusal() == refusal, "the edition is still kept back"


def test_a_damaged_line_of_the_log_is_skipped(nights: Nights) -> None:
    sha256 = refused(nights).sha256
    path = DecisionLog(nights.home).path
    with path.open("ab") as file:
        file.write(b'{"event":"accepted","source":"board"}\n{"event":"other"}\n[1]\n{"event":"accepted","source":7,')
    accept(nights, sha256)
    assert events(nights)[-1] == "accepted"


def test_the_command_accepts_exactly_this_edition(nights: Nights) -> None:
    refusal = refused(nights)
    home = nights.home / "with blanks"
    assert refusal.command(home) == (
        f"metaboard accept-edition board --sha256 {refusal.sha256} --reason 'checked on the board' --home '{home}'"
    )
    assert str(nights.home) not in refusal.next_step(), "the published report names no path"
    assert nights.at(1) - refusal.since < timedelta(seconds=1)
