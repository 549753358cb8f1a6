from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from aggregator import sources
from aggregator.errors import UsageError
from aggregator.sources import BUILT_IN, registered


@dataclass(frozen=True)
class Point:
    name: str
    value: Any

    def load(self) -> Any:
        return self.value


def plug_in(monkeypatch: pytest.MonkeyPatch, *values: Any) -> None:
    points = [Point(f"point-{place}", value) for place, value in enumerate(values)]
    monkeypatch.setattr(sources, "entry_points", lambda *, group: points if group == "metaboard.sources" else [])


def test_nine_boards_are_built_in() -> None:
    assert [source.id for source in BUILT_IN] == [
        *("open_llm_v2", "open_llm_v1", "arena_text_style_control", "arena_text"),
        *("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng", "mteb_results"),
    ]


def test_a_source_of_another_package_comes_after_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = replace(BUILT_IN[0], id="another_board")
    plug_in(monkeypatch, mine)
    assert registered() == (*BUILT_IN, mine)


def test_an_entry_point_that_is_no_source_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, object())
    with pytest.raises(UsageError, match=r"'point-0' of metaboard\.sources is object"):
        registered()


def test_two_sources_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, BUILT_IN[0])
    with pytest.raises(UsageError, match="two sources are called open_llm_v2"):
        registered()


@pytest.mark.parametrize("source", registered(), ids=lambda source: source.id)
def test_every_source_says_where_it_is_from_and_on_which_terms(source: Any) -> None:
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


def test_no_two_files_share_a_place_or_an_address() -> None:
    resources = [resource for source in registered() for resource in source.resources]
    assert len({resource.path for resource in resources}) == len(resources)
    assert len({resource.url for resource in resources}) == len(resources)
