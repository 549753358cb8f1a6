"""Publish and pull with the real client against a stand-in Hub that fails at every step."""

import threading
from pathlib import Path
from typing import Any

import pytest

from aggregator.dataset import checksums
from aggregator.errors import FetchError, PublishError
from aggregator.hub.repository import HubRepository
from tests.support.hub import Effect, Fault, StandInHub
from tests.support.hub.fixtures import REPOSITORY, Edition, edition


def titles(hub: StandInHub) -> list[str]:
    return [commit.title for commit in hub.datasets[REPOSITORY.id].commits]


def content_of(hub: StandInHub, revision: str = "main") -> dict[str, bytes]:
    commit = hub.datasets[REPOSITORY.id].find_commit(revision)
    assert commit
    return {path: file.content for path, file in commit.files.items()}


def content_in(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_an_edition_is_one_commit_with_the_date_of_its_data_as_tag(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    directory, manifest = editions[0]
    made = client.publish(directory, manifest)
    assert made.is_new
    assert titles(hub) == ["initial commit", "Data of 2026-10-02, generation " + manifest["generation"]]
    assert content_of(hub) == content_of(hub, "2026-10-02") == content_in(directory)
    assert made.tag == "2026-10-02"
    assert sum(line.endswith("/commit/main") for line in hub.request_lines) == 1


def test_unchanged_rows_make_no_commit(hub: StandInHub, client: HubRepository, editions: list[Edition]) -> None:
    first = client.publish(*editions[0])
    hub.requests.clear()
    again = client.publish(*editions[0])
    assert (again.commit, again.tag, again.is_new) == (first.commit, first.tag, False)
    assert not [line for line in hub.request_lines if not line.startswith("GET") and not line.startswith("HEAD")]


def test_a_second_edition_of_one_date_gets_its_own_tag_and_removes_old_files(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    client.publish(*editions[0])
    hub.commit(REPOSITORY.id, {"old/left-over.txt": b"x"})
    second = client.publish(*editions[1])
    assert second.tag == "2026-10-02.2"
    assert content_of(hub) == content_in(editions[1][0])
    assert content_of(hub, "2026-10-02") == content_in(editions[0][0])


def test_a_missing_tag_is_created_by_the_next_run_without_a_commit(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    client.publish(*editions[0])
    hub.datasets[REPOSITORY.id].tags.clear()
    assert client.publish(*editions[0]).tag == "2026-10-02"
    assert len(titles(hub)) == 2


def test_a_page_edited_on_the_hub_causes_neither_a_commit_nor_a_tag(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    first = client.publish(*editions[0])
    hub.commit(REPOSITORY.id, {"README.md": b"---\nlicense: other\n---\n"})
    assert not client.publish(*editions[0]).is_new
    assert hub.datasets[REPOSITORY.id].tags == {"2026-10-02": first.commit}
    assert len(titles(hub)) == 3


@pytest.mark.parametrize(("effect", "status"), [("before", 503), ("cut before", 0)])
def test_an_unreadable_manifest_does_not_count_as_a_missing_one(
    hub: StandInHub, client: HubRepository, editions: list[Edition], effect: Effect, status: int
) -> None:
    client.publish(*editions[1])
    hub.faults = [Fault("HEAD", r"manifest\.json$", effect, status, times=12)]
    with pytest.raises(PublishError, match=r"later than ours|503|disconnected|reset"):
        client.publish(*editions[0])
    assert content_of(hub) == content_in(editions[1][0])


STEPS = [
    ("GET", r"^/api/datasets/org/board"),
    ("POST", r"/repos/create$"),
    ("GET", r"/tree/"),
    ("POST", r"/preupload/"),
    ("POST", r"/objects/batch$"),
    ("PUT", r"/lfs/"),
    ("POST", r"/verify$"),
    ("POST", r"/validate-yaml$"),
    ("POST", r"/commit/main$"),
    ("GET", r"/refs$"),
    ("POST", r"/tag/"),
    ("HEAD", r"/resolve/.*manifest\.json$"),
]
EFFECTS: list[tuple[Effect, int]] = [
    ("before", 429),
    ("before", 500),
    ("after", 500),
    ("after", 504),
    ("cut before", 0),
    ("cut after", 0),
    ("cut while reading", 0),
]


@pytest.mark.parametrize(("method", "path"), STEPS)
def test_a_fault_at_any_step_leaves_one_whole_commit(
    hub: StandInHub, client: HubRepository, editions: list[Edition], method: str, path: str
) -> None:
    directory, manifest = editions[0]
    for effect, status in EFFECTS:
        hub.datasets.clear()
        hub.large_files.clear()
        headers = {"RateLimit": '"api";r=0;t=2'} if status == 429 else {}
        fault = Fault(method, path, effect, status, headers)
        hub.faults = [fault]
        made = client.publish(directory, manifest)
        assert fault.times == 0, "the fault happened"
        assert len(titles(hub)) == 2, (effect, status)
        assert content_of(hub) == content_in(directory)
        assert hub.datasets[REPOSITORY.id].tags == {"2026-10-02": made.commit}


def test_a_commit_whose_response_was_lost_is_not_made_again(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "cut after")]
    assert client.publish(*editions[0]).is_new
    assert sum(line == "POST /api/datasets/org/board/commit/main" for line in hub.request_lines) == 1


def test_nothing_is_published_if_every_attempt_fails(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "before", 503, times=99)]
    with pytest.raises(PublishError, match="503"):
        client.publish(*editions[0])
    assert titles(hub) == ["initial commit"]


def test_a_commit_of_another_publisher_becomes_the_new_parent(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    hub.before_commit = lambda: hub.commit(
        REPOSITORY.id, {"README.md": b"---\nlicense: mit\n---\n"}, "another publisher"
    )
    client.publish(*editions[0])
    assert [title.split(",")[0] for title in titles(hub)] == [
        "initial commit",
        "another publisher",
        "Data of 2026-10-02",
    ]
    assert content_of(hub) == content_in(editions[0][0])


def test_rows_that_another_publisher_just_published_are_not_published_again(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    theirs = content_in(editions[0][0])
    theirs["manifest.json"] = theirs["manifest.json"].replace(b"2026-11-25", b"2026-11-24")
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, theirs, "another publisher")
    made = client.publish(*editions[0])
    assert not made.is_new
    assert titles(hub) == ["initial commit", "another publisher"]


def test_a_newer_edition_of_another_publisher_is_never_replaced(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, content_in(editions[1][0]), "newer")
    with pytest.raises(PublishError, match="later than ours"):
        client.publish(*editions[0])
    assert content_of(hub) == content_in(editions[1][0])


def test_a_commit_with_other_files_than_sent_gets_no_tag(
    hub: StandInHub, client: HubRepository, editions: list[Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, manifest = editions[0]
    send = client.api.commit

    def commit_and_spoil(*arguments: Any) -> str:
        send(*arguments)
        return hub.commit(REPOSITORY.id, {"data/leaderboard/leaderboard.parquet": b"PAR1"})

    monkeypatch.setattr(client.api, "commit", commit_and_spoil)
    with pytest.raises(PublishError, match=r"differs from what was sent in data/leaderboard/leaderboard\.parquet"):
        client.publish(directory, manifest)
    assert not hub.datasets[REPOSITORY.id].tags


@pytest.mark.parametrize(("token", "at"), [("hf_wrong", "/repos/create"), ("hf_wrong", "/commit/main")])
def test_a_refused_token_is_reported_without_a_retry_and_without_the_token(
    hub: StandInHub, editions: list[Edition], token: str, at: str
) -> None:
    if at != "/repos/create":
        hub.commit(REPOSITORY.id, {})
    with pytest.raises(PublishError, match="401") as refused:
        HubRepository(REPOSITORY, token, hub.endpoint, sleep=lambda _: pytest.fail("retried")).publish(*editions[0])
    assert token not in str(refused.value)
    assert refused.value.__cause__ is None
    assert "token" in refused.value.hint


def test_a_token_that_the_server_repeats_is_masked(
    hub: StandInHub, client: HubRepository, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "before", 400, {"X-Error-Message": "bad token hf_standin"})]
    with pytest.raises(PublishError, match=r"bad token \*\*\*"):
        client.publish(*editions[0])


def test_a_reader_always_sees_one_complete_edition(hub: StandInHub, client: HubRepository, tmp_path: Path) -> None:
    client.publish(*edition(tmp_path, -4, 1300.125))
    done, seen, broken = threading.Event(), set(), []

    def read() -> None:
        reader, number = HubRepository(REPOSITORY, False, hub.endpoint), 0
        while not done.is_set() or number == 0:
            number += 1
            place = tmp_path / f"read-{number}"
            seen.add(reader.pull(None, place))
            broken.extend(checksums.find_problems(place))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for day in range(1, 4):
            hub.faults = [Fault("POST", r"/commit/main$", "cut after"), Fault("PUT", r"/lfs/", "cut while reading")]
            client.publish(*edition(tmp_path, day - 4, 1300.125 + day))
    finally:
        done.set()
        thread.join(30)
    assert broken == []
    assert len(titles(hub)) == 5
    assert len(seen) > 1, "editions were published while the reader read"


def test_a_pulled_revision_equals_the_published_one(
    hub: StandInHub, client: HubRepository, editions: list[Edition], tmp_path: Path
) -> None:
    for each in editions:
        client.publish(*each)
    for revision, (directory, _) in zip(("2026-10-02", "2026-10-02.2"), editions, strict=True):
        place = tmp_path / revision
        HubRepository(REPOSITORY, False, hub.endpoint).pull(revision, place)
        assert content_in(place) == content_in(directory)


def test_the_token_is_not_sent_to_the_host_of_large_files(
    hub: StandInHub, client: HubRepository, editions: list[Edition], tmp_path: Path
) -> None:
    client.publish(*editions[0])
    client.pull(None, tmp_path / "place")
    assert any("/cdn/" in line for line in hub.request_lines)
    assert hub.cdn_authorizations == []


def test_a_pull_survives_one_fault_of_each_kind(
    hub: StandInHub, client: HubRepository, editions: list[Edition], tmp_path: Path
) -> None:
    client.publish(*editions[0])
    reader = HubRepository(REPOSITORY, False, hub.endpoint, sleep=lambda _: None)
    for number, (effect, status) in enumerate(EFFECTS):
        hub.faults = [
            Fault("GET", r"/revision/", effect, status),
            Fault("GET", r"/cdn/", effect, status),
            Fault("GET", r"/tree/", effect, status),
            Fault("HEAD", r"README", effect, status),
        ]
        reader.pull(None, tmp_path / str(number))
        assert content_in(tmp_path / str(number)) == content_in(editions[0][0])


def test_a_repository_without_our_manifest_or_a_file_of_it_is_not_pulled(
    hub: StandInHub, client: HubRepository, editions: list[Edition], tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match="has no Metaboard dataset"):
        client.pull(None, tmp_path)
    hub.commit(REPOSITORY.id, {"README.md": b"x"})
    with pytest.raises(FetchError, match="has no Metaboard dataset"):
        client.pull(None, tmp_path)
    hub.commit(REPOSITORY.id, {"manifest.json": b"[" * 100_000})
    with pytest.raises(FetchError, match="has no Metaboard dataset"):
        client.pull(None, tmp_path)
    hub.commit(REPOSITORY.id, {"manifest.json": (editions[0][0] / "manifest.json").read_bytes()})
    with pytest.raises(FetchError, match=r"is not a complete dataset: .* is missing"):
        client.pull(None, tmp_path)
    assert content_in(tmp_path) == {}
    with pytest.raises(FetchError, match="404"):
        client.pull("v9", tmp_path)


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/evil", "data/../../evil", ".git/config", "a//b", "C:\\evil", "a/./b"]
)
def test_a_manifest_cannot_write_outside_the_folder(
    hub: StandInHub, client: HubRepository, tmp_path: Path, path: str
) -> None:
    hub.commit(
        REPOSITORY.id,
        {"manifest.json": b'{"files": [{"path": %s, "sha256": ""}]}' % repr(path).replace("'", '"').encode()},
    )
    with pytest.raises(Exception, match="not a path inside a dataset"):
        client.pull(None, tmp_path / "place")
    assert not (tmp_path / "place").exists()
