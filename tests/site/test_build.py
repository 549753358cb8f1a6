"""A built site has every page and row, shows text only as text, loads nothing from other hosts, and is small."""

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aggregator.errors import StorageError, UsageError
from aggregator.site import build_site
from aggregator.site.model_data import shard_name
from aggregator.site.pages import PAGES
from tests.support.homes.site import GENERATION, PLAIN_MODELS, write_home
from tests.support.hostile_texts import CANARY, HOSTILE_MODELS


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def data(site: Path, name: str) -> dict[str, object]:
    """Return the JSON document of a data script, which must be one assignment."""
    script = (site / "data" / f"{name}.js").read_text(encoding="utf-8")
    found = re.fullmatch(r"\(globalThis\.metaboardData\?\?=\{\}\)\[(.*?)\]=JSON\.parse\('(.*)'\);\n", script, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == name
    text = re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|.)", unescaped, found[2])
    document = json.loads(text)
    assert isinstance(document, dict)
    return document


def unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if code[0] in "xu" and len(code) > 1 else {"n": "\n", "r": "\r"}.get(code, code)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    build_site(write_home(folder / "home"), folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    build_site(write_home(folder / "home", HOSTILE_MODELS, homepage=f"javascript:{CANARY}"), folder / "site")
    return folder / "site"


def test_every_page_and_every_file_that_it_loads_exists(site: Path) -> None:
    for page in PAGES:
        for tag, attributes in Tags((site / f"{page.file}").read_text(encoding="utf-8")).tags:
            for address in (attributes.get("src"), attributes.get("href") if tag in {"link", "a"} else None):
                if address and not address.startswith(("#", "data:", "https:")):
                    assert (site / address).is_file(), f"{page.name} links to {address}"


def test_the_leaderboard_has_every_model_in_rank_order(site: Path) -> None:
    found = data(site, "leaderboard")
    columns = found["columns"]
    assert isinstance(columns, dict)
    assert found["rows"] == len(PLAIN_MODELS)
    assert columns["model_id"] == [model[0] for model in PLAIN_MODELS]
    assert columns["rank"] == [1, 2, 3]
    assert columns["name"] == [None, None, "The Third"]


def test_other_methods_and_win_rates_have_the_row_order_of_the_leaderboard(site: Path) -> None:
    methods = data(site, "methods")["methods"]
    assert isinstance(methods, dict)
    assert methods["mean_win_rate"]["rank"] == [1, 2, 3]
    assert data(site, "weights")["open_llm_v2"] == [1, 0.5, 0.333333]


def test_the_file_of_a_model_follows_from_its_id(site: Path) -> None:
    for model_id, name, *_ in PLAIN_MODELS:
        record = data(site, f"models/{shard_name(model_id)}")[model_id]
        assert isinstance(record, dict)
        assert record["facts"]["rank"] == record["boards"][0][1]
        assert record["aliases"] == [["open_llm_v2", name, "own", 0.8, record["facts"]["license"]]]
        assert [entry[1] for entry in record["history"]] == ["2026-09-01", "2026-10-01"]
        assert len(record["scores"]) == 1


def test_the_hash_of_an_id_equals_that_of_the_page() -> None:
    assert (shard_name(""), shard_name("a"), shard_name("foobar"), shard_name("ü/模型")) == ("c5", "2c", "68", "90")


def test_the_content_security_policy_forbids_inline_scripts_and_other_hosts(site: Path) -> None:
    for page in PAGES:
        tags = Tags((site / f"{page.file}").read_text(encoding="utf-8")).tags
        policies = [
            a.get("content") or ""
            for tag, a in tags
            if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1
        assert "default-src 'none'" in policies[0]
        assert "script-src 'self'" in policies[0]
        assert "unsafe-inline" not in policies[0]
        assert "unsafe-eval'" not in policies[0].replace("wasm-unsafe-eval", "")
        assert "http" not in policies[0]
        scripts = [attributes for tag, attributes in tags if tag == "script"]
        assert scripts
        assert all(attributes.get("src") for attributes in scripts)
        assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]


def test_nothing_is_loaded_from_other_hosts_and_links_go_to_known_hosts(site: Path) -> None:
    known = ("https://huggingface.co/", "https://arena.ai/", "https://leaderboard.mteb.org")
    for page in PAGES:
        for tag, attributes in Tags((site / f"{page.file}").read_text(encoding="utf-8")).tags:
            address = attributes.get("href") or attributes.get("src") or ""
            assert tag == "a" or not address.startswith(("http", "//"))
            assert not address.startswith("http") or address.startswith(known)
    css = (site / "assets" / "style.css").read_text(encoding="utf-8")
    assert not re.findall(r"url\((?![\"']?(?:\./|data:))", css)
    assert "@import" not in css


def test_hostile_names_are_text_in_every_page(hostile: Path) -> None:
    for page in PAGES:
        html = (hostile / f"{page.file}").read_text(encoding="utf-8")
        for tag, attributes in Tags(html).tags:
            assert tag not in {"iframe", "object", "embed", "base", "style", "img"}
            assert tag != "script" or (attributes.get("src") or "").startswith(("assets/", "data/"))
            assert not [name for name in attributes if name.startswith("on")]
            assert (
                not (attributes.get("href") or "").lower().strip().startswith(("javascript", "vbscript", "data:text"))
            )


def test_hostile_names_are_unchanged_in_the_data(hostile: Path) -> None:
    columns = data(hostile, "leaderboard")["columns"]
    assert isinstance(columns, dict)
    assert columns["model_id"] == [model[0] for model in HOSTILE_MODELS]
    for model_id, *_ in HOSTILE_MODELS:
        assert model_id in data(hostile, f"models/{shard_name(model_id)}")
    for script in (hostile / "data").rglob("*.js"):
        assert b"<" not in script.read_bytes()


def test_a_hostile_id_is_never_a_file_name(tmp_path: Path) -> None:
    build_site(write_home(tmp_path / "home", [("../../../evil", "../evil", "..", "/etc")]), tmp_path / "site")
    names = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.js")}
    assert all(re.fullmatch(r"(data|assets)/(models/[0-9a-f]{2}|[a-z_]+)\.js", name) for name in names)
    assert not (tmp_path / "evil").exists()


def test_a_homepage_that_is_not_a_web_address_is_not_a_link(hostile: Path) -> None:
    assert data(hostile, "common")["hosts"] == ["huggingface.co"]


def test_the_first_load_of_a_full_leaderboard_is_small() -> None:
    assets = Path(__file__).resolve().parents[2] / "aggregator" / "site" / "assets"
    first = ["boot.js", "app.js", "table.js", "style.css", "inter-latin-wght-normal.woff2"]
    packed = sum(len(gzip.compress((assets / name).read_bytes(), 9)) for name in first)
    assert packed <= 180_000
    assert sum(path.stat().st_size for path in assets.iterdir()) <= 700_000


def test_an_older_site_is_replaced_and_any_other_folder_is_refused(tmp_path: Path) -> None:
    built = build_site(write_home(tmp_path / "home"), tmp_path / "site")
    again = build_site(tmp_path / "home", tmp_path / "site")
    assert (built.generation, built.models, built.console) == (GENERATION, 3, False)
    assert again == built
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not a site"):
        build_site(tmp_path / "home", tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def test_the_console_needs_all_its_files_and_gets_the_database(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "duckdb.js").write_text("1")
    with pytest.raises(UsageError, match=r"lacks duckdb-worker\.js, duckdb\.wasm"):
        build_site(home, tmp_path / "site", console=tmp_path / "parts")
    for name in ("duckdb-worker.js", "duckdb.wasm"):
        (tmp_path / "parts" / name).write_text("2")
    built = build_site(home, tmp_path / "site", console=tmp_path / "parts")
    assert built.console
    assert (tmp_path / "site" / "metaboard.duckdb").read_bytes() == (home / "current" / "metaboard.duckdb").read_bytes()
    assert 'id="run"' in (tmp_path / "site" / "console.html").read_text(encoding="utf-8")


def test_a_home_without_a_generation_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no"):
        build_site(tmp_path, tmp_path / "site")


def test_a_table_that_a_generation_lacks_is_empty_with_a_note(site: Path) -> None:
    assert data(site, "changes")["rows"] == 0
    assert data(site, "changes")["empty"] == "No leaderboard has two editions yet."
