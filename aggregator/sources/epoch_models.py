"""Epoch AI's list of model versions, and the settings in their names: `gpt-5.1_high`, `claude-opus-4-20250514_16K`."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from aggregator.model import Resource
from aggregator.sources import wire
from aggregator.sources.csv_table import read_csv
from aggregator.sources.github import repository_file
from aggregator.sources.hub import linked_model_id

REPO = "epoch-research/benchmark-stitching"
LICENSE = "CC-BY-4.0"
EFFORT, BUDGET, THINKING = r"_(minimal|low|medium|high|xhigh|max)$", r"_(\d+)[kK]$", r"_(?:thinking|\d+[kK])$"
MIN_VERSIONS = 20


def data_file(name: str, file: str) -> Resource:
    """Return the resource of one CSV file of Epoch's repository."""
    return repository_file(name, REPO, f"data/{file}", media="csv")


VERSIONS = replace(data_file("model_versions", "model_versions.csv"), is_lookup=True)


class Version(wire.Wire):
    """The used columns of the list of versions."""

    id = wire.name_column()
    developer = wire.text(alias="Hugging Face developer id", decorative=True)
    link = wire.text(alias="Link")
    released = wire.text(alias="Version release date", decorative=True)


NOT_USED = ("Model", "Notes", "benchmarks/runs", "Display name", "Unique display name")


def read_versions(source: str, content: bytes) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return `(raw_name, developer, link, hf_id, released_on)`, one row per version, and the warnings of the file.

    The list links a version to a page of the Hub. The link is the version's id only where the repository has the name
    of the version: some lead to another size. Raises `SourceError`.
    """
    sheet = read_csv(source, VERSIONS.path, content, Version, name="id", ignored=NOT_USED)
    wire.require_rows(source, VERSIONS.path, sheet, MIN_VERSIONS)
    rows = sheet.rows.with_columns(
        *wire.blank_to_null("Hugging Face developer id", "Link"), page=linked_model_id(pl.col("Link"))
    )
    is_same = _folded(pl.col("page").str.split("/").list.last()) == _folded(pl.col("id"))
    versions = rows.sort("id", "Link").unique("id", keep="first", maintain_order=True)
    return versions.select(
        raw_name="id",
        developer="Hugging Face developer id",
        link="Link",
        hf_id=pl.when(is_same).then("page"),
        released_on=wire.day("Version release date"),
    ), sheet.warnings


def _folded(name: pl.Expr) -> pl.Expr:
    return name.str.to_lowercase().str.replace_all("[^a-z0-9]", "")


def version_facts() -> Mapping[str, pl.Expr]:
    """Return the columns of ENTRIES that follow from the list of versions and from the end of a version's name."""
    name = pl.col("raw_name")
    return {
        "organization": pl.col("developer"),
        "link": pl.col("link"),
        "hf_id": pl.col("hf_id"),
        "released_on": pl.col("released_on"),
        "effort": name.str.extract(EFFORT),
        "thinking": pl.when(name.str.contains(THINKING)).then(statement=True),
        "thinking_budget": name.str.extract(BUDGET).cast(pl.Int64) * 1000,
    }
