"""What the Hub said of models, kept on disk: `HOME/hub/models.jsonl`, one line an answer; the last line of an id counts."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.identity.hub_metadata import HubModel, Status, moment
from aggregator.store.files import append_line, read_lines, storage, write_atomically
from aggregator.store.lock import hold

FOLDER = "hub"
FILE = "models.jsonl"
SPARE = 2
"""The file is written anew once it has this many times the lines that count."""
WHEN = ("retrieved_at", "checked_at", "created_at", "last_modified")


@dataclass(frozen=True)
class HubCache:
    """The kept answers of one home directory."""

    home: Path

    @property
    def path(self) -> Path:
        """Where the answers lie."""
        return self.home / FOLDER / FILE

    def latest(self) -> dict[str, HubModel]:
        """Return the last answer for each id by the id in lower case; a line that is none of ours is left out."""
        return {model.hub_id.lower(): model for model in self._lines()}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the cache and tidy it; raises `BusyError` when another process fills it, `StorageError` for a bad disk."""
        with hold(self.home / FOLDER, lambda: datetime.now(UTC)):
            with storage(f"tidy {self.path}"):
                self._tidy()
            yield

    def keep(self, model: HubModel) -> None:
        """Add one answer; raises `StorageError` when the disk takes it not."""
        with storage(f"write {self.path}", hint="What came before is kept; free some disk space and run again."):
            append_line(self.path, _record(model))

    def _lines(self) -> list[HubModel]:
        with storage(f"read {self.path}"):
            records = read_lines(self.path)
        return [model for record in records if (model := _model(record))]

    def _tidy(self) -> None:
        lines = self._lines()
        kept = {model.hub_id.lower(): model for model in lines}
        if len(lines) > SPARE * len(kept):
            text = "".join(json.dumps(_record(kept[key]), ensure_ascii=False) + "\n" for key in sorted(kept))
            write_atomically(self.path, text.encode())


def frame(models: Iterable[HubModel]) -> pl.DataFrame:
    """Return the answers in the shape `schema.HUB_MODELS`, by id; what is judged of them is still null."""
    rows: list[dict[str, object]] = [
        _published(model) for model in sorted(models, key=lambda model: model.hub_id.lower())
    ]
    return schema.frame(schema.HUB_MODELS, rows or None)


def digest(models: Mapping[str, HubModel]) -> str:
    """Return a hash over what the answers say, wherever they lie in the file; that one was heard again is no news."""
    said = hashlib.sha256()
    for key in sorted(models):
        said.update(json.dumps(_record(replace(models[key], checked_at=models[key].retrieved_at))).encode())
    return said.hexdigest()


def _published(model: HubModel) -> dict[str, object]:
    """Return the published fields with plain UTC times, as DuckDB's plain timestamps are read everywhere."""
    record = asdict(model)
    times = {name: record[name].replace(tzinfo=None) for name in WHEN if record[name]}
    words = {
        "status": str(model.status),
        "base_models": list(model.base_models),
        "renamed_to": model.answered_id if model.status is Status.RENAMED else None,
    }
    return {name: value for name, value in (record | times | words).items() if name in schema.HUB_MODELS}


def _record(model: HubModel) -> dict[str, Any]:
    record = asdict(model)
    times = {name: record[name].isoformat() for name in WHEN if record[name]}
    return {name: value for name, value in (record | times).items() if value not in (None, ())}


def _model(record: Mapping[str, Any]) -> HubModel | None:
    """Return the answer of one line, or None where the line is not one of ours."""
    try:
        times = {name: moment(record.get(name)) for name in WHEN}
        fields = dict(record) | times
        fields["status"] = Status(record["status"])
        fields["base_models"] = tuple(map(str, record.get("base_models", ())))
        if not isinstance(record["hub_id"], str) or times["retrieved_at"] is None or times["checked_at"] is None:
            return None
        return HubModel(**fields)
    except (KeyError, TypeError, ValueError):
        return None
