"""The file of a user's reviews: add a decision, take it back, and keep everything else as it is."""

import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any

import tomlkit

from aggregator.errors import IdentityError, UsageError
from aggregator.identity.curated import Rules
from aggregator.identity.curated_files import lint, merge_rules, read_rules

SECTION = {"accept": "alias", "split": "alias", "reject": "apart", "postpone": "postponed", "merge": "moved"}
"""The section of the file that each verdict writes a row into."""

REPLACES = {
    "accept": ("alias", "postponed"),
    "split": ("alias", "postponed"),
    "reject": ("postponed",),
    "postpone": ("alias", "postponed"),
    "merge": ("moved",),
}
"""The sections whose earlier rows about the same name a verdict replaces."""

NAME_FIELDS = {"alias": "names", "moved": "names", "apart": "names", "postponed": "name"}
"""The field of each section that holds the names which a row is about."""


@dataclass(frozen=True)
class Decision:
    """The decision of a person about one name."""

    name: str
    """A raw name; for `merge` the model id that moves."""
    verdict: str
    """`accept` (the name is `model`), `reject` (it is not), `split` (it is a model of its own, `model`), `merge` (the
    id is `model` from now on) or `postpone`."""
    model: str
    reason: str
    on: date
    others: tuple[str, ...] = ()
    """Of a split: names that must never be on one model with `name`."""


def with_decision(text: str, decision: Decision, shipped: Rules) -> str:
    """Return the text of a user's aliases file with `decision` added; comments and the order of rows stay.

    Earlier rows about the same spelling that the decision replaces (`replaced_rows`) are removed. Raises
    `IdentityError` when the file would contradict itself or the shipped rules, `UsageError` for an unknown verdict or
    an empty reason.
    """
    if not decision.reason.strip():
        raise UsageError("a decision needs a reason", hint="Write one sentence that the next person can check.")
    if decision.verdict not in SECTION:
        raise UsageError(f"`{decision.verdict}` is not a verdict", hint=f"Use one of {', '.join(SECTION)}.")
    written, _ = _without(text, decision.name, REPLACES[decision.verdict])
    for section, row in _rows(decision):
        if not isinstance(_parse(written).get(section, []), list):
            raise IdentityError(f"`{section}` in the aliases file is not a list of tables")
        if any(row.items() <= known.items() for known in _parse(written).get(section, [])):
            continue
        # At the end of the file: a comment after the section's last row may belong to the next row.
        added = tomlkit.dumps({section: [row | {"reason": decision.reason, "on": decision.on}]})
        written = f"{written.rstrip()}\n\n{added}" if written.strip() else added
    lint(merge_rules(shipped, read_rules(written)))
    return written


def replaced_rows(text: str, decision: Decision) -> list[str]:
    """Describe the earlier rows about the same spelling that `with_decision` removes."""
    return _without(text, decision.name, REPLACES[decision.verdict])[1]


def without_decisions(text: str, name: str) -> tuple[str, list[str]]:
    """Return the text of the file without the rows about `name` (any casing), and a description of each removed row.

    Of a row about several names only `name` is removed.
    """
    return _without(text, name, tuple(NAME_FIELDS))


def _rows(decision: Decision) -> list[tuple[str, dict[str, Any]]]:
    """Return the section and the fields of each row that a decision writes."""
    section = SECTION[decision.verdict]
    if decision.verdict == "postpone":
        return [(section, {"name": decision.name})]
    if decision.verdict == "reject":
        return [(section, {"names": [decision.name, decision.model]})]
    fields: dict[str, Any] = {"names": [decision.name], "model": decision.model}
    if decision.verdict == "split":
        fields["exact"] = True
    return [(section, fields), *(("apart", {"names": [decision.name, other]}) for other in decision.others)]


def _without(text: str, name: str, sections: tuple[str, ...]) -> tuple[str, list[str]]:
    removed: list[str] = []
    for section in sections:
        rows = _parse(text).get(section, [])
        for place in reversed(range(len(rows) if isinstance(rows, list) else 0)):
            row = rows[place]
            names = _names(row, section)
            if name.lower() not in [other.lower() for other in names]:
                continue
            removed.append(_describe(section, row))
            if section in {"apart", "postponed"} or len(names) == 1:
                text = _without_row(text, section, place)
            else:
                text = _without_name(text, section, place, name)
    return text, removed


def _names(row: dict[str, Any], section: str) -> list[str]:
    value = row.get(NAME_FIELDS[section], [])
    names = [value] if isinstance(value, str) else value
    # A rejected pair is the decision about its first name.
    return names[:1] if section == "apart" else names


def _describe(section: str, row: dict[str, Any]) -> str:
    names = " and ".join(f"`{name}`" for name in [row.get("name"), *row.get("names", [])] if name)
    texts = {
        "alias": f"{names} is `{row.get('model')}`",
        "moved": f"{names} is `{row.get('model')}` today",
        "apart": f"{names} stay apart",
        "postponed": f"{names} is postponed",
    }
    return f"{texts[section]} ({row.get('reason')}, decided {row.get('on')})"


def _without_row(text: str, section: str, place: int) -> str:
    """Cut the row number `place` of a section out of the text; comments before and after it stay."""
    lines = text.splitlines(keepends=True)
    headers = [at for at, line in enumerate(lines) if line.strip().startswith("[")]
    begin = [at for at in headers if lines[at].split("#")[0].replace(" ", "").strip() == f"[[{section}]]"][place]
    end = next((at for at in headers if at > begin), len(lines))
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    kept = "".join([*lines[:begin], *lines[end:]])
    if not _is_without(text, kept, section, place):
        raise IdentityError(f"row {place + 1} of [[{section}]] cannot be cut out", hint="Remove it in an editor.")
    return kept


def _is_without(text: str, kept: str, section: str, place: int) -> bool:
    """Return whether `kept` has exactly the rows of `text` but one; brackets inside a text can mislead the cut."""
    expected = _parse(text)
    del expected[section][place]
    try:
        return {key: rows for key, rows in expected.items() if rows} == tomllib.loads(kept)
    except tomllib.TOMLDecodeError:
        return False


def _without_name(text: str, section: str, place: int, name: str) -> str:
    document = tomlkit.parse(text)
    names = document[section][place]["names"]
    for at in reversed(range(len(names))):
        if names[at].lower() == name.lower():
            del names[at]
    return tomlkit.dumps(document)


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise IdentityError(f"the aliases file is not readable TOML: {cause}") from cause
