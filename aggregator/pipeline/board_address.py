"""From the address of a leaderboard's file to its resource: a file on GitHub, on the Hub, or elsewhere."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aggregator.errors import UsageError
from aggregator.fetch.mirror import check_relative_path
from aggregator.pipeline.python_text import quoted

RAW = re.compile(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/(?:refs/heads/)?([^/]+)/(.+)")
GITHUB = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:blob|raw)/(?:refs/heads/)?([^/]+)/(.+)")
HUB_FILE = re.compile(r"https://huggingface\.co/datasets/([^/]+/[^/]+)/(?:resolve|blob|raw)/main/([^?]+)")
MAX_MIB = 16


@dataclass(frozen=True)
class Address:
    """The declaration of a resource in the file of a board, and where its bytes are."""

    url: str
    """The address of the bytes."""
    path: str
    """The path in a mirror."""
    homepage: str
    module: str
    """The module with `function`: `github`, `hub` or `model`."""
    function: str
    arguments: tuple[str, ...]


def read_address(url: str, media: str) -> Address:
    """Return the declaration for `url`; raises `UsageError` when it is not https or has a query."""
    url = url.partition("#")[0]
    if found := RAW.fullmatch(url) or GITHUB.fullmatch(url):
        return _github_file(*map(unquote, found.groups()), media=media)
    found = HUB_FILE.fullmatch(url.removesuffix("?download=true"))
    if found and media == "parquet":
        repo, path = map(unquote, found.groups())
        return Address(
            url=f"https://huggingface.co/datasets/{repo}/resolve/main/{path}",
            path=f"datasets/{repo}/{path}",
            homepage=f"https://huggingface.co/datasets/{repo}",
            module="hub",
            function="dataset_file",
            arguments=(quoted("leaderboard"), quoted(repo), quoted(path), f"max_mib={MAX_MIB}"),
        )
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not parts.path.strip("/") or parts.query:
        raise UsageError(
            f"not the address of a file: {url}", hint="Give an https:// address without a query, or a local file."
        )
    path = f"{parts.hostname}{unquote(parts.path)}"
    return Address(
        url=url.replace("/blob/", "/resolve/") if found else url,
        path=check_relative_path(path),
        homepage=f"https://{parts.hostname}/",
        module="model",
        function="Resource",
        arguments=(
            quoted("leaderboard"),
            quoted(path),
            quoted(url),
            "max_bytes=16 * 1024 * 1024",
            f"media={quoted(media)}",
        ),
    )


def _github_file(repo: str, branch: str, path: str, *, media: str) -> Address:
    at_branch = [f"branch={quoted(branch)}"] if branch != "main" else []
    return Address(
        url=f"https://raw.githubusercontent.com/{repo}/{branch}/{path}",
        path=f"github/{repo}/{path}",
        homepage=f"https://github.com/{repo}",
        module="github",
        function="repository_file",
        arguments=(quoted("leaderboard"), quoted(repo), quoted(path), *at_branch, f"media={quoted(media)}"),
    )
