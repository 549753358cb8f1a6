"""Cache of the Hub's model metadata on disk: `HOME/hub/models.jsonl`, one line per answer; the last line of an id counts."""

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
from aggregator.identity.hub_metadata import HubModel, Status, parse_time
from aggregator.store.files import append_line, read_lines, storage_errors, write_atomically
from aggregator.store.lock import lock_directory

FOLDER = "hub"
FILE = "models.jsonl"
COMPACT_AT = 2
"""The file is rewritten when it has this many times more lines than ids."""
TIME_FIELDS = ("retrieved_at", "checked_at", "created_at", "last_modified")


@dataclass(frozen=True)
class HubCache:
    """The stored answers of one home directory."""

    home: Path

    @property
    def path(self) -> Path:
        """The file with the answers."""
        return self.home / FOLDER / FILE

    def latest(self) -> dict[str, HubModel]:
        """Return the last answer of each id, by the id in lower case; malformed lines are skipped."""
        return {model.hub_id.lower(): model for model in self._read_models()}

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the cache and remove outdated lines; raises `LockedError` if another process has it, or `StorageError`."""
        with lock_directory(self.home / FOLDER, lambda: datetime.now(UTC)):
            with storage_errors(f"compact {self.path}"):
                self._compact()
            yield

    def append(self, model: HubModel) -> None:
        """Add one answer; raises `StorageError` if it cannot be written."""
        with storage_errors(
            f"write {self.path}",
            hint="Earlier answers are kept. Free some disk space, then run `metaboard enrich` again.",
        ):
            append_line(self.path, _json_record(model))

    def _read_models(self) -> list[HubModel]:
        with storage_errors(f"read {self.path}"):
            records = read_lines(self.path)
        return [model for record in records if (model := _parse_model(record))]

    def _compact(self) -> None:
        lines = self._read_models()
        kept = {model.hub_id.lower(): model for model in lines}
        if len(lines) > COMPACT_AT * len(kept):
            text = "".join(json.dumps(_json_record(kept[key]), ensure_ascii=False) + "\n" for key in sorted(kept))
            write_atomically(self.path, text.encode())


def hub_models_frame(models: Iterable[HubModel]) -> pl.DataFrame:
    """Return the answers with the columns `schema.HUB_MODELS`, sorted by id; columns set by identity resolution are null."""
    rows: list[dict[str, object]] = [
        _published_row(model) for model in sorted(models, key=lambda model: model.hub_id.lower())
    ]
    return schema.frame(schema.HUB_MODELS, rows or None)


def content_digest(models: Mapping[str, HubModel]) -> str:
    """Return a SHA-256 of the answers that ignores their order and when they were last confirmed."""
    hashed = hashlib.sha256()
    for key in sorted(models):
        hashed.update(json.dumps(_json_record(replace(models[key], checked_at=models[key].retrieved_at))).encode())
    return hashed.hexdigest()


def _published_row(model: HubModel) -> dict[str, object]:
    """Return the published columns; times in UTC without a time zone, which every reader of DuckDB files supports."""
    record = asdict(model)
    times = {name: record[name].replace(tzinfo=None) for name in TIME_FIELDS if record[name]}
    derived = {
        # The Hub ignores the casing of a request; its answer has the casing of the repository.
        "hub_id": model.answered_id or model.hub_id if model.status is Status.FOUND else model.hub_id,
        "status": str(model.status),
        "base_models": list(model.base_models),
        "renamed_to": model.answered_id if model.status is Status.RENAMED else None,
    }
    return {name: value for name, value in (record | times | derived).items() if name in schema.HUB_MODELS}


def _json_record(model: HubModel) -> dict[str, Any]:
    record = asdict(model)
    times = {name: record[name].isoformat() for name in TIME_FIELDS if record[name]}
    return {name: value for name, value in (record | times).items() if value not in (None, ())}


def _parse_model(record: Mapping[str, Any]) -> HubModel | None:
    """Return the answer of one line, or None if the line is malformed."""
    try:
        times = {name: parse_time(record.get(name)) for name in TIME_FIELDS}
        fields = dict(record) | times
        fields["status"] = Status(record["status"])
        fields["base_models"] = tuple(map(str, record.get("base_models", ())))
        if not isinstance(record["hub_id"], str) or times["retrieved_at"] is None or times["checked_at"] is None:
            return None
        return HubModel(**fields)
    except (KeyError, TypeError, ValueError):
        return None
