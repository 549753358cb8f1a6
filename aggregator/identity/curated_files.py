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
from aggregator.identity.api_names import read_api_names
from aggregator.identity.curated import Alias, DistinctPair, Edge, Host, Organization, RenamedNamespace, Rules
from aggregator.identity.vendor_notation import Notation


def load_rules(user_file: Path | None = None) -> Rules:
    """Read the shipped rules and merge a user's `aliases.toml` into them; raises `IdentityError`.

    A row of the user replaces the shipped rows about the same names.
    """
    package = resources.files("aggregator.identity")
    organizations = _read((package / "organizations.toml").read_text(encoding="utf-8"), "organizations.toml")
    shipped = _read((package / "aliases.toml").read_text(encoding="utf-8"), "aliases.toml")
    tables = _read((package / "api_names.toml").read_text(encoding="utf-8"), "api_names.toml")
    rules = _with_api_names(_rules(organizations, shipped, shipped=True), tables)
    if user_file is not None and user_file.exists():
        rules = merge_rules(rules, read_rules(user_file.read_text(encoding="utf-8"), str(user_file)))
    lint(rules)
    return rules


def _with_api_names(rules: Rules, tables: Mapping[str, Any]) -> Rules:
    """Add the vendors' tables; a floating name is an alias for its days."""
    try:
        api_names = read_api_names(tables.get("api_name", ()))
    except KeyError as cause:
        raise IdentityError(f"a row of api_names.toml lacks the field {cause}") from cause
    floating = tuple(
        Alias(row.names, row.model, row.reason, row.on, since=row.since, until=row.until, shipped=True)
        for row in api_names
        if row.is_floating
    )
    return replace(rules, aliases=rules.aliases + floating, api_names=api_names)


def read_rules(text: str, file: str = "aliases.toml") -> Rules:
    """Read the text of an aliases file; raises `IdentityError` when it is not one."""
    return _rules({}, _read(text, file))


def merge_rules(shipped: Rules, own: Rules) -> Rules:
    """Return `shipped` and `own`; rows of `own` replace the shipped aliases about the same names.

    A model id that `own` moves becomes the new id in every alias and in every earlier move.
    """
    return Rules(
        organizations=shipped.organizations + own.organizations,
        hosts=shipped.hosts + own.hosts,
        renamed=shipped.renamed + own.renamed,
        mirrors=shipped.mirrors + own.mirrors,
        aliases=_follow_moves(own.aliases + _not_replaced(shipped, shipped.aliases, own.aliases, own.apart), own.moved),
        api_names=shipped.api_names + own.api_names,
        moved=_follow_moves(own.moved + _not_replaced(shipped, shipped.moved, own.moved, own.apart), own.moved),
        edges=shipped.edges + own.edges,
        apart=shipped.apart + own.apart,
        postponed=shipped.postponed + own.postponed,
    )


def _not_replaced(
    rules: Rules, shipped: Iterable[Alias], own: Iterable[Alias], apart: Iterable[DistinctPair]
) -> tuple[Alias, ...]:
    """Return the shipped aliases without the names that `own` places, and without the pairs that `apart` rejects."""
    replaced = {key for alias in own for _, key in rules.alias_keys(alias)}
    rejected = {(rules.key(a), b.lower()) for pair in apart for a, b in (pair.names, pair.names[::-1])}
    kept = (
        replace(
            alias,
            names=tuple(
                name
                for name, key in rules.alias_keys(alias)
                if key not in replaced and (rules.key(name), alias.model.lower()) not in rejected
            ),
        )
        for alias in shipped
    )
    return tuple(alias for alias in kept if alias.names)


def _follow_moves(aliases: tuple[Alias, ...], moved: tuple[Alias, ...]) -> tuple[Alias, ...]:
    """Replace every model id of `aliases` that `moved` moves by its newest id; a loop is left for `lint`."""
    step = {name.lower(): alias.model for alias in moved for name in alias.names}
    return tuple(replace(alias, model=_newest(alias.model, step)) for alias in aliases)


def _newest(model: str, step: Mapping[str, str]) -> str:
    for _ in step:
        model = step.get(model.lower(), model)
    return model


def _read(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise IdentityError(f"{file} is not readable TOML: {cause}") from cause


def _rules(organizations: Mapping[str, Any], curated: Mapping[str, Any], *, shipped: bool = False) -> Rules:
    try:
        return Rules(
            organizations=tuple(_organization(row) for row in organizations.get("organization", ())),
            hosts=tuple(_host(row) for row in organizations.get("host", ())),
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
            aliases=tuple(_alias(row, shipped=shipped) for row in curated.get("alias", ())),
            moved=tuple(_alias(row, shipped=shipped) for row in curated.get("moved", ())),
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
        **{column: tuple(row.get(column, ())) for column in ("namespaces", "names", "words", "families", "bases")},
        unstated=row.get("unstated", "size"),
        notation=Notation(
            snapshots=tuple(row.get("snapshots", ())),
            **{column: frozenset(row.get(column, ())) for column in ("floating", "efforts", "products", "unsaid")},
            budget=row.get("budget", ""),
            effort_ids=row.get("effort_ids", ""),
        ),
    )


def _host(row: Mapping[str, Any]) -> Host:
    return Host(*(tuple(row.get(column, ())) for column in ("namespaces", "routes", "vendors")))


def _alias(row: Mapping[str, Any], *, shipped: bool) -> Alias:
    return Alias(
        names=tuple(row["names"]),
        model=row["model"],
        reason=row["reason"],
        on=row["on"],
        source=row.get("source", ""),
        since=row.get("since"),
        until=row.get("until"),
        exact=row.get("exact", False),
        shipped=shipped,
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
                        f"`{name}` stands for {_row(alias)}, and, spelled `{spelling}`, for {_row(earlier)}",
                        hint="Take one of them back (`metaboard review undo NAME`), or write `exact = true` in both rows.",
                    )
            seen.setdefault(key, []).append((name, alias))


def _overlap(one: Alias, other: Alias) -> bool:
    """Return whether two aliases hold for a common source on a common day."""
    same_source = one.source.startswith(other.source) or other.source.startswith(one.source)
    start = max(one.since or date.min, other.since or date.min)
    end = min(one.until or date.max, other.until or date.max)
    return same_source and start <= end


def _refuse_joined_pairs(rules: Rules) -> None:
    targets = {key: alias for alias in (*rules.aliases, *rules.moved) for _, key in rules.alias_keys(alias)}
    for pair in rules.apart:
        placed = [targets.get(f"={name.lower()}") or targets.get(rules.key(name)) for name in pair.names]
        first, second = (
            alias.model.lower() if alias else name.lower() for alias, name in zip(placed, pair.names, strict=True)
        )
        if first == second:
            rows = " and ".join(_row(alias) for alias in placed if alias)
            raise IdentityError(
                f"`{pair.names[0]}` and `{pair.names[1]}` must stay apart ({pair.reason}, decided {pair.on}), "
                f"but a row gives them one model: {rows}",
                hint="Take one of them back: `metaboard review undo NAME`.",
            )


def _row(alias: Alias) -> str:
    return f"`{alias.model}` ({alias.reason}, decided {alias.on})"
