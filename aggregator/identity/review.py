"""Review of names by a person: the list of unresolved names, the explanation of one name, and the decision file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
import tomlkit

from aggregator import schema
from aggregator.errors import IdentityError, UsageError
from aggregator.identity.compare_names import (
    Candidate,
    KnownModel,
    known_model,
    nearest_models,
    parse_without_publisher,
    review_candidates,
)
from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.curated_files import lint, merge_rules, read_rules
from aggregator.identity.names import ParsedName
from aggregator.identity.publishers import family_owners

MAX_COMPARED_NAMES = 400
"""How many new names are compared with candidates, best ranks first. The others are not listed."""


def unresolved_names(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return UNRESOLVED for `aliases` (NAMES with `model_id`, `rung`): names that might belong to another model.

    These are new models whose name differs from a model of the same organization only by parts that one of the two
    lacks, names that a person postponed, and rows whose reference link leads to another model.
    """
    postponed = {rules.key(name) for name in rules.postponed}
    new = aliases.filter((pl.col("rung") == "own") & pl.col("hf_id").is_null() & (pl.col("confidence") > 0))
    rank = pl.col("best_rank").fill_null(2**40)
    ranked = new.select("raw_name", "model_id", "source", rank=rank).sort("rank", "source", "raw_name")
    compared = ranked.unique("raw_name", keep="first", maintain_order=True).head(MAX_COMPARED_NAMES)
    pools = _models_by_organization(aliases, compared["model_id"].unique(), rules)
    found: list[tuple[str, str, list[str]]] = []
    for raw_name, model_id in compared.select("raw_name", "model_id").iter_rows():
        pool = [model for model in pools.get(_organization_of(model_id, rules), []) if model.model_id != model_id]
        near = [candidate.model_id for candidate in review_candidates(raw_name, pool, rules)]
        if rules.key(raw_name) in postponed:
            found.append((raw_name, "postponed by a person", near))
        elif near:
            found.append((raw_name, "differs from these only by parts that one of the two leaves out", near))
    reasons = pl.DataFrame(
        found, schema={"raw_name": pl.String, "reason": pl.String, "candidates": pl.List(pl.String)}, orient="row"
    )
    unresolved = new.join(reasons, on="raw_name")
    rows = pl.concat([schema.frame(schema.UNRESOLVED, unresolved), _links_to_other_models(aliases)])
    return rows.sort("best_rank", "source", "raw_name", nulls_last=True)


def _links_to_other_models(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with an id whose reference link is the page of another model."""
    link = pl.col("link").str.to_lowercase()
    found = aliases.filter(
        (link != pl.col("hf_id").str.to_lowercase())
        & (link != pl.col("model_id").str.to_lowercase())
        & (pl.col("confidence") > 0)
    )
    return schema.frame(
        schema.UNRESOLVED,
        found.with_columns(
            reason=pl.lit("placed by its id, but its page of reference is another model's"),
            candidates=pl.concat_list("link"),
        ),
    )


def _organization_of(model_id: str, rules: Rules) -> str:
    """Return the organization that owns the namespace of an id, else the organization key of the namespace."""
    key = organization_key(model_id.partition("/")[0])
    return rules.organization_by_name.get(key, key)


def _models_by_organization(aliases: pl.DataFrame, listed: pl.Series, rules: Rules) -> Mapping[str, list[KnownModel]]:
    """Return the matched models of each curated organization, and the models in `listed`, by organization."""
    namespaces = list(rules.organizations_by_namespace)
    namespace = pl.col("model_id").str.to_lowercase().str.extract(r"^([^/]+)/")
    matched = aliases.filter(pl.col("rung") != "own", namespace.is_in(namespaces))["model_id"]
    pools: dict[str, list[KnownModel]] = {}
    for model_id in pl.concat([matched.unique(), listed]).unique().sort():
        pools.setdefault(_organization_of(model_id, rules), []).append(known_model(model_id, rules))
    return pools


@dataclass(frozen=True)
class Explanation:
    """Why a name belongs to its model."""

    source: str
    raw_name: str
    model_id: str
    rung: str
    confidence: float
    evidence: str
    parts: ParsedName
    owners: tuple[str, ...]
    """Organizations that own a family word of the name."""
    candidates: tuple[Candidate, ...]
    """The most similar other models, and how each differs."""


def explain(name: str, aliases: pl.DataFrame, rules: Rules) -> list[Explanation]:
    """Explain `name` (any casing) in every source that has it; `aliases` has the schema ALIASES.

    Raises `UsageError` when no source has it.
    """
    rows = aliases.filter(pl.col("raw_name").str.to_lowercase() == name.lower())
    if rows.is_empty():
        raise UsageError(f"no source has the name `{name}`", hint="`metaboard find` searches by parts of a name.")
    pool = [known_model(model_id, rules) for model_id in aliases["model_id"].unique().sort()]
    parts = parse_without_publisher(name, rules)
    owners = tuple(sorted(family_owners(parts, rules)))
    explained = []
    for source, raw_name, model_id, rung, confidence, evidence in rows.select(list(schema.ALIASES)).iter_rows():
        near = nearest_models(raw_name, [model for model in pool if model.model_id != model_id], rules)
        candidates = tuple(_with_difference(candidate, model_id, rules) for candidate in near)
        explained.append(Explanation(source, raw_name, model_id, rung, confidence, evidence, parts, owners, candidates))
    return explained


def _with_difference(candidate: Candidate, chosen: str, rules: Rules) -> Candidate:
    """Add a text about the publisher to a candidate whose name has the same key as the chosen model's."""
    if candidate.differences:
        return candidate
    here, there = _organization_of(chosen, rules), _organization_of(candidate.model_id, rules)
    difference = (
        f"reads the same, but is published by {there}, not by {here}"
        if here != there
        else "reads the same, but is another id of the organisation"
    )
    return Candidate(candidate.model_id, candidate.likeness, (difference,))


@dataclass(frozen=True)
class Decision:
    """The decision of a person about one name."""

    name: str
    verdict: str
    """`accept` (the name is `model`), `reject` (it is not) or `postpone`."""
    model: str
    reason: str
    on: date


def with_decision(text: str, decision: Decision, shipped: Rules) -> str:
    """Return the text of a user's aliases file with `decision` added; comments and order stay unchanged.

    Raises `IdentityError` when the file would contradict itself or the shipped rules, `UsageError` for an unknown
    verdict or an empty reason.
    """
    if not decision.reason.strip():
        raise UsageError("a decision needs a reason", hint="Write one sentence that the next person can check.")
    document = tomlkit.parse(text)
    table = tomlkit.table()
    if decision.verdict == "accept":
        section = "alias"
        table.update({"names": [decision.name], "model": decision.model})
    elif decision.verdict == "reject":
        section = "apart"
        table.update({"names": [decision.name, decision.model]})
    elif decision.verdict == "postpone":
        section = "postponed"
        table.update({"name": decision.name})
    else:
        raise UsageError(f"`{decision.verdict}` is not a verdict", hint="Use accept, reject or postpone.")
    table.update({"reason": decision.reason, "on": decision.on})
    rows = document.setdefault(section, tomlkit.aot())
    if not isinstance(rows, tomlkit.items.AoT):
        raise IdentityError(f"`{section}` in the aliases file is not a list of tables")
    rows.append(table)
    written = tomlkit.dumps(document)
    lint(merge_rules(shipped, read_rules(written)))
    return written
