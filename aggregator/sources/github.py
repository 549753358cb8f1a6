"""The addresses and the mirror paths of files of a GitHub repository."""

from dataclasses import replace

from aggregator.model import Resource
from aggregator.sources.hub import MEBIBYTE

RAW = "https://raw.githubusercontent.com"
LISTINGS = "https://api.github.com/repos"


def repository_file(
    name: str, repo: str, path: str, *, branch: str = "main", media: str, max_mib: int = 16
) -> Resource:
    """Return the resource of one file of the repository `repo` (`owner/name`); `media` is csv, json, yaml or markdown."""
    return Resource(
        name=name,
        path=f"github/{repo}/{path}",
        url=f"{RAW}/{repo}/{branch}/{path}",
        max_bytes=max_mib * MEBIBYTE,
        media=media,
    )


def repository_files(
    name: str, repo: str, path: str, pattern: str, *, branch: str = "main", media: str, max_mib: int = 16
) -> Resource:
    """Return the resource of all files in one folder of `repo` whose whole names match the regular expression `pattern`.

    `path` is that of one of the files; other parameters as in `repository_file`. GitHub lists at most 1,000 files.
    """
    folder = path.rpartition("/")[0]
    return replace(
        repository_file(name, repo, path, branch=branch, media=media, max_mib=max_mib),
        listing=f"{LISTINGS}/{repo}/contents/{folder}?ref={branch}",
        pattern=pattern,
    )
