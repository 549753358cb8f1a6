"""The register of sources: the built-in ones, entry points, and the facts that each source must declare."""

import tomllib
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePosixPath
from pkgutil import iter_modules
from typing import Any

import pytest

from aggregator import sources
from aggregator.model import Source
from aggregator.sources import BUILT_IN, read_register, registered
from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class EntryPoint:
    name: str
    found: Any
    value: str = "my_package:SOURCE"

    def load(self) -> Any:
        return self.found


def register(monkeypatch: pytest.MonkeyPatch, *values: Any) -> None:
    points = [EntryPoint(f"point-{place}", value) for place, value in enumerate(values)]
    monkeypatch.setattr(sources, "entry_points", lambda *, group: points if group == "metaboard.sources" else [])


def test_the_boards_that_a_refresh_reads_by_default() -> None:
    assert [source.id for source in BUILT_IN if source.is_on] == [
        *("open_llm_v2", "open_llm_v1", "arena_text_style_control", "arena_text"),
        *("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng", "mteb_results", "hub_benchmarks"),
        *("livebench", "livebench_2024_11", "livebench_2025_04", "livebench_2025_05"),
        *("aider_polyglot", "aider_edit", "alpaca_eval", "arena_hard", "evalplus", "bigcodebench"),
        *("zeroeval", "epoch_runs", "epoch_external", "vectara"),
    ]


def test_a_source_of_another_package_comes_after_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    another = replace(BUILT_IN[0], id="another_board", column="another_board")
    register(monkeypatch, another)
    assert registered() == (*BUILT_IN, another)
    assert read_register().plugins == {"another_board"}


@dataclass(frozen=True)
class FailingEntryPoint:
    error: BaseException
    name: str = "my_board"
    value: str = "my_package:SOURCE"

    def load(self) -> Any:
        raise self.error


@pytest.mark.parametrize("error", [ImportError("no module named x"), SystemExit(3), ZeroDivisionError()])
def test_a_plugin_that_cannot_be_imported_is_named_and_left_out(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(sources, "entry_points", lambda group: [FailingEntryPoint(error)] if group else [])
    found = read_register()
    assert found.sources == BUILT_IN
    (broken,) = found.broken
    assert "the plug-in 'my_board' of an unknown distribution cannot be imported" in broken.message
    assert type(error).__name__ in broken.message


GOOD = replace(BUILT_IN[0], id="another_board", column="another_board")


def changed(**fields: Any) -> Source:
    return replace(GOOD, **fields)


FILE = GOOD.resources[0]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "is of the type object, not a Source"),
        (Source, "is the class Source, not a Source"),
        (BUILT_IN[0], "has the id 'open_llm_v2', which is in use"),
        (changed(id="../board"), "has the id '../board'"),
        (changed(column="a b"), "has the column_prefix 'a b'"),
        (changed(column="arena"), "has the column 'arena_rank', which arena_text_style_control has"),
        (changed(track="llm"), "has 'llm' as its track, not a Track"),
        (changed(license=" "), "has no license"),
        (changed(parse=None), "has no function as its parse"),
        (changed(resources=()), "has no resources"),
        (changed(resources=("x",)), "has 'x' in its resources, not a Resource"),
        (changed(resources=(FILE, FILE)), "occurs twice"),
        (changed(resources=(replace(FILE, url="http://a.example/x"),)), "which is not https"),
        (changed(resources=(replace(FILE, path="../x"),)), "which is outside a mirror"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plugin_that_is_no_usable_source_is_left_out_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, value: Any, reason: str
) -> None:
    register(monkeypatch, value)
    found = read_register()
    assert found.sources == BUILT_IN
    (broken,) = found.broken
    assert reason in broken.reason
    (left_out,) = found.left_out
    assert left_out.id == "point_0"


def test_of_two_plugins_with_one_id_the_first_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, GOOD, GOOD)
    found = read_register()
    assert [source.id for source in found.sources[len(BUILT_IN) :]] == ["another_board"]
    assert [broken.name for broken in found.broken] == ["point-1"]


def test_plugins_that_are_left_out_have_ids_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [FailingEntryPoint(ImportError(), name) for name in ("arena_text", "Arena Text", "../..", "")]
    monkeypatch.setattr(sources, "entry_points", lambda group: points if group else [])
    ids = [source.id for source in read_register().left_out]
    assert sorted(ids) == ["arena_text_plugin", "arena_text_plugin_plugin", "plugin", "plugin_plugin"]


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


def test_a_file_of_two_boards_has_one_path_and_one_address() -> None:
    resources = [resource for source in registered() for resource in source.resources]
    places = {(resource.path, resource.url) for resource in resources}
    assert len({path for path, _ in places}) == len(places)
    assert len({url for _, url in places}) == len(places)
    for source in registered():
        assert len({resource.path for resource in source.resources}) == len(source.resources), source.id


def test_the_import_contract_lists_the_module_of_every_built_in_source() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    modules = [import_module(f"aggregator.sources.{module.name}") for module in iter_modules(sources.__path__)]
    with_source = {module.__name__ for module in modules if any(map(_has_source, vars(module).values()))}
    assert set(contracts["Leaderboards never import each other"]["modules"]) == with_source


def _has_source(value: object) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return any(isinstance(found, Source) for found in values)
