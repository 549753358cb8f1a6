"""What the Hub's model API says of one model, read into one record. Pure; nothing is believed beyond its shape.

The API is described at https://huggingface.co/docs/hub/api; `expand` leaves out every field that is not named.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aggregator.identity.base_model_field import read_parents
from aggregator.identity.parameter_count import believable
from aggregator.identity.safety import HUB_ID

EXPAND = (
    *("author", "baseModels", "cardData", "createdAt", "downloads", "gated", "gguf", "lastModified", "likes"),
    *("pipeline_tag", "safetensors", "tags"),
)

RELATIONS = ("quantized", "adapter", "merge", "finetune")
"""How the Hub says that a model comes from another."""

CREATED_BEFORE = datetime(2022, 3, 3, tzinfo=UTC)
"""The Hub began to note when a repository is made on 2 March 2022, and gives that day to all older ones."""

LONGEST = 100
"""Letters of a licence or a task that are kept."""

_ID = re.compile(HUB_ID)


class Status(StrEnum):
    """How the Hub answered for an id."""

    FOUND = "found"
    RENAMED = "renamed"
    """It answers with another id."""
    MISSING = "missing"
    """It shows no such model: gone, private, or never there. Without a token the Hub does not say which."""
    GATED = "gated"
    """There is one, and this caller may not see it."""


@dataclass(frozen=True)
class HubModel:
    """One id and what the Hub said of it. Times are UTC; `params_b` is in billions."""

    hub_id: str
    """The id as it was asked for."""
    status: Status
    retrieved_at: datetime
    """When this was first said."""
    checked_at: datetime
    """When it was last said, unchanged."""
    answered_id: str | None = None
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
    """Counts the repositories seen under this id: another owner, birth or target begins a new one."""
    epoch_reason: str | None = None


class AnswerError(ValueError):
    """An answer that is not of a model."""


def read_model(asked: str, answer: object, now: datetime) -> HubModel:
    """Return what `answer`, one object of the Hub's model API, says of the id `asked`; raises `AnswerError`."""
    if not isinstance(answer, Mapping):
        raise AnswerError("is not a JSON object")
    answered = answer.get("id", answer.get("modelId"))
    if not isinstance(answered, str) or not _ID.match(answered):
        raise AnswerError("names no id of the Hub")
    card, tags = _mapping(answer.get("cardData")), _texts(answer.get("tags"))
    own = {asked.lower(), answered.lower()}
    relation, bases = _bases(answer.get("baseModels"), card, tags)
    params_b, params_source = believable(answer, answered)
    return HubModel(
        hub_id=asked,
        status=Status.FOUND if answered.lower() == asked.lower() else Status.RENAMED,
        retrieved_at=now,
        checked_at=now,
        answered_id=answered,
        author=_text(answer.get("author")) or (answered.rpartition("/")[0] or None),
        created_at=moment(answer.get("createdAt")),
        last_modified=moment(answer.get("lastModified")),
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


def moment(text: object) -> datetime | None:
    """Return an ISO 8601 time in UTC, or None."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _bases(stated: object, card: Mapping[str, Any], tags: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the relation and the ids: of `baseModels`, else of the card, else of the tags."""
    if isinstance(stated, Mapping):
        relation, models = stated.get("relation"), stated.get("models")
    else:
        relation, models = None, stated
    tagged = [tag.removeprefix("base_model:") for tag in tags if tag.startswith("base_model:")]
    typed = [parts for tag in tagged if (parts := tag.partition(":"))[1]]
    ways: list[list[str]] = [
        [model["id"] if isinstance(model, Mapping) else model for model in _list(models) if _is_named(model)],
        [text for text in _list(card.get("base_model")) if isinstance(text, str)],
        [parts[2] for parts in typed] or tagged,
    ]
    words = (relation, card.get("base_model_relation"), *(parts[0] for parts in typed))
    found = next((word for word in words if word in RELATIONS), None)
    return found, next((ids for way in ways if (ids := _ids(way))), ())


def _is_named(model: object) -> bool:
    return isinstance(model, str) or (isinstance(model, Mapping) and isinstance(model.get("id"), str))


def _ids(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that `texts` name: a card's author may write an id, a link, or anything."""
    found = [name for text in texts if len(text) < 500 for name in read_parents(text)[0]]
    return tuple(dict.fromkeys(name for name in found if _ID.match(name)))


def _license(card: Mapping[str, Any], tags: list[str]) -> str | None:
    """Return the licence of the card, by its own name where the Hub has none for it."""
    texts = [_text(text) for text in _list(card.get("license"))]
    texts += [_text(tag.removeprefix("license:")) for tag in tags if tag.startswith("license:")]
    found = next((text for text in texts if text), None)
    return (_text(card.get("license_name")) or found) if found == "other" else found


def _gated(value: object) -> str | None:
    if value is False:
        return "no"
    return value if value in ("auto", "manual") and isinstance(value, str) else None


def _text(value: object) -> str | None:
    """Return a short text of printable letters, or None."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST:
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
