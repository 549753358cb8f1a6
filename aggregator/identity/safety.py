"""Find suspicious names: look-alike characters, imitated namespaces, and links that contradict the name. Pure.

A suspicious name never matches a known model. It becomes a model of its own, `quarantine/<source>/<escaped name>`,
and is listed with its reason.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import polars as pl
from confusable_homoglyphs import confusables

from aggregator.identity.curated import Rules
from aggregator.identity.mode_words import EFFORTS
from aggregator.identity.names import parse_name
from aggregator.text_columns import fill_in

QUARANTINE = "quarantine"
"""The namespace of suspicious names. Only their model ids have this namespace and two slashes."""

HUB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)?$"
"""Matches an id of the Hub: ASCII letters, digits, `.`, `_`, `-`, at most one `/`."""

REFERENCE_LINKS = ("mteb", "rteb")
"""Prefixes of sources whose link is a reference page, often that of a related model, and not the model itself."""

HIDDEN_CATEGORIES = frozenset({"Cf", "Cc", "Zl", "Zp", "Co", "Cs", "Cn"})
"""Unicode categories of characters without a shape: format, control, line ends, private use, surrogates, unassigned."""

HIDDEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers and the blank pattern of Braille: letters and symbols without a shape."""

LOOKALIKES = {"rn": "m", "vv": "w", "0": "o", "1": "l", "i": "l", "5": "s", "_": "-"}
"""ASCII characters that look like others in a namespace."""

_SEPARATORS = re.compile(r"[-_. ]+")

_WORDS = re.compile(r"[^\W\d_]+")

MAX_CHECKED_NAMES = 100_000
"""How many names with characters outside ASCII are checked one by one; the others are quarantined unchecked."""


def find_suspicious_names(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence, reason)` for the rows to quarantine.

    `rows` has the NAMES schema and a column `row`.
    """
    found = pl.concat(
        [
            _foreign_characters(rows, rules),
            _impossible_ids(rows, rules),
            _contradicting_links(rows, rules),
            _imitated_namespaces(rows, rules),
        ]
    )
    suspicious = found.unique("row", keep="first", maintain_order=True).join(
        rows.select("row", "source", "raw_name"), on="row"
    )
    escaped = suspicious["raw_name"].map_elements(escape_non_ascii, return_dtype=pl.String)
    return suspicious.select(
        "row",
        model_id=fill_in(f"{QUARANTINE}/{{}}/{{}}", "source", escaped),
        rung=pl.lit("own"),
        confidence=pl.lit(0.0),
        evidence=pl.lit("quarantined: ") + pl.col("reason"),
        reason="reason",
    )


def escape_non_ascii(name: str) -> str:
    """Return `name` in ASCII, with every other character as its code point, so that it looks like no other name."""
    return name.encode("ascii", "backslashreplace").decode("ascii")


def _foreign_characters(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, reason)` for names with suspicious characters outside ASCII."""
    text = pl.concat_str([pl.col("raw_name"), pl.col("hf_id").fill_null("")], separator="\n")
    foreign = rows.select("row", text=text).filter(pl.col("text").str.contains(r"[^\x20-\x7e\n]"))
    if foreign.is_empty():
        return _no_rows()
    checked = {text: text.partition("\n")[0] or text for text in foreign["text"].unique().head(MAX_CHECKED_NAMES)}
    known = _ascii_keys(rows, checked.values(), rules)
    reason_by_text = {text: suspicion(name, known) for text, name in checked.items()}
    unchecked = f"not checked: more than {MAX_CHECKED_NAMES:,} names have characters outside ASCII"
    reasons = [reason_by_text.get(name, unchecked) for name in foreign["text"]]
    return foreign.select("row", reason=pl.Series(reasons, dtype=pl.String)).drop_nulls("reason")


def _ascii_keys(rows: pl.DataFrame, foreign: Iterable[str], rules: Rules) -> frozenset[str]:
    """Return the keys of the ASCII names that the names `foreign` may imitate.

    Equal keys have equal words. Only the names with a word of an imitation are parsed, since parsing is slow.
    """
    words = {_longest_word(text) for name in foreign for text in _imitations(name)}
    if not words:
        return frozenset()
    ascii_names = rows.select(name=pl.coalesce("hf_id", "raw_name")).filter(
        ~pl.col("name").str.contains(r"[^\x20-\x7e]")
    )
    curated = [name for alias in rules.aliases for name in (*alias.names, alias.model)]
    sample = pl.concat([ascii_names["name"].unique().head(MAX_CHECKED_NAMES), pl.Series(curated, dtype=pl.String)])
    if "" not in words:
        sample = sample.filter(sample.str.to_lowercase().str.contains_any(sorted(words)))
    return frozenset(parse_name(name).key for name in sample)


def _longest_word(name: str) -> str:
    """Return the longest word of a name that stands in every name with the same key; empty when there is none."""
    words = (word for word in parse_name(name).words if word.isalpha() and word not in EFFORTS)
    return max(words, key=len, default="")


def _imitations(name: str) -> Iterator[str]:
    """Yield the ASCII names as which `name` can be read, where it differs from them."""
    plain = unicodedata.normalize("NFKC", name)
    yield from (text for text in (plain, latin_skeleton(plain)) if text != name)


def suspicion(name: str, known_keys: frozenset[str]) -> str | None:
    """Return why `name` is suspicious, or None for a regular name in another script."""
    hidden = [character for character in name if _is_hidden(character)]
    if hidden:
        return f"holds invisible or direction-changing characters ({', '.join(sorted({f'U+{ord(c):04X}' for c in hidden}))})"
    plain = unicodedata.normalize("NFKC", name)
    if plain != name and parse_name(plain).key in known_keys:
        return f"compatibility letters that fold onto the known name {escape_non_ascii(plain)}"
    skeleton = latin_skeleton(plain)
    if skeleton != plain and parse_name(skeleton).key in known_keys:
        return f"letters of another script that read like the known name {escape_non_ascii(skeleton)}"
    if plain != name:
        return f"compatibility letters for {escape_non_ascii(plain)}"
    if any(confusables.is_dangerous(word) for word in _WORDS.findall(name)):
        return "mixes letters of several scripts in one word that pass for each other"
    return None


def _is_hidden(character: str) -> bool:
    return character in HIDDEN_LETTERS or unicodedata.category(character) in HIDDEN_CATEGORIES


def latin_skeleton(text: str) -> str:
    """Return `text` without marks, and with every character that looks like an ASCII one replaced by it (Unicode TR 39)."""
    decomposed = unicodedata.normalize("NFKD", text)
    # Enclosing marks and variation selectors have the combining class 0, so only the category shows that they are marks.
    return "".join(_latin(c) for c in decomposed if not unicodedata.category(c).startswith("M"))


def _latin(character: str) -> str:
    if character.isascii():
        return character
    found = confusables.is_confusable(character, greedy=True)
    shapes = [shape["c"] for entry in found or [] for shape in entry["homoglyphs"]]
    return next(
        (shape for shape in shapes if shape.isascii() and shape.isalnum()), next(filter(str.isascii, shapes), character)
    )


def _impossible_ids(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, reason)` for ids that the Hub cannot have, also where a name has a known namespace."""
    namespace = pl.col("raw_name").str.to_lowercase().str.extract(r"^([^/]+)/")
    is_written_id = pl.col("hf_id").is_null() & namespace.is_in(sorted(_genuine_namespaces(rules)))
    return rows.filter(
        (pl.col("hf_id").is_not_null() & ~pl.col("hf_id").str.contains(HUB_ID_PATTERN))
        | (is_written_id & pl.col("raw_name").str.contains(r"[^\x20-\x7e]|\.\."))
    ).select("row", reason=pl.lit("its id holds characters that no id of the Hub can have"))


def _contradicting_links(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, reason)` for rows whose link leads to another id, also under the newest namespaces."""
    linked = rows.filter(
        pl.col("link").is_not_null()
        & pl.col("hf_id").is_not_null()
        & ~pl.col("source").str.contains("^(?:" + "|".join(REFERENCE_LINKS) + ")")
    )
    renames = {renamed.old.lower(): renamed.new.lower() for renamed in rules.renamed}

    def newest(column: str) -> pl.Expr:
        text = pl.col(column).str.to_lowercase()
        return pl.concat_str(
            text.str.extract(r"^([^/]*)/").replace(renames),
            text.str.extract(r"([^/]*)$"),
            separator="/",
            ignore_nulls=True,
        )

    return linked.filter(newest("hf_id") != newest("link")).select(
        "row", reason=fill_in("its name says {} but its link leads to {}", "hf_id", "link")
    )


def _genuine_namespaces(rules: Rules) -> frozenset[str]:
    """Return the namespaces of the curated organizations on the Hub, today's and earlier ones, in lower case."""
    today = {namespace.lower() for one in rules.organizations for namespace in (one.id, *one.namespaces)}
    return frozenset(today | {renamed.old.lower() for renamed in rules.renamed})


def _written_prefixes(rules: Rules) -> frozenset[str]:
    """Return the prefixes that boards without ids write for an organization: its vendor, and its names with `-` or joined."""
    spellings = {text.lower() for one in rules.organizations for text in (one.vendor, *one.names)}
    return frozenset(_SEPARATORS.sub(between, text) for text in spellings for between in ("-", "", " ", "."))


def _imitated_namespaces(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, reason)` for namespaces that look like the namespace of a curated organization.

    In an id, look-alike characters are compared. A name without an id may not differ in separators either, since
    its prefix is compared by its letters and digits.
    """
    genuine = _genuine_namespaces(rules)
    if not genuine:
        return _no_rows()
    has_id = pl.col("hf_id").is_not_null()
    namespaces = pl.coalesce("hf_id", "raw_name").str.to_lowercase().str.split("/")
    listed = (
        rows.select("row", has_id=has_id, namespace=namespaces.list.head(namespaces.list.len() - 1))
        .filter(pl.col("namespace").list.len() > 0)
        .explode("namespace")
        .filter(~pl.col("namespace").is_in(sorted(genuine)))
    )
    known = pl.DataFrame({"genuine": sorted(genuine)}).with_columns(shape=_shape("genuine"))
    shapes = known.unique("shape", keep="first", maintain_order=True)
    bare = known.with_columns(shape=_bare("shape")).unique("shape", keep="first", maintain_order=True)
    ids, names = listed.filter("has_id"), listed.filter(~pl.col("has_id"))
    names = names.filter(~pl.col("namespace").is_in(sorted(_written_prefixes(rules))))
    found = [
        ids.with_columns(shape=_shape("namespace")).join(shapes, on="shape", maintain_order="left"),
        names.with_columns(shape=_shape("namespace")).with_columns(_bare("shape")).join(bare, on="shape"),
    ]
    return pl.concat(found).select("row", reason=fill_in("its namespace {} imitates {}", "namespace", "genuine"))


def _shape(column: str) -> pl.Expr:
    """Return a namespace with each look-alike character replaced."""
    return pl.col(column).str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values()))


def _bare(column: str) -> pl.Expr:
    """Return the letters and digits of a namespace."""
    return pl.col(column).str.replace_all(r"[^\p{L}\p{N}]", "")


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String})
