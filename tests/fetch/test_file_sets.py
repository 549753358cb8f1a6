"""The names of the files of a set, from the index of a web server and from a pattern."""

import json

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.file_sets import index_names, matching_names, object_path, object_url
from aggregator.model import Resource

URL = "http://mirror.example/base/public%20data/"
NAMES = ["table_1.csv", "a b%.csv"]
PYTHON = """<!DOCTYPE HTML>
<html lang="en"><body><ul><li><a href="old/">old/</a></li>
<li><a href="table_1.csv">table_1.csv</a></li><li><a href="a%20b%25.csv">a b%.csv</a></li></ul></body></html>
"""
NGINX = """<html>\r\n<head><title>Index of /base/public data/</title></head>\r\n<body><hr><pre><a href="../">../</a>
<a href="table_1.csv">table_1.csv</a>      26-Nov-2026 21:36   8879\n<a href="./a%20b%25.csv">a b%.csv</a> 1
</pre><hr></body>\r\n</html>\r\n"""
APACHE = """<html><body><a href="?C=N;O=D">Name</a> <a href="/base/">Parent Directory</a>
<a href="/base/public%20data/table_1.csv">table_1.csv</a> <a href='a%20b%25.csv'>a b%.csv</a>
<a href="/base/other/table_2.csv">x</a> <a href="https://elsewhere.example/table_3.csv">y</a> <a name="z">z</a>
<a href="#top">top</a></body></HTML>"""
NGINX_JSON = json.dumps(
    [{"name": "old", "type": "directory"}, *({"name": name, "type": "file", "size": 1} for name in NAMES)]
)
GITHUB = json.dumps([{"path": f"public data/{name}", "type": "file"} for name in NAMES])


@pytest.mark.parametrize("page", [PYTHON, NGINX, APACHE, NGINX_JSON, GITHUB, json.dumps(NAMES)])
def test_the_files_of_a_folder_are_found_in_the_index_of_any_web_server(page: str) -> None:
    assert index_names(URL, page.encode()) == NAMES


@pytest.mark.parametrize("page", [PYTHON, NGINX, APACHE])
def test_a_page_of_links_that_is_cut_short_is_refused(page: str) -> None:
    for size in range(1, len(page.rstrip()) - 1, 7):
        with pytest.raises(FetchError, match="cut short"):
            index_names(URL, page[:size].encode())


@pytest.mark.parametrize("page", ["{}", "7", '"x"', "[", "name,size\n"])
def test_an_index_of_another_shape_is_refused(page: str) -> None:
    with pytest.raises(FetchError, match="JSON list"):
        index_names(URL, page.encode())


def test_the_whole_name_must_match_and_names_are_sorted_and_distinct() -> None:
    wanted = Resource("table", "b/x.csv", "https://b.example/x.csv", 1000, "csv", pattern=r"t\d\.csv")
    listed = ["t2.csv", "t1.csv", "t1.csv.bak", "xt3.csv", "old/t4.csv", "t1.csv"]
    assert matching_names(wanted, "b", listed) == ("t1.csv", "t2.csv")


def test_an_id_keeps_its_slash_in_an_address_and_is_one_name_in_a_mirror() -> None:
    assert object_url("https://b.example/api/{id}/rows", "org/x y") == "https://b.example/api/org/x%20y/rows"
    assert object_path("api/list.json", "org/x") == "api/org%2Fx.json"
