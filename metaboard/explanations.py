"""Explain names and other texts from the current generation, for `metaboard resolve`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from aggregator.identity import Explanation, explain, explain_unlisted, load_rules
from aggregator.identity.explain import RELEASE, UNLISTED_SOURCE
from aggregator.query import queries
from aggregator.query.identity_inputs import load_inputs
from aggregator.query.queries import Connection
from aggregator.query.search import UnresolvedModelError, find_match


def explain_texts(
    texts: Sequence[str],
    home: Path,
    aliases: Path,
    *,
    source: str | None = None,
    organization: str | None = None,
    license_: str | None = None,
) -> list[Explanation]:
    """Explain every text: as it is in the generation, or as a new name when no board has it or a fact is given."""
    rules = load_rules(aliases)
    facts = {"organization": organization, "license": license_, "open_weights": _has_open_weights(license_)}
    is_new_name = source is not None or organization is not None or license_ is not None
    found: list[Explanation] = []
    with queries.open_current(home) as connection:
        inputs = load_inputs(connection, home)
        known, lineage = connection.sql("from aliases").pl(), connection.sql("from lineage").pl()
        models = connection.sql("from models").pl()
        listed = set(known["raw_name"].str.to_lowercase())
        for text in texts:
            if is_new_name or text.lower() not in listed:
                facts_of_row = {"source": source or UNLISTED_SOURCE, **facts}
                explained = [explain_unlisted(text, inputs, lineage, rules, **facts_of_row)]
            else:
                explained = [_with_release(one, models) for one in explain(text, known, rules, inputs)]
            typed = _search(connection, text)
            found += [replace(one, typed=typed) for one in explained]
    return found


def _search(connection: Connection, text: str) -> str:
    """Return what the search finds for a typed text, in words."""
    try:
        match = find_match(connection, text)
    except UnresolvedModelError as error:
        return str(error)
    return match.note or f"taken for {match.model_id}"


def _has_open_weights(license_: str | None) -> bool | None:
    if license_ is None:
        return None
    from aggregator.sources.rating_table import has_open_weights  # noqa: PLC0415 - the sources are slow to import

    return bool(pl.select(has_open_weights(pl.lit(license_))).item())


def _with_release(explained: Explanation, models: pl.DataFrame) -> Explanation:
    columns = [column for column in RELEASE if column in models.columns]
    row = models.filter(pl.col("model_id") == explained.model_id).select(columns)
    return replace(explained, release=row.row(0, named=True) if len(row) else {})
