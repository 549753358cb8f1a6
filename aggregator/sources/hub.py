"""The address and the mirror path of a file of a Hugging Face dataset."""

from aggregator.model import Resource

HUB = "https://huggingface.co"
MEBIBYTE = 1024 * 1024


def dataset_file(name: str, repo: str, path: str, *, max_mib: int, sharded: bool = False) -> Resource:
    """Return the resource of one file of the dataset `repo`; `sharded` when the host may split it."""
    folder = path.rsplit("/", 1)[0]
    return Resource(
        name=name,
        path=f"datasets/{repo}/{path}",
        url=f"{HUB}/datasets/{repo}/resolve/main/{path}",
        max_bytes=max_mib * MEBIBYTE,
        listing=f"{HUB}/api/datasets/{repo}/tree/main/{folder}" if sharded else None,
    )
