"""Read one answer of the Hub's model API into one record. Pure; `hub_takeover` decides whether the record is valid.

The API is described at https://huggingface.co/docs/hub/api. With `expand`, it returns the listed fields only.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aggregator.identity.base_model_field import read_parents
from aggregator.identity.parameter_count import read_parameter_count
from aggregator.identity.safety import HUB_ID_PATTERN

EXPAND = (
    *("author", "baseModels", "cardData", "createdAt", "downloads", "gated", "gguf", "lastModified", "likes"),
    *("pipeline_tag", "safetensors", "tags"),
)

RELATIONS = ("quantized", "adapter", "merge", "finetune")
"""The relations between a model and its base that the Hub writes."""

CREATED_BEFORE = datetime(2022, 3, 3, tzinfo=UTC)
"""The Hub stores creation times since 2 March 2022; all older repositories have that day."""

MAX_TEXT_LENGTH = 100
"""Characters of a licence or a task; a longer text is ignored."""

_ID = re.compile(HUB_ID_PATTERN)


class Status(StrEnum):
    """What the Hub shows for an id."""

    FOUND = "found"
    RENAMED = "renamed"
    """The Hub redirects to another id."""
    MISSING = "missing"
    """No model: deleted, private, or never created. Without a token the Hub gives one answer for all three."""
    GATED = "gated"
    """A model that this caller may not read."""


@dataclass(frozen=True)
class HubModel:
    """The Hub's metadata of one id. Times are UTC; `params_b` is in billions."""

    hub_id: str
    """The id as it was requested."""
    status: Status
    retrieved_at: datetime
    """When the Hub first gave this answer."""
    checked_at: datetime
    """When the Hub last gave this answer, unchanged."""
    answered_id: str | None = None
    """The id in the answer; after a redirect, the new id."""
    author: str | None = None
    created_at: datetime | None = None
    last_modified: datetime | None = None
    downloads: int | None = None
    """In the last 30 days."""
    likes: int | None = None
    gated: str | None = None
    """`no`, `auto` or `manual`."""
    license: str | None = None
    base_models: tuple[str, ...] = ()
    relation: str | None = None
    params_b: float | None = None
    params_source: str | None = None
    pipeline_tag: str | None = None
    epoch: int = 1
    """Number of the repository seen under this id, from 1; a takeover increases it (see `hub_takeover`)."""
    epoch_reason: str | None = None


class AnswerError(ValueError):
    """An answer that describes no model."""


def read_model(asked: str, answer: object, now: datetime) -> HubModel:
    """Read `answer`, one object of the Hub's model API, as the metadata of the id `asked`; raises `AnswerError`."""
    if not isinstance(answer, Mapping):
        raise AnswerError("is not a JSON object")
    answered = answer.get("id", answer.get("modelId"))
    if not isinstance(answered, str) or not _ID.match(answered):
        raise AnswerError("has no id of the Hub")
    card, tags = _mapping(answer.get("cardData")), _texts(answer.get("tags"))
    own = {asked.lower(), answered.lower()}
    relation, bases = _bases(answer.get("baseModels"), card, tags)
    params_b, params_source = read_parameter_count(answer, answered)
    return HubModel(
        hub_id=asked,
        status=Status.FOUND if answered.lower() == asked.lower() else Status.RENAMED,
        retrieved_at=now,
        checked_at=now,
        answered_id=answered,
        author=_text(answer.get("author")) or (answered.rpartition("/")[0] or None),
        created_at=parse_time(answer.get("createdAt")),
        last_modified=parse_time(answer.get("lastModified")),
        downloads=_count(answer.get("downloads")),
        likes=_count(answer.get("likes")),
        gated=_gated(answer.get("gated")),
        license=_license(card, tags),
        base_models=tuple(base for base in bases if base.lower() not in own),
        relation=relation,
        params_b=params_b,
        params_source=params_source,
        pipeline_tag=_text(answer.get("pipeline_tag")),
    )


def parse_time(text: object) -> datetime | None:
    """Return an ISO 8601 time in UTC, or None."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _bases(stated: object, card: Mapping[str, Any], tags: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the relation and the base model ids from `baseModels`, else from the card, else from the tags."""
    if isinstance(stated, Mapping):
        relation, models = stated.get("relation"), stated.get("models")
    else:
        relation, models = None, stated
    tagged = [tag.removeprefix("base_model:") for tag in tags if tag.startswith("base_model:")]
    typed = [parts for tag in tagged if (parts := tag.partition(":"))[1]]
    candidates: list[list[str]] = [
        [model["id"] if isinstance(model, Mapping) else model for model in _list(models) if _is_named(model)],
        [text for text in _list(card.get("base_model")) if isinstance(text, str)],
        [parts[2] for parts in typed] or tagged,
    ]
    relations = (relation, card.get("base_model_relation"), *(parts[0] for parts in typed))
    found = next((text for text in relations if text in RELATIONS), None)
    return found, next((ids for texts in candidates if (ids := _ids(texts))), ())


def _is_named(model: object) -> bool:
    return isinstance(model, str) or (isinstance(model, Mapping) and isinstance(model.get("id"), str))


def _ids(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the ids in `texts`: the author of a card may write an id, a link, or any other text."""
    found = [name for text in texts if len(text) < 500 for name in read_parents(text)[0]]
    return tuple(dict.fromkeys(name for name in found if _ID.match(name)))


def _license(card: Mapping[str, Any], tags: list[str]) -> str | None:
    """Return the licence of the card, or `license_name` when the licence is `other`."""
    texts = [_text(text) for text in _list(card.get("license"))]
    texts += [_text(tag.removeprefix("license:")) for tag in tags if tag.startswith("license:")]
    found = next((text for text in texts if text), None)
    return (_text(card.get("license_name")) or found) if found == "other" else found


def _gated(value: object) -> str | None:
    if value is False:
        return "no"
    return value if value in ("auto", "manual") and isinstance(value, str) else None


def _text(value: object) -> str | None:
    """Return a short printable text, or None."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > MAX_TEXT_LENGTH:
        return None
    return value.strip()


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> list[str]:
    return [text for text in _list(value) if isinstance(text, str)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
