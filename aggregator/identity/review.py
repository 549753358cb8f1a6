"""What is left for a person: the list of open names, the explanation of one, and how a decision is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
import tomlkit

from aggregator import schema
from aggregator.errors import IdentityError, UsageError
from aggregator.identity.compare_names import Candidate, Known, known, nearest, open_candidates, read
from aggregator.identity.curated import Rules, folded
from aggregator.identity.curated_files import lint, overlay, read_rules
from aggregator.identity.names import ParsedName
from aggregator.identity.publishers import family_owners

LOOKED_AT = 400
"""So many open names are held against candidates one by one, those with the best ranks; the others are not."""

Pool = list[Known]


def unresolved_names(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return UNRESOLVED for `aliases` (NAMES with `model_id`, `rung`): names alone that might belong elsewhere.

    A name is open when some model of its organisation differs from it only by parts that one of the two
    leaves out, when its organisation is unknown, or when its row's link of reference leads elsewhere.
    """
    postponed = {rules.key(name) for name in rules.postponed}
    alone = aliases.filter((pl.col("rung") == "own") & pl.col("hf_id").is_null() & (pl.col("confidence") > 0))
    weight = pl.col("best_rank").fill_null(2**40)
    ranked = alone.select("raw_name", "model_id", "source", weight=weight).sort("weight", "source", "raw_name")
    listed = ranked.unique("raw_name", keep="first", maintain_order=True).head(LOOKED_AT)
    pools = _pools(aliases, listed["model_id"].unique(), rules)
    found: list[tuple[str, str, list[str]]] = []
    for raw_name, model_id in listed.select("raw_name", "model_id").iter_rows():
        pool = [entry for entry in pools.get(_space(model_id, rules), []) if entry.model_id != model_id]
        near = [candidate.model_id for candidate in open_candidates(raw_name, pool, rules)]
        if rules.key(raw_name) in postponed:
            found.append((raw_name, "postponed by a person", near))
        elif near:
            found.append((raw_name, "differs from these only by parts that one of the two leaves out", near))
    reasons = pl.DataFrame(
        found, schema={"raw_name": pl.String, "reason": pl.String, "candidates": pl.List(pl.String)}, orient="row"
    )
    open_names = alone.join(reasons, on="raw_name")
    rows = pl.concat([schema.frame(schema.UNRESOLVED, open_names), _other_links(aliases)])
    return rows.sort("best_rank", "source", "raw_name", nulls_last=True)


def _other_links(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose reference is the page of another model: placed by their id, and worth a look."""
    elsewhere = pl.col("link").str.to_lowercase() != pl.col("hf_id").str.to_lowercase()
    found = aliases.filter(
        elsewhere
        & (pl.col("link").str.to_lowercase() != pl.col("model_id").str.to_lowercase())
        & (pl.col("confidence") > 0)
    )
    return schema.frame(
        schema.UNRESOLVED,
        found.with_columns(
            reason=pl.lit("placed by its id, but its page of reference is another model's"),
            candidates=pl.concat_list("link"),
        ),
    )


def _space(model_id: str, rules: Rules) -> str:
    """Return the organisation that an id's namespace belongs to, else the folded namespace."""
    namespace = model_id.partition("/")[0]
    return rules.organization_by_name.get(folded(namespace), folded(namespace))


def _pools(aliases: pl.DataFrame, listed: pl.Series, rules: Rules) -> Mapping[str, Pool]:
    """Return the models of each known organisation, and the listed ones, with their parts."""
    spaces = list(rules.organizations_by_namespace)
    space = pl.col("model_id").str.to_lowercase().str.extract(r"^([^/]+)/")
    placed = aliases.filter(pl.col("rung") != "own", space.is_in(spaces))["model_id"]
    pools: dict[str, Pool] = {}
    for model_id in pl.concat([placed.unique(), listed]).unique().sort():
        pools.setdefault(_space(model_id, rules), []).append(known(model_id, rules))
    return pools


@dataclass(frozen=True)
class Explanation:
    """Why a name is the model that it is."""

    source: str
    raw_name: str
    model_id: str
    rung: str
    confidence: float
    evidence: str
    parts: ParsedName
    owners: tuple[str, ...]
    """Organisations that own a family word of the name."""
    candidates: tuple[Candidate, ...]
    """The nearest other models, and what speaks against each."""


def explain(name: str, aliases: pl.DataFrame, rules: Rules) -> list[Explanation]:
    """Explain `name` (any casing) in every source that has it; `aliases` has the schema ALIASES.

    Raises `UsageError` when no source has it.
    """
    rows = aliases.filter(pl.col("raw_name").str.to_lowercase() == name.lower())
    if rows.is_empty():
        raise UsageError(f"no source has the name `{name}`", hint="`metaboard find` searches by parts of a name.")
    pool = [known(model_id, rules) for model_id in aliases["model_id"].unique().sort()]
    parts = read(name, rules)
    explained = []
    for source, raw_name, model_id, rung, confidence, evidence in rows.select(list(schema.ALIASES)).iter_rows():
        near = nearest(raw_name, [entry for entry in pool if entry.model_id != model_id], rules)
        runners_up = tuple(_with_reason(candidate, model_id, rules) for candidate in near)
        owners = tuple(sorted(family_owners(parts, rules)))
        explained.append(Explanation(source, raw_name, model_id, rung, confidence, evidence, parts, owners, runners_up))
    return explained


def _with_reason(candidate: Candidate, chosen: str, rules: Rules) -> Candidate:
    if candidate.differences:
        return candidate
    here, there = _space(chosen, rules), _space(candidate.model_id, rules)
    why = (
        f"reads the same, but is published by {there}, not by {here}"
        if here != there
        else "reads the same, but is another id of the organisation"
    )
    return Candidate(candidate.model_id, candidate.likeness, (why,))


@dataclass(frozen=True)
class Decision:
    """What a person decided about one name."""

    name: str
    verdict: str
    """`accept` (the name is `model`), `reject` (it is not) or `postpone`."""
    model: str
    reason: str
    on: date


def with_decision(text: str, decision: Decision, shipped: Rules) -> str:
    """Return the text of a user's aliases file with `decision` added; comments and order stay as they are.

    Raises `IdentityError` when the file would contradict itself or the shipped rules, `UsageError` for
    an unknown verdict or an empty reason.
    """
    if not decision.reason.strip():
        raise UsageError("a decision needs a reason", hint="One sentence that the next person can check.")
    document = tomlkit.parse(text)
    table = tomlkit.table()
    if decision.verdict == "accept":
        where = "alias"
        table.update({"names": [decision.name], "model": decision.model})
    elif decision.verdict == "reject":
        where = "apart"
        table.update({"names": [decision.name, decision.model]})
    elif decision.verdict == "postpone":
        where = "postponed"
        table.update({"name": decision.name})
    else:
        raise UsageError(f"`{decision.verdict}` is no verdict", hint="accept, reject or postpone")
    table.update({"reason": decision.reason, "on": decision.on})
    rows = document.setdefault(where, tomlkit.aot())
    if not isinstance(rows, tomlkit.items.AoT):
        raise IdentityError(f"`{where}` in the aliases file is not a list of tables")
    rows.append(table)
    written = tomlkit.dumps(document)
    lint(overlay(shipped, read_rules(written)))
    return written
