"""Read the curated rules from TOML files, merge a user's file into them, and check that they do not contradict.

`organizations.toml` and `aliases.toml` are shipped; a user's own file has the form of `aliases.toml`. Every row has a
reason and a date. `lint` refuses contradictions, so a match never depends on the order of the rows.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from aggregator.errors import IdentityError
from aggregator.identity.curated import Alias, DistinctPair, Edge, Organization, RenamedNamespace, Rules


def load_rules(user_file: Path | None = None) -> Rules:
    """Read the shipped rules and merge a user's `aliases.toml` into them; raises `IdentityError`.

    A row of the user replaces the shipped rows about the same names.
    """
    package = resources.files("aggregator.identity")
    organizations = _read((package / "organizations.toml").read_text(encoding="utf-8"), "organizations.toml")
    shipped = _read((package / "aliases.toml").read_text(encoding="utf-8"), "aliases.toml")
    rules = _rules(organizations, shipped)
    if user_file is not None and user_file.exists():
        rules = merge_rules(rules, read_rules(user_file.read_text(encoding="utf-8"), str(user_file)))
    lint(rules)
    return rules


def read_rules(text: str, file: str = "aliases.toml") -> Rules:
    """Read the text of an aliases file; raises `IdentityError` when it is not one."""
    return _rules({}, _read(text, file))


def merge_rules(shipped: Rules, own: Rules) -> Rules:
    """Return `shipped` and `own`; an alias of `own` replaces the shipped ones about the same names."""
    return Rules(
        organizations=shipped.organizations + own.organizations,
        renamed=shipped.renamed + own.renamed,
        mirrors=shipped.mirrors + own.mirrors,
        aliases=own.aliases + _not_replaced(shipped, shipped.aliases, own.aliases),
        moved=own.moved + _not_replaced(shipped, shipped.moved, own.moved),
        edges=shipped.edges + own.edges,
        apart=shipped.apart + own.apart,
        postponed=shipped.postponed + own.postponed,
    )


def _not_replaced(rules: Rules, shipped: Iterable[Alias], own: Iterable[Alias]) -> tuple[Alias, ...]:
    replaced = {key for alias in own for _, key in rules.alias_keys(alias)}
    kept = (
        replace(alias, names=tuple(name for name, key in rules.alias_keys(alias) if key not in replaced))
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
                RenamedNamespace(row["from"], row["to"], row["on"], row["reason"])
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
                DistinctPair((row["names"][0], row["names"][1]), row["reason"], row["on"])
                for row in curated.get("apart", ())
            ),
            postponed=tuple(row["name"] for row in curated.get("postponed", ())),
        )
    except (KeyError, TypeError, IndexError) as cause:
        raise IdentityError(f"a curated row lacks a field, or a field has the wrong type: {cause!r}") from cause


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
    """Raise `IdentityError` when curated rows make a loop or a chain, or give one name two models."""
    _refuse_chains({renamed.old.lower(): renamed.new.lower() for renamed in rules.renamed}, "renamed namespace")
    moved = {name.lower(): alias.model.lower() for alias in rules.moved for name in alias.names}
    _refuse_chains(moved, "moved id")
    old_namespaces = {renamed.old.lower() for renamed in rules.renamed}
    for alias in (*rules.aliases, *rules.moved):
        if alias.model.lower() in moved:
            raise IdentityError(f"`{alias.model}` is both a model and a moved id", hint="Write the newest id.")
        if alias.model.partition("/")[0].lower() in old_namespaces:
            raise IdentityError(f"`{alias.model}` has a namespace that was renamed", hint="Write the newest id.")
    _refuse_two_targets(rules, rules.aliases)
    _refuse_two_targets(rules, rules.moved)
    _refuse_joined_pairs(rules)


def _refuse_chains(step: Mapping[str, str], what: str) -> None:
    for old, new in step.items():
        if new == old or step.get(new) == old:
            raise IdentityError(f"{what} `{old}` leads back to itself")
        if new in step:
            raise IdentityError(
                f"{what} `{old}` leads to `{new}`, which leads on to `{step[new]}`", hint="Write the last one."
            )


def _refuse_two_targets(rules: Rules, aliases: Iterable[Alias]) -> None:
    seen: dict[str, list[tuple[str, Alias]]] = {}
    for alias in aliases:
        for name, key in rules.alias_keys(alias):
            for spelling, earlier in seen.get(key, []):
                if earlier.model.lower() != alias.model.lower() and _overlap(earlier, alias):
                    raise IdentityError(
                        f"`{name}` stands for `{alias.model}` and, spelled `{spelling}`, for `{earlier.model}`"
                    )
            seen.setdefault(key, []).append((name, alias))


def _overlap(one: Alias, other: Alias) -> bool:
    """Return whether two aliases hold for a common source on a common day."""
    same_source = one.source.startswith(other.source) or other.source.startswith(one.source)
    start = max(one.since or date.min, other.since or date.min)
    end = min(one.until or date.max, other.until or date.max)
    return same_source and start <= end


def _refuse_joined_pairs(rules: Rules) -> None:
    aliases = (*rules.aliases, *rules.moved)
    targets = {key: alias.model.lower() for alias in aliases for _, key in rules.alias_keys(alias)}
    for pair in rules.apart:
        first, second = (targets.get(rules.key(name), name.lower()) for name in pair.names)
        if first == second:
            raise IdentityError(
                f"`{pair.names[0]}` and `{pair.names[1]}` must stay apart, but aliases give them one model"
            )
