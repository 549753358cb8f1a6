"""Text in YAML and Markdown, so that no name or sentence of a leaderboard can be read as markup."""

import json
import re

_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")


def yaml(text: str) -> str:
    """Return `text` as one double-quoted YAML scalar; what cannot be printed is written as an escape."""
    return "".join(
        character if character.isprintable() else _escape(character)
        for character in json.dumps(text, ensure_ascii=False)
    )


def _escape(character: str) -> str:
    place = ord(character)
    return f"\\x{place:02x}" if place < 0x100 else f"\\u{place:04x}" if place < 0x10000 else f"\\U{place:08x}"


def markdown(text: object) -> str:
    """Return `text` as plain words on one line of Markdown, also inside a cell of a table."""
    line = " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Plain addresses become links by themselves in the Hub's Markdown.
    return _AUTOLINK.sub(r"\1&#8203;", _MARKUP.sub(r"\\\1", line))


def ours(text: str) -> str:
    """Return a sentence of ours on one line of Markdown: code between backticks stays code, tags and bars are only text."""
    line = " ".join(text.split()).replace("|", "\\|")
    words = line.split("`")
    words[::2] = [word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for word in words[::2]]
    return "`".join(words)


def link(title: str, address: str) -> str:
    """Return a Markdown link where `address` is a plain web address, and the title alone where it is not."""
    if re.fullmatch(r"https?://[A-Za-z0-9./_~%:?=&#+,@!-]+", address):
        return f"[{markdown(title)}]({address})"
    return markdown(title)


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table; `head` is ours and is written as it is, cells must be escaped by the caller."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
