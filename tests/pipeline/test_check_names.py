"""`check_api_names` against the stand-in Hub: every repository is looked up once, in its casing."""

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Limits
from aggregator.hub.models import ModelApi
from aggregator.identity import load_rules
from aggregator.pipeline.check_names import CheckedRepository, check_api_names
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.hub import StandInHub

RULES = load_rules()
REPOSITORIES = sorted({row.model for row in RULES.api_names if row.is_repository})


def check(hub: StandInHub) -> dict[str, CheckedRepository]:
    api = ModelApi(hub.endpoint, None, Downloader(limits=Limits(attempts=1)))
    return {row.repository: row for row in check_api_names(RULES, lambda _: None, hub=api)}


def test_every_repository_is_looked_up_once(hub: StandInHub) -> None:
    hub.add_models(*REPOSITORIES)
    found = check(hub)
    assert sorted(found) == sorted(hub.model_requests) == REPOSITORIES
    assert all(row.is_right and row.names for row in found.values())


def test_a_missing_repository_is_reported(hub: StandInHub) -> None:
    hub.add_models(*REPOSITORIES[1:])
    found = check(hub)
    assert found[REPOSITORIES[0]].status == "missing"
    assert [row.repository for row in found.values() if not row.is_right] == REPOSITORIES[:1]


def test_the_error_without_a_network_names_the_repository() -> None:
    api = ModelApi("http://127.0.0.1:1", None, Downloader(limits=Limits(attempts=1)))
    with pytest.raises(FetchError, match="was not checked"):
        check_api_names(RULES, lambda _: None, hub=api)


def test_the_command_lists_what_to_correct_and_returns_another_exit_code(hub: StandInHub, metaboard: Metaboard) -> None:
    hub.add_models(*REPOSITORIES)
    assert metaboard("check-names", "--endpoint", hub.endpoint).code == Exit.DONE
    del hub.models[REPOSITORIES[0]]
    found = metaboard("check-names", "--endpoint", hub.endpoint)
    assert found.code == Exit.REFUSED
    assert REPOSITORIES[0] in found.out
