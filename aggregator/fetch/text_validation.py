"""Check that a text file (CSV, YAML, Markdown) is of its kind and not cut short, as far as that can be seen. Pure.

A cut at the end of a line cannot be seen. A cut inside a line leaves a last line without a line break, and this line
then has fewer cells, or its record fewer fields, than the others.
"""

import csv
import io
from collections.abc import Iterable

import yaml

from aggregator.fetch.body_error import BodyError

YAML_DEPTH = 64
"""Deeper nesting than this is refused."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_text(media: str, content: bytes) -> None:
    """Raise `BodyError` unless `content` is complete text of the kind `media` (`csv`, `yaml` or `markdown`)."""
    text = _decode(content)
    if media == "csv":
        _check_csv(text)
    elif media == "yaml":
        _check_yaml(text)
    else:
        _check_markdown(text)


def _decode(content: bytes) -> str:
    if b"\0" in content:
        raise BodyError(f"is not text: byte {content.index(0)} is NUL")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        if cause.reason == "unexpected end of data":
            raise BodyError("is cut short inside a character", is_transient=True) from cause
        raise BodyError(f"is not text in UTF-8 (byte {cause.start})") from cause


def _check_csv(text: str) -> None:
    """Check that the quotes close, and that a last line without a line break has all cells."""
    if text.lstrip()[:1] in ("{", "["):
        raise BodyError(f"is not CSV: it begins with {text.lstrip()[:4]!r}")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    last: list[str] = []
    try:
        for row in rows:
            header, last = header or row, row or last
    except csv.Error as cause:
        raise BodyError(f"is not CSV or is cut short (line {rows.line_num}: {cause})", is_transient=True) from cause
    if not _ends_in_line_break(text) and len(last) < len(header):
        raise BodyError(f"is cut short: its last line has {len(last)} of {len(header)} cells", is_transient=True)


def _check_yaml(text: str) -> None:
    """Check that the whole document can be parsed, and that a last line without a line break ends a whole record."""
    try:
        records = _fields_of_records(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        is_at_end = line >= len(text.rstrip().splitlines())
        reason = "is cut short" if is_at_end else "is not YAML"
        raise BodyError(f"{reason} (line {line})", is_transient=is_at_end) from cause
    if _ends_in_line_break(text) or len(records) < 2:
        return
    if missing := sorted(set.intersection(*records[:-1]) - records[-1]):
        raise BodyError(f"is cut short: its last record has no {missing[0]!r}", is_transient=True)


def _fields_of_records(events: Iterable[yaml.Event]) -> list[set[str]]:
    """Return the names of the fields of every mapping in the outermost list or mapping."""
    depth, is_name = 0, False
    records: list[set[str]] = []
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > YAML_DEPTH:
                raise BodyError(f"is not plain YAML: it nests more than {YAML_DEPTH} levels")
            if depth == 2:
                records.append(set())
                is_name = isinstance(event, yaml.MappingStartEvent)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif not isinstance(event, yaml.NodeEvent):
            continue
        elif depth == 0:
            raise BodyError("is not a YAML list or mapping")
        elif depth == 2 and is_name and isinstance(event, yaml.ScalarEvent):
            records[-1].add(event.value)
        if depth == 2:
            is_name = not is_name
    return records


def _check_markdown(text: str) -> None:
    """Check that a table row in a last line without a line break has all cells."""
    lines = text.splitlines()
    if not lines or _ends_in_line_break(text) or not lines[-1].lstrip().startswith("|"):
        return
    start = len(lines) - 1
    while start and lines[start - 1].lstrip().startswith("|"):
        start -= 1
    if lines[-1].count("|") < lines[start].count("|"):
        raise BodyError("is cut short: the last row of its table has fewer cells than the header", is_transient=True)


def _ends_in_line_break(text: str) -> bool:
    return text.endswith(("\n", "\r"))
