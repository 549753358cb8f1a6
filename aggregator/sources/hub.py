"""Addresses of the Hugging Face Hub: the files of a dataset with their paths in a mirror, and the pages of models."""

import polars as pl

from aggregator.model import Resource

HUB = "https://huggingface.co"
MEBIBYTE = 1024 * 1024
MODEL_PAGE = r"^(?:https?://(?:www\.)?huggingface\.co/)?([A-Za-z0-9][\w.-]*/[\w.-]+)/?$"
NO_ACCOUNTS = ("blog", "collections", "datasets", "docs", "organizations", "papers", "posts", "spaces")
"""The first parts of addresses on the Hub that are no accounts."""


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


def linked_model_id(link: pl.Expr) -> pl.Expr:
    """Return the id in a link to the page of a model on the Hub, or in a bare id; null for other links."""
    found = link.str.strip_chars().str.extract(MODEL_PAGE)
    return pl.when(~found.str.split("/").list.first().is_in(NO_ACCOUNTS)).then(found)
