"""The register of sources: the built-in ones, entry points, and the facts that each source must declare."""

import tomllib
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePosixPath
from pkgutil import iter_modules
from typing import Any

import pytest

from aggregator import sources
from aggregator.errors import UsageError
from aggregator.model import Source
from aggregator.sources import BUILT_IN, registered
from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class EntryPoint:
    name: str
    value: Any

    def load(self) -> Any:
        return self.value


def register(monkeypatch: pytest.MonkeyPatch, *values: Any) -> None:
    points = [EntryPoint(f"point-{place}", value) for place, value in enumerate(values)]
    monkeypatch.setattr(sources, "entry_points", lambda *, group: points if group == "metaboard.sources" else [])


def test_nine_boards_are_built_in() -> None:
    assert [source.id for source in BUILT_IN] == [
        *("open_llm_v2", "open_llm_v1", "arena_text_style_control", "arena_text"),
        *("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng", "mteb_results"),
    ]


def test_a_source_of_another_package_comes_after_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    another = replace(BUILT_IN[0], id="another_board")
    register(monkeypatch, another)
    assert registered() == (*BUILT_IN, another)


def test_an_entry_point_that_is_not_a_source_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, object())
    with pytest.raises(UsageError, match=r"'point-0' of metaboard\.sources is object"):
        registered()


def test_two_sources_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, BUILT_IN[0])
    with pytest.raises(UsageError, match="two sources are called open_llm_v2"):
        registered()


@pytest.mark.parametrize("source", registered(), ids=lambda source: source.id)
def test_every_source_has_a_licence_a_citation_and_safe_addresses(source: Any) -> None:
    assert source.license
    assert source.citation
    assert source.title
    assert source.score_unit
    assert source.homepage.startswith("https://")
    for resource in source.resources:
        path = PurePosixPath(resource.path)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert resource.url.startswith("https://")
        assert resource.max_bytes > 0


def test_no_two_files_share_a_path_or_an_address() -> None:
    resources = [resource for source in registered() for resource in source.resources]
    assert len({resource.path for resource in resources}) == len(resources)
    assert len({resource.url for resource in resources}) == len(resources)


def test_the_import_contract_lists_the_module_of_every_built_in_source() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    modules = [import_module(f"aggregator.sources.{module.name}") for module in iter_modules(sources.__path__)]
    with_source = {module.__name__ for module in modules if any(isinstance(v, Source) for v in vars(module).values())}
    assert set(contracts["Leaderboards never import each other"]["modules"]) == with_source
