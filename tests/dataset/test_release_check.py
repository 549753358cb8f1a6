"""Destinations, new editions and tags of a published dataset."""

from pathlib import Path

import pytest

from aggregator.dataset import release_check
from aggregator.dataset.destination import Repository, parse_destination
from aggregator.errors import PublishError, UsageError


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("out", Path("out")),
        ("/srv/data", Path("/srv/data")),
        ("hf://datasets/org/name", Repository("org/name")),
        ("hf://datasets/org/na.me-1@v1.0", Repository("org/na.me-1", "v1.0")),
    ],
)
def test_a_destination_is_a_folder_or_a_dataset_on_the_hub(text: str, place: Path | Repository) -> None:
    assert parse_destination(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "hf://models/org/name",
        "hf://datasets/org",
        "hf://org/name",
        "s3://bucket/x",
        "hf://datasets/a/b/c",
        "hf://datasets/a/b@",
    ],
)
def test_other_destinations_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_destination(text)


def test_an_edition_is_new_only_with_other_rows_and_no_earlier_time() -> None:
    ours = {"content_hash": "a", "created_at": "2026-11-25T12:00:00+00:00"}
    assert release_check.is_new_edition(None, ours)
    assert release_check.is_new_edition({"files": []}, ours)
    assert not release_check.is_new_edition(ours | {"created_at": "2027-01-01T00:00:00+00:00"}, ours)
    assert release_check.is_new_edition({"content_hash": "b", "created_at": "2026-11-25T13:59:59+02:00"}, ours)
    with pytest.raises(PublishError):
        release_check.is_new_edition({"content_hash": "b", "created_at": "2026-11-25T12:00:01+00:00"}, ours)


def test_a_tag_is_a_date_and_is_never_reused() -> None:
    assert release_check.data_tag({"data_date": "2026-10-02"}) == "2026-10-02"
    assert release_check.data_tag({"data_date": None, "created_at": "2026-11-25T23:30:00-02:00"}) == "2026-11-26"
    assert release_check.free_tag("2026-10-02", []) == "2026-10-02"
    assert release_check.free_tag("2026-10-02", ["2026-10-02", "2026-10-02.2"]) == "2026-10-02.3"
    assert release_check.is_tag_of("2026-10-02.12", "2026-10-02")
    assert not release_check.is_tag_of("2026-10-021", "2026-10-02")
