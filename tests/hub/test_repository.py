"""Publishing with the real client to a stand-in Hub that fails at every step."""

import threading
from pathlib import Path
from typing import Any

import pytest

from aggregator.dataset import checksums
from aggregator.errors import FetchError, PublishError
from aggregator.hub.repository import Hub as Client
from tests.support.hub.client import REPOSITORY, Edition, edition
from tests.support.hub.state import Effect, Fault, Hub


def titles(hub: Hub) -> list[str]:
    return [commit.title for commit in hub.repos[REPOSITORY.id].commits]


def content_of(hub: Hub, revision: str = "main") -> dict[str, bytes]:
    commit = hub.repos[REPOSITORY.id].at(revision)
    assert commit
    return {path: file.content for path, file in commit.tree.items()}


def content_in(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_an_edition_is_one_commit_with_a_tag_of_its_data(hub: Hub, client: Client, editions: list[Edition]) -> None:
    directory, manifest = editions[0]
    made = client.publish(directory, manifest)
    assert made.is_new
    assert titles(hub) == ["initial commit", "Data of 2026-10-02, generation " + manifest["generation"]]
    assert content_of(hub) == content_of(hub, "2026-10-02") == content_in(directory)
    assert made.tag == "2026-10-02"
    assert sum(line.endswith("/commit/main") for line in hub.asked) == 1


def test_unchanged_rows_make_no_commit(hub: Hub, client: Client, editions: list[Edition]) -> None:
    first = client.publish(*editions[0])
    hub.asked.clear()
    again = client.publish(*editions[0])
    assert (again.commit, again.tag, again.is_new) == (first.commit, first.tag, False)
    assert not [line for line in hub.asked if not line.startswith("GET") and not line.startswith("HEAD")]


def test_a_second_edition_of_one_date_gets_a_tag_of_its_own_and_drops_files_that_are_gone(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    client.publish(*editions[0])
    hub.commit(REPOSITORY.id, {"old/left-over.txt": b"x"})
    second = client.publish(*editions[1])
    assert second.tag == "2026-10-02.2"
    assert content_of(hub) == content_in(editions[1][0])
    assert content_of(hub, "2026-10-02") == content_in(editions[0][0])


def test_a_lost_tag_is_made_by_the_next_run_without_a_commit(hub: Hub, client: Client, editions: list[Edition]) -> None:
    client.publish(*editions[0])
    hub.repos[REPOSITORY.id].tags.clear()
    assert client.publish(*editions[0]).tag == "2026-10-02"
    assert len(titles(hub)) == 2


def test_a_page_that_was_edited_on_the_hub_makes_neither_a_commit_nor_a_tag(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    first = client.publish(*editions[0])
    hub.commit(REPOSITORY.id, {"README.md": b"---\nlicense: other\n---\n"})
    assert not client.publish(*editions[0]).is_new
    assert hub.repos[REPOSITORY.id].tags == {"2026-10-02": first.commit}
    assert len(titles(hub)) == 3


@pytest.mark.parametrize(("effect", "status"), [("before", 503), ("cut before", 0)])
def test_a_manifest_that_cannot_be_read_just_now_is_not_taken_for_none(
    hub: Hub, client: Client, editions: list[Edition], effect: Effect, status: int
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
    hub: Hub, client: Client, editions: list[Edition], method: str, path: str
) -> None:
    directory, manifest = editions[0]
    for effect, status in EFFECTS:
        hub.repos.clear()
        hub.large.clear()
        headers = {"RateLimit": '"api";r=0;t=2'} if status == 429 else {}
        fault = Fault(method, path, effect, status, headers)
        hub.faults = [fault]
        made = client.publish(directory, manifest)
        assert fault.times == 0, "the fault was met"
        assert len(titles(hub)) == 2, (effect, status)
        assert content_of(hub) == content_in(directory)
        assert hub.repos[REPOSITORY.id].tags == {"2026-10-02": made.commit}


def test_a_commit_that_was_accepted_though_its_answer_was_lost_counts_as_ours(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "cut after")]
    assert client.publish(*editions[0]).is_new
    assert sum(line == "POST /api/datasets/org/board/commit/main" for line in hub.asked) == 1


def test_a_hub_that_keeps_failing_is_given_up_with_nothing_published(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "before", 503, times=99)]
    with pytest.raises(PublishError, match="503"):
        client.publish(*editions[0])
    assert titles(hub) == ["initial commit"]


def test_the_wait_is_what_the_rate_limit_asks_for(hub: Hub, editions: list[Edition]) -> None:
    slept: list[float] = []
    client = Client(REPOSITORY, "hf_standin", hub.endpoint, sleep=slept.append)
    hub.faults = [Fault("POST", r"/commit/main$", "before", 429, {"RateLimit": '"api";r=0;t=55'})]
    client.publish(*editions[0])
    assert slept == [56.0]


def test_another_publisher_in_between_is_looked_at_again(hub: Hub, client: Client, editions: list[Edition]) -> None:
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, {"README.md": b"---\nlicense: mit\n---\n"}, "someone else")
    client.publish(*editions[0])
    assert [title.split(",")[0] for title in titles(hub)] == ["initial commit", "someone else", "Data of 2026-10-02"]
    assert content_of(hub) == content_in(editions[0][0])


def test_the_same_rows_published_by_another_in_between_are_not_published_twice(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    theirs = content_in(editions[0][0])
    theirs["manifest.json"] = theirs["manifest.json"].replace(b"2026-11-25", b"2026-11-24")
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, theirs, "someone else")
    made = client.publish(*editions[0])
    assert not made.is_new
    assert titles(hub) == ["initial commit", "someone else"]


def test_a_newer_edition_in_between_is_never_taken_back(hub: Hub, client: Client, editions: list[Edition]) -> None:
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, content_in(editions[1][0]), "newer")
    with pytest.raises(PublishError, match="later than ours"):
        client.publish(*editions[0])
    assert content_of(hub) == content_in(editions[1][0])


def test_a_commit_that_is_not_what_was_sent_gets_no_tag(
    hub: Hub, client: Client, editions: list[Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, manifest = editions[0]
    send = client._commit

    def spoiled(*given: Any) -> str:
        send(*given)
        return hub.commit(REPOSITORY.id, {"data/leaderboard/leaderboard.parquet": b"PAR1"})

    monkeypatch.setattr(client, "_commit", spoiled)
    with pytest.raises(PublishError, match=r"differs from what was sent in data/leaderboard/leaderboard\.parquet"):
        client.publish(directory, manifest)
    assert not hub.repos[REPOSITORY.id].tags


@pytest.mark.parametrize(("token", "at"), [("hf_wrong", "/repos/create"), ("hf_wrong", "/commit/main")])
def test_a_token_that_is_refused_is_told_once_without_being_shown(
    hub: Hub, editions: list[Edition], token: str, at: str
) -> None:
    if at != "/repos/create":
        hub.commit(REPOSITORY.id, {})
    with pytest.raises(PublishError, match="401") as refused:
        Client(REPOSITORY, token, hub.endpoint, sleep=lambda _: pytest.fail("retried")).publish(*editions[0])
    assert token not in str(refused.value)
    assert refused.value.__cause__ is None
    assert "token" in refused.value.hint


def test_a_server_that_repeats_the_token_cannot_make_us_show_it(
    hub: Hub, client: Client, editions: list[Edition]
) -> None:
    hub.faults = [Fault("POST", r"/commit/main$", "before", 400, {"X-Error-Message": "bad token hf_standin"})]
    with pytest.raises(PublishError, match=r"bad token \*\*\*"):
        client.publish(*editions[0])


def test_a_reader_at_any_moment_sees_one_whole_edition(hub: Hub, client: Client, tmp_path: Path) -> None:
    client.publish(*edition(tmp_path, 0, 1300.125))
    done, seen, broken = threading.Event(), set(), []

    def read() -> None:
        reader, number = Client(REPOSITORY, False, hub.endpoint), 0
        while not done.is_set() or number == 0:
            number += 1
            place = tmp_path / f"read-{number}"
            seen.add(reader.pull(None, place))
            broken.extend(checksums.problems(place))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for day in range(1, 4):
            hub.faults = [Fault("POST", r"/commit/main$", "cut after"), Fault("PUT", r"/lfs/", "cut while reading")]
            client.publish(*edition(tmp_path, day, 1300.125 + day))
    finally:
        done.set()
        thread.join(30)
    assert broken == []
    assert len(titles(hub)) == 5
    assert len(seen) > 1, "editions came while the reader read"


def test_a_pulled_revision_is_what_was_published(
    hub: Hub, client: Client, editions: list[Edition], tmp_path: Path
) -> None:
    for each in editions:
        client.publish(*each)
    for revision, (directory, _) in zip(("2026-10-02", "2026-10-02.2"), editions, strict=True):
        place = tmp_path / revision
        Client(REPOSITORY, False, hub.endpoint).pull(revision, place)
        assert content_in(place) == content_in(directory)


def test_the_token_is_not_sent_to_the_host_of_large_files(
    hub: Hub, client: Client, editions: list[Edition], tmp_path: Path
) -> None:
    client.publish(*editions[0])
    client.pull(None, tmp_path / "place")
    assert any("/cdn/" in line for line in hub.asked)
    assert hub.told_elsewhere == []


def test_faults_while_pulling_are_met_by_asking_again(
    hub: Hub, client: Client, editions: list[Edition], tmp_path: Path
) -> None:
    client.publish(*editions[0])
    reader = Client(REPOSITORY, False, hub.endpoint, sleep=lambda _: None)
    for number, (effect, status) in enumerate(EFFECTS):
        hub.faults = [
            Fault("GET", r"/revision/", effect, status),
            Fault("GET", r"/cdn/", effect, status),
            Fault("GET", r"/tree/", effect, status),
            Fault("HEAD", r"README", effect, status),
        ]
        reader.pull(None, tmp_path / str(number))
        assert content_in(tmp_path / str(number)) == content_in(editions[0][0])


def test_what_is_no_dataset_of_ours_is_not_pulled(hub: Hub, client: Client, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no dataset of ours"):
        client.pull(None, tmp_path)
    hub.commit(REPOSITORY.id, {"README.md": b"x"})
    with pytest.raises(FetchError, match="no dataset of ours"):
        client.pull(None, tmp_path)
    with pytest.raises(FetchError, match="404"):
        client.pull("v9", tmp_path)


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/evil", "data/../../evil", ".git/config", "a//b", "C:\\evil", "a/./b"]
)
def test_a_manifest_cannot_write_outside(hub: Hub, client: Client, tmp_path: Path, path: str) -> None:
    hub.commit(
        REPOSITORY.id,
        {"manifest.json": b'{"files": [{"path": %s, "sha256": ""}]}' % repr(path).replace("'", '"').encode()},
    )
    with pytest.raises(Exception, match="no path inside a dataset"):
        client.pull(None, tmp_path / "place")
    assert not (tmp_path / "place").exists()
