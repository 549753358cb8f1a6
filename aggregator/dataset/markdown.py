"""Render Markdown documents from templates, so that no text of a leaderboard is read as markup."""

import html
import re
from collections.abc import Iterable

from jinja2 import Environment, PackageLoader, StrictUndefined

_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9./_~%:?=&#+,@!-]+")


class Markdown(str):
    """Text that is Markdown already: a template writes it without escaping."""

    __slots__ = ()


def render_markdown(template: str, **values: object) -> str:
    """Return the document of `templates/{template}.jinja`; every value is escaped unless a filter made it `Markdown`."""
    return _environment().get_template(f"{template}.jinja").render(values)


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - the output is Markdown; `finalize` escapes every value
        loader=PackageLoader("aggregator.dataset"),
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "raw": raw,
        "code": code,
        "listing": listing,
        "prose": prose,
        "link": link,
        "measure": measure,
    }
    return environment


def escape(text: object) -> Markdown:
    """Return `text` as plain words on one line of Markdown, also inside a table cell."""
    if isinstance(text, Markdown):
        return text
    line = " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())
    line = html.escape(line, quote=False)
    # The Hub's Markdown makes a link of every bare address.
    return Markdown(_AUTOLINK.sub(r"\1&#8203;", _MARKUP.sub(r"\\\1", line)))


def raw(text: object) -> Markdown:
    """Return a trusted text unchanged, for a code block."""
    return Markdown(text)


def code(text: object) -> Markdown:
    """Return a trusted text as a code span."""
    return Markdown(f"`{text}`")


def listing(items: Iterable[object], separator: str = ", ") -> Markdown:
    """Return the items, each escaped, with `separator` between them."""
    return Markdown(separator.join(escape(item) for item in items))


def prose(text: str) -> Markdown:
    """Return one of our own sentences on one line: code spans stay code, tags and bars become text."""
    words = " ".join(text.split()).replace("|", "\\|").split("`")
    words[::2] = [html.escape(word, quote=False) for word in words[::2]]
    return Markdown("`".join(words))


def link(title: str, address: str) -> Markdown:
    """Return a Markdown link, or only the title when `address` is not a plain web address."""
    return Markdown(f"[{escape(title)}]({address})") if _WEB_ADDRESS.fullmatch(address) else escape(title)


def measure(value: object) -> Markdown:
    """Return a value of `identity_quality`: numbers with four digits, nothing for null."""
    if value is None:
        return Markdown()
    return escape(f"{value:.4g}" if isinstance(value, float) else value)
