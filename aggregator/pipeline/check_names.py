"""Compare the repositories of the vendors' tables with the Hub: which exist, in which casing, and which were renamed."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.errors import FetchError
from aggregator.hub.models import ENDPOINT, ModelApi
from aggregator.identity.curated import Rules
from aggregator.identity.hub_metadata import HubModel, Status
from aggregator.pipeline.enrich import TOKEN_VARIABLE


@dataclass(frozen=True)
class CheckedRepository:
    """What the Hub shows for one repository of `api_names.toml`."""

    repository: str
    names: tuple[str, ...]
    status: str
    """`found`, `gated`, `casing` (the Hub writes it otherwise), `renamed` or `missing`."""
    hub_id: str | None
    """The id that the Hub gives, when it is another one."""

    @property
    def is_right(self) -> bool:
        """Whether the row can stay as it is; the Hub shows a gated repository without its contents."""
        return self.status in {Status.FOUND, Status.GATED}


def check_api_names(
    rules: Rules, log: Callable[[str], None], endpoint: str = ENDPOINT, hub: ModelApi | None = None
) -> list[CheckedRepository]:
    """Look up every repository of the tables once. Raises `FetchError` at the first one that the Hub does not answer."""
    hub = hub or ModelApi(endpoint, os.environ.get(TOKEN_VARIABLE) or None, log=log)
    names: dict[str, tuple[str, ...]] = {}
    for row in rules.api_names:
        if row.is_repository:
            names[row.model] = (*names.get(row.model, ()), *row.names)
    return [_check(hub, repository, given) for repository, given in sorted(names.items())]


def _check(hub: ModelApi, repository: str, names: tuple[str, ...]) -> CheckedRepository:
    try:
        answer = hub.get_model(repository)
    except FetchError as error:
        raise FetchError(
            error.location,
            error.reason,
            hint=f"`{repository}` was not checked. Run the command again when the Hub can be reached.",
        ) from error
    return CheckedRepository(repository, tuple(dict.fromkeys(names)), *_verdict(repository, answer))


def _verdict(repository: str, answer: HubModel) -> tuple[str, str | None]:
    """Return the status, and the Hub's id where it is another one."""
    shown = answer.answered_id
    if shown is None or shown == repository:
        return answer.status.value, None
    return ("casing" if shown.lower() == repository.lower() else answer.status.value), shown
