"""Reading the curated files, laying one over the other, and refusing what contradicts itself.

Two files are shipped, `organizations.toml` and `aliases.toml`; a user's own file of the second form
overlays it. Every row carries a reason and a date. `lint` refuses data that contradict themselves,
so that a decision is never an accident of order.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from aggregator.errors import IdentityError
from aggregator.identity.curated import Alias, Apart, Edge, Organization, Renamed, Rules


def load_rules(user_file: Path | None = None) -> Rules:
    """Read the shipped rules and lay a user's own `aliases.toml` over them; raises `IdentityError`.

    A row of the user's replaces the shipped rows that speak of the same spelling.
    """
    package = resources.files("aggregator.identity")
    organizations = _read((package / "organizations.toml").read_text(encoding="utf-8"), "organizations.toml")
    shipped = _read((package / "aliases.toml").read_text(encoding="utf-8"), "aliases.toml")
    rules = _rules(organizations, shipped)
    if user_file is not None and user_file.exists():
        rules = overlay(rules, read_rules(user_file.read_text(encoding="utf-8"), str(user_file)))
    lint(rules)
    return rules


def read_rules(text: str, file: str = "aliases.toml") -> Rules:
    """Read the text of an aliases file; raises `IdentityError` when it is not one."""
    return _rules({}, _read(text, file))


def overlay(shipped: Rules, own: Rules) -> Rules:
    """Return `shipped` with the rows of `own` in place of those about the same spellings."""
    return Rules(
        organizations=shipped.organizations + own.organizations,
        renamed=shipped.renamed + own.renamed,
        mirrors=shipped.mirrors + own.mirrors,
        aliases=own.aliases + _not_overlaid(shipped, shipped.aliases, own.aliases),
        moved=own.moved + _not_overlaid(shipped, shipped.moved, own.moved),
        edges=shipped.edges + own.edges,
        apart=shipped.apart + own.apart,
        postponed=shipped.postponed + own.postponed,
    )


def _not_overlaid(rules: Rules, shipped: Iterable[Alias], own: Iterable[Alias]) -> tuple[Alias, ...]:
    replaced = {key for alias in own for _, key in rules.compared(alias)}
    kept = (
        replace(alias, names=tuple(name for name, key in rules.compared(alias) if key not in replaced))
        for alias in shipped
    )
    return tuple(alias for alias in kept if alias.names)


def _read(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise IdentityError(f"{file} is not readable TOML: {cause}") from cause


def _rules(organizations: Mapping[str, Any], curated: Mapping[str, Any]) -> Rules:
    try:
        return Rules(
            organizations=tuple(_organization(row) for row in organizations.get("organization", ())),
            renamed=tuple(
                Renamed(row["from"], row["to"], row["on"], row["reason"])
                for table in (organizations, curated)
                for row in table.get("renamed", ())
            ),
            mirrors=tuple(
                (name, row.get("only_quantized", False))
                for row in organizations.get("mirror", ())
                for name in row["namespaces"]
            ),
            aliases=tuple(_alias(row) for row in curated.get("alias", ())),
            moved=tuple(_alias(row) for row in curated.get("moved", ())),
            edges=tuple(
                Edge(row["model"], row["relation"], row["parent"], row["reason"], row["on"])
                for row in curated.get("edge", ())
            ),
            apart=tuple(
                Apart((row["names"][0], row["names"][1]), row["reason"], row["on"]) for row in curated.get("apart", ())
            ),
            postponed=tuple(row["name"] for row in curated.get("postponed", ())),
        )
    except (KeyError, TypeError, IndexError) as cause:
        raise IdentityError(f"a curated row lacks a field or has one of another kind: {cause!r}") from cause


def _organization(row: Mapping[str, Any]) -> Organization:
    return Organization(
        id=row["id"],
        vendor=row.get("vendor", row["id"].lower()),
        **{column: tuple(row.get(column, ())) for column in ("namespaces", "names", "words", "families")},
        undated=row.get("undated", ""),
    )


def _alias(row: Mapping[str, Any]) -> Alias:
    return Alias(
        names=tuple(row["names"]),
        model=row["model"],
        reason=row["reason"],
        on=row["on"],
        source=row.get("source", ""),
        since=row.get("since"),
        until=row.get("until"),
        exact=row.get("exact", False),
    )


def lint(rules: Rules) -> None:
    """Raise `IdentityError` when curated rows make a loop, a chain, or give one spelling two models."""
    _refuse_chains({renamed.old.lower(): renamed.new.lower() for renamed in rules.renamed}, "renamed namespace")
    moved = {name.lower(): alias.model.lower() for alias in rules.moved for name in alias.names}
    _refuse_chains(moved, "moved id")
    old_namespaces = {renamed.old.lower() for renamed in rules.renamed}
    for alias in (*rules.aliases, *rules.moved):
        if alias.model.lower() in moved:
            raise IdentityError(f"`{alias.model}` is both a model and a moved id", hint="Name the newest id.")
        if alias.model.partition("/")[0].lower() in old_namespaces:
            raise IdentityError(f"`{alias.model}` stands in a namespace that was renamed", hint="Name the newest id.")
    _refuse_two_targets(rules, rules.aliases)
    _refuse_two_targets(rules, rules.moved)
    _refuse_joined_pairs(rules)


def _refuse_chains(step: Mapping[str, str], what: str) -> None:
    for old, new in step.items():
        if new == old or step.get(new) == old:
            raise IdentityError(f"{what} `{old}` leads back to itself")
        if new in step:
            raise IdentityError(
                f"{what} `{old}` leads to `{new}`, which leads on to `{step[new]}`", hint="Name the last one."
            )


def _refuse_two_targets(rules: Rules, aliases: Iterable[Alias]) -> None:
    seen: dict[str, list[tuple[str, Alias]]] = {}
    for alias in aliases:
        for name, key in rules.compared(alias):
            for spelling, earlier in seen.get(key, []):
                if earlier.model.lower() != alias.model.lower() and _overlap(earlier, alias):
                    raise IdentityError(
                        f"`{name}` stands for `{alias.model}` and, spelled `{spelling}`, for `{earlier.model}`"
                    )
            seen.setdefault(key, []).append((name, alias))


def _overlap(one: Alias, other: Alias) -> bool:
    same_source = one.source.startswith(other.source) or other.source.startswith(one.source)
    starts = max(one.since or date.min, other.since or date.min)
    ends = min(one.until or date.max, other.until or date.max)
    return same_source and starts <= ends


def _refuse_joined_pairs(rules: Rules) -> None:
    targets = {key: alias.model.lower() for alias in (*rules.aliases, *rules.moved) for _, key in rules.compared(alias)}
    for pair in rules.apart:
        first, second = (targets.get(rules.key(name), name.lower()) for name in pair.names)
        if first == second:
            raise IdentityError(f"`{pair.names[0]}` and `{pair.names[1]}` must stay apart, but aliases join them")
