"""Selection of the shards of one file from the files of a folder."""

import pytest

from aggregator.fetch.body_error import BodyError
from aggregator.fetch.shards import Shard, select_shards


def shards(count: int) -> list[Shard]:
    return [Shard(f"train-{index:05d}-of-{count:05d}.parquet") for index in range(count)]


def test_shards_are_returned_in_order_without_other_files() -> None:
    others = [Shard("test-00000-of-00001.parquet"), Shard("train-00000-of-00003.json"), Shard("README.md")]
    assert select_shards("train-00000-of-00001.parquet", [*others, *reversed(shards(3))]) == tuple(shards(3))


def test_a_file_without_a_shard_name_is_returned_alone() -> None:
    assert select_shards("scores.json", [Shard("scores.json"), Shard("other.json")]) == (Shard("scores.json"),)


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (shards(4)[:3], "3 of 4 parts; part 3"),
        (shards(4)[1:], "part 0 is missing"),
        ([*shards(4), *shards(2)], "2 and 4 parts"),
        ([*shards(2), Shard("train-00000-of-00002-0a1b.parquet")], "two files for part 0"),
        ([*shards(1), Shard("train-00007-of-00001.parquet")], "2 of 1 parts"),
    ],
)
def test_an_incomplete_or_mixed_set_of_shards_is_refused(listed: list[Shard], reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        select_shards("train-00000-of-00001.parquet", listed)
