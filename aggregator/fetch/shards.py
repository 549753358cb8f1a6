"""Find the shards of a file that its host splits, and check that the set is complete. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from aggregator.errors import FetchError
from aggregator.fetch.body_error import BodyError

SHARD_NAME = re.compile(r"(?P<stem>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})(?P<rest>(?:-[0-9a-f]+)?\.\w+)")


@dataclass(frozen=True)
class Shard:
    """One part of a split file; `sha256` and `size` (bytes) only if the host's listing has them."""

    name: str
    sha256: str | None = None
    size: int | None = None


def select_shards(file: str, listed: Iterable[Shard]) -> tuple[Shard, ...]:
    """Return the shards of `file` (`train-00000-of-00001.parquet`) among `listed`, in order.

    Raises `BodyError` if a shard is missing, listed twice, or belongs to another number of shards.
    """
    wanted = SHARD_NAME.fullmatch(file)
    if wanted is None:
        return tuple(shard for shard in listed if shard.name == file)
    shards: dict[tuple[int, int], Shard] = {}
    for shard in listed:
        match = SHARD_NAME.fullmatch(shard.name)
        if match and _belongs_to(match, wanted):
            key = (int(match["count"]), int(match["index"]))
            if key in shards:
                raise BodyError(f"has two files for part {key[1]} of {key[0]}: {shards[key].name}, {shard.name}")
            shards[key] = shard
    _check_complete(shards)
    return tuple(shards[key] for key in sorted(shards))


def _belongs_to(match: re.Match[str], wanted: re.Match[str]) -> bool:
    """Return whether two shard names have the same stem and suffix."""
    return match["stem"] == wanted["stem"] and match["rest"].rpartition(".")[2] == wanted["rest"].rpartition(".")[2]


def _check_complete(shards: Iterable[tuple[int, int]]) -> None:
    """Raise `BodyError` unless the `(count, index)` keys are all indices of one count."""
    counts = sorted({count for count, _ in shards})
    if len(counts) > 1:
        raise BodyError(f"is split in more than one way: into {' and '.join(map(str, counts))} parts")
    for count in counts:
        indices = {index for _, index in shards}
        missing = sorted(set(range(count)) - indices)
        if missing or len(indices) != count:
            raise BodyError(f"has {len(indices)} of {count} parts; part {missing[0] if missing else count} is missing")


def parse_listing(url: str, content: bytes) -> list[Shard]:
    """Return the files of one page of the Hub's tree listing at `url`; raises `FetchError` if it has another shape."""
    try:
        return [
            Shard(PurePosixPath(entry["path"]).name, (entry.get("lfs") or {}).get("oid"), entry.get("size"))
            for entry in json.loads(content)
            if entry["type"] == "file"
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise FetchError(url, "is not a listing as the Hub gives it") from cause
