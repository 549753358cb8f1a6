"""`refresh`, `generations`, `rollback`, `verify` and `doctor` on the bundled sample: reports and exit codes."""

import shutil
import socket
from pathlib import Path

import pytest
from filelock import FileLock

from aggregator.sources import SAMPLE
from aggregator.store.generations import Home
from metaboard.exit_codes import Exit
from metaboard.refusals import shorten
from tests.support.command_line import Metaboard


def test_refresh_reports_the_rows_of_each_source_and_the_seconds_of_each_step(
    metaboard: Metaboard, tmp_path: Path
) -> None:
    first = metaboard("refresh", "--sample", "--direct", "--json", "--home", tmp_path)
    assert first.code == 0
    assert first.fields["is_new"] is True
    assert first.fields["refused"] == []
    assert Path(str(first.fields["database"])).is_file()
    report, seconds = first.fields["report"], first.fields["seconds"]
    assert isinstance(report, list)
    assert all(
        row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] + row["rows_duplicate"] for row in report
    )
    assert isinstance(seconds, dict)
    assert {"fetch", "read", "resolve", "join", "score", "combine", "export", "publish"} <= seconds.keys()
    assert "rows read" in first.err
    again = metaboard("refresh", "--sample", "--direct", "--home", tmp_path)
    assert again.code == 0
    assert "nothing changed" in again.err
    assert "arena_text" in again.out


def test_refresh_with_a_refused_source_exits_with_three_and_the_reason(metaboard: Metaboard, tmp_path: Path) -> None:
    mirror = shutil.copytree(SAMPLE, tmp_path / "mirror")
    file = next((mirror / "datasets" / "open-llm-leaderboard" / "contents").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:1000])
    result = metaboard("refresh", "--mirror", mirror, "--direct", "--home", tmp_path / "home")
    assert result.code == Exit.REFUSED
    assert "open_llm_v2: refused" in result.err
    assert result.err.count("no earlier rows") == 1
    assert "open_llm_v2: `metaboard doctor` checks every live address." in result.err
    assert metaboard("top", "--home", tmp_path / "home").code == 0


def test_a_refusal_by_several_gates_is_printed_with_the_first_in_full_and_the_others_by_name() -> None:
    one = "it differs too much: a: gate `drop`: 60 rows, 31% fewer; half of them; kept the 87 good rows of 2026-11-27 11:06 UTC"
    assert shorten(one) == one
    several = one.replace(
        "; kept", "; gate `unit`: half of the scores moved; twice; gate `top`: the best is gone; kept"
    )
    also = "; also `unit`, `top` (`metaboard status` shows what they found); kept"
    assert shorten(several) == one.replace("; kept", also)


def test_refresh_without_any_source_exits_with_one_and_publishes_nothing(metaboard: Metaboard, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = metaboard("refresh", "--mirror", tmp_path / "empty", "--direct", "--json", "--home", tmp_path / "home")
    assert result.code == Exit.FAILED
    assert result.fields["error"] == "SourceError"
    assert "nothing was published" in str(result.fields["message"])
    assert not (tmp_path / "home" / "current").exists()


def test_refresh_of_a_locked_home_exits_with_75(metaboard: Metaboard, tmp_path: Path) -> None:
    with FileLock(tmp_path / "lease.lock", fallback_to_soft=False):
        result = metaboard("refresh", "--sample", "--direct", "--home", tmp_path)
    assert result.code == Exit.LOCKED
    assert "held by" in result.err


def test_generations_can_be_listed_verified_and_rolled_back(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    assert metaboard("refresh", "--replay", "--direct", "--force", "--home", home).code == 0
    newest, oldest = metaboard("generations", "--json", "--home", home).rows
    assert (newest["current"], oldest["current"]) == (True, False)
    assert (
        metaboard("rollback", oldest["generation"], "--json", "--home", home).fields["generation"]
        == oldest["generation"]
    )
    current = Home(home).current
    assert current is not None
    assert current.id == oldest["generation"]
    assert str(oldest["generation"]) in metaboard("generations", "--home", home).out
    assert metaboard("verify", "--home", home).code == 0
    (home / "current" / "metaboard.duckdb").write_bytes(b"")
    damaged = metaboard("verify", "--json", "--home", home)
    assert damaged.code == Exit.REFUSED
    assert damaged.fields["sound"] is False


def test_doctor_without_a_network_reports_every_address_as_unreachable(
    metaboard: Metaboard, sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_name_server(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no name server")

    monkeypatch.setattr(socket, "getaddrinfo", no_name_server)
    result = metaboard("doctor", "--json", "--home", sample_home)
    assert result.code == Exit.REFUSED
    assert {row["verdict"] for row in result.rows} == {"unreachable"}
    assert "Check the network" in metaboard("doctor", "--home", sample_home).err
