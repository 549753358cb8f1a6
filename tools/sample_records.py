"""Choose the records of some models from a CSV, JSON, YAML or Markdown file; the rest of the file keeps its form."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

UTF8_MARK = "\ufeff"


def choose_records(file: str, content: bytes, chosen: Mapping[str, Any], models: Sequence[str]) -> bytes:
    """Return `content` with the records whose name contains one of `models`, or all of a file with few records.

    `chosen` is an entry of `records` in `sample.toml`: `name` is the field with the name (empty in an object of records
    by name), `whole` the number of records up to which a file is kept whole, `without` are fields that are left out.
    Case and separators of names do not matter.
    """
    text = content.decode("utf-8")
    choose = {"csv": _csv, "json": _json, "yml": _yaml, "md": _markdown}[file.rpartition(".")[2]]
    return choose(text, chosen, [folded(model) for model in models]).encode()


def folded(name: str) -> str:
    """Return the letters and digits of a name in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _places(names: Sequence[str], chosen: Mapping[str, Any], models: Iterable[str]) -> list[int]:
    """Return the positions of the chosen records."""
    if len(names) <= chosen["whole"]:
        return list(range(len(names)))
    keys = list(models)
    return [place for place, name in enumerate(names) if any(key in folded(name) for key in keys)]


def _csv(text: str, chosen: Mapping[str, Any], models: Sequence[str]) -> str:
    header, *rows = csv.reader(io.StringIO(text.removeprefix(UTF8_MARK), newline=""))
    kept = [place for place, column in enumerate(header) if column not in chosen.get("without", ())]
    at = header.index(chosen["name"])
    # A row with another number of cells stays as it is.
    lines = [
        [row[place] for place in kept] if len(row) == len(header) else row
        for row in (rows[place] for place in _places([row[at] for row in rows], chosen, models))
    ]
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator="\n").writerows([[header[place] for place in kept], *lines])
    return (UTF8_MARK if text.startswith(UTF8_MARK) else "") + sink.getvalue()


def _json(text: str, chosen: Mapping[str, Any], models: Sequence[str]) -> str:
    payload = json.loads(text)
    if isinstance(payload, dict):
        names = list(payload)
        found: Any = {names[place]: payload[names[place]] for place in _places(names, chosen, models)}
    else:
        found = [payload[place] for place in _places([row[chosen["name"]] for row in payload], chosen, models)]
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _yaml(text: str, chosen: Mapping[str, Any], models: Sequence[str]) -> str:
    """Choose among the blocks of a list: each begins with a dash at the start of a line."""
    blocks = re.split(r"^(?=- )", text, flags=re.MULTILINE)[1:]
    names = [str(yaml.safe_load(block)[0][chosen["name"]]) for block in blocks]
    return "".join(blocks[place] for place in _places(names, chosen, models))


def _markdown(text: str, chosen: Mapping[str, Any], models: Sequence[str]) -> str:
    """Choose among the rows of the table; of the other lines, only those that match `lines` stay."""
    lines = text.splitlines()
    header, rule, *rows = (line for line in lines if line.startswith("|"))
    at = [cell.strip() for cell in header.strip("|").split("|")].index(chosen["name"])
    names = [row.strip("|").split("|")[at].strip() for row in rows]
    prose = [line for line in lines if re.search(chosen["lines"], line) and not line.startswith("|")]
    table = [header, rule, *(rows[place] for place in _places(names, chosen, models))]
    return "\n".join(["# Leaderboard", "", *prose, "", *table, ""])
