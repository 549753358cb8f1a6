"""Judge an edition as a refresh does: the files, the last good files, and the verdicts of the gates with what is accepted."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.model import Parsed, Snapshot, Source
from aggregator.pipeline.read import Baseline, read_source
from aggregator.pipeline.references import load_references
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.store.files import sha256_hex
from aggregator.store.snapshots import SnapshotStore

GATE = "gate `"


class MemoryStore(SnapshotStore):
    """Snapshots in memory."""

    def __init__(self) -> None:
        super().__init__(Path("in memory"))
        object.__setattr__(self, "contents", {})

    def add(self, source: Source, files: Mapping[str, bytes], day: date) -> tuple[Snapshot, ...]:
        """Keep files that were fetched at noon of a day."""
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        urls = {resource.name: resource.url for resource in source.resources}
        found = []
        for name, content in files.items():
            digest = sha256_hex(content)
            self.contents[digest] = content
            url = urls[name.partition("/")[0]]
            found.append(Snapshot(source.id, name, url, digest, len(content), at))
        return tuple(found)

    def read(self, snapshot: Snapshot) -> bytes:
        """Return the bytes of a snapshot."""
        return self.contents[snapshot.sha256]

    contents: dict[str, bytes]


@dataclass(frozen=True)
class Night:
    """The result of one edition."""

    result: ReadResult
    seconds: float

    @property
    def status(self) -> str:
        """`published`, `held` (a part stays at its last good values) or `kept` (the last good edition stays)."""
        if self.result.status != "fresh":
            return "kept"
        return "held" if getattr(self.result, "held", ()) else "published"

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates that spoke, or `parser` where the files could not be read."""
        if self.result.cause not in (None, "gate"):
            return ("parser",)
        return tuple(dict.fromkeys(text.removeprefix(GATE).partition("`")[0] for text in self._spoken))

    @property
    def sentence(self) -> str:
        """The first sentence of a gate that kept or held something, or of the parser; empty without one."""
        if self.result.cause not in (None, "gate"):
            return self.result.message or ""
        return next(iter(self._spoken), "")

    @property
    def _spoken(self) -> list[str]:
        """The verdicts of the gates without those that only note; the gravest first."""
        verdicts = [found for found in getattr(self.result, "verdicts", ()) if found.action != "note"]
        if not verdicts:
            return [] if hasattr(self.result, "verdicts") else list(self.result.gates)
        return [str(found) for found in sorted(verdicts, key=lambda found: found.action == "hold")]


@dataclass(frozen=True)
class Stage:
    """The last good edition of a board, and the true edition of the next night, which a spoiler changes."""

    title: str
    source: Source
    good: Mapping[str, bytes]
    good_day: date
    true: Mapping[str, bytes]
    day: date


class Judge:
    """Judges editions of one source against a last good edition; the rows of the last good files are parsed once."""

    def __init__(
        self, source: Source, good: Mapping[str, bytes], day: date, extra: Mapping[str, Any] | None = None
    ) -> None:
        """`day` is that of the last good edition; `extra` are further fields of `Baseline`, such as abilities."""
        self.store = MemoryStore()
        self._parsed: dict[tuple[str, ...], Parsed] = {}
        self.source = replace(source, parse=self._cached(source.parse))
        self.good = self.store.add(self.source, good, day)
        self.statistics: tuple[EditionStatistics, ...] = ()
        self.extra = dict(extra or {})
        self.spoiled: Parsed | None = None
        """The rows of the files that were judged last, before the gates; None when the parser refused them."""
        first = self.judge(good, day, first=True)
        self.rows = self.source.parse(good) if first.result.parsed is None else first.result.parsed
        self.statistics = (compute_statistics(self.rows),)

    def _cached(self, parse: Callable[[Mapping[str, bytes]], Parsed]) -> Callable[[Mapping[str, bytes]], Parsed]:
        """Return `parse`, which keeps the rows of the last good files."""

        def parsed(files: Mapping[str, bytes]) -> Parsed:
            key = tuple(sha256_hex(files[name]) for name in sorted(files))
            is_good = set(key) == {snapshot.sha256 for snapshot in self.good}
            if key in self._parsed:
                return self._parsed[key]
            rows = parse(files)
            if is_good:
                self._parsed = {key: rows}
            else:
                self.spoiled = rows
            return rows

        return parsed

    def judge(self, files: Mapping[str, bytes], day: date, *, first: bool = False) -> Night:
        """Return the result of a refresh that fetches `files` on `day`; `first`: without a last good edition."""
        snapshots = self.store.add(self.source, files, day)
        given: dict[str, Any] = {"today": day, **self.extra}
        if not first:
            given |= {"snapshots": {self.source.id: self.good}, "good": {self.source.id: self.statistics}}
        else:
            given["references"] = load_references()
        self.spoiled = None
        began = time.perf_counter()
        result = read_source(FetchResult(self.source, snapshots), self.store, make_baseline(given))
        seconds = time.perf_counter() - began
        self.forget(snapshots)
        return Night(result, seconds)

    def forget(self, snapshots: Sequence[Snapshot]) -> None:
        """Free the memory of files that are not the last good ones."""
        kept = {snapshot.sha256 for snapshot in self.good}
        for snapshot in snapshots:
            if snapshot.sha256 not in kept:
                self.store.contents.pop(snapshot.sha256, None)


def make_baseline(given: Mapping[str, Any]) -> Baseline:
    """Return a baseline of the fields that this version of the pipeline knows."""
    known = {field.name for field in fields(Baseline)}
    return Baseline(**{name: value for name, value in given.items() if name in known})
