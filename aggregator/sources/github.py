"""The address and the mirror path of a file of a GitHub repository."""

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
