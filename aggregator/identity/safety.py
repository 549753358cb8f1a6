"""Find suspicious names: look-alike characters, imitated namespaces, and links that contradict the name. Pure.

A suspicious name never matches a known model. It becomes a model of its own, `quarantine/<source>/<escaped name>`,
and is listed with its reason.
"""

import re
import unicodedata

import polars as pl
from confusable_homoglyphs import confusables

from aggregator.identity.curated import Rules
from aggregator.identity.names import parse_name

QUARANTINE = "quarantine"
"""The namespace of suspicious names. Only their model ids have this namespace and two slashes."""

HUB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)?$"
"""Matches an id of the Hub: ASCII letters, digits, `.`, `_`, `-`, at most one `/`."""

REFERENCE_LINKS = ("mteb", "rteb")
"""Prefixes of sources whose link is a reference page, often that of a related model, and not the model itself."""

LOOKALIKES = {"rn": "m", "vv": "w", "0": "o", "1": "l", "i": "l", "5": "s", "_": "-"}
"""ASCII characters that look like others in a namespace."""

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
            _impossible_ids(rows),
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
        model_id=pl.format(f"{QUARANTINE}/{{}}/{{}}", "source", escaped),
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
    known = _ascii_keys(rows, rules)
    reason_by_text = {
        name: suspicion(name.partition("\n")[0] or name, known)
        for name in foreign["text"].unique().head(MAX_CHECKED_NAMES)
    }
    unchecked = f"not checked: more than {MAX_CHECKED_NAMES:,} names have characters outside ASCII"
    reasons = [reason_by_text.get(name, unchecked) for name in foreign["text"]]
    return foreign.select("row", reason=pl.Series(reasons, dtype=pl.String)).drop_nulls("reason")


def _ascii_keys(rows: pl.DataFrame, rules: Rules) -> frozenset[str]:
    """Return the keys of all ASCII names: those that a name with other characters may imitate."""
    ascii_names = rows.select(name=pl.coalesce("hf_id", "raw_name")).filter(
        ~pl.col("name").str.contains(r"[^\x20-\x7e]")
    )
    curated = [name for alias in rules.aliases for name in (*alias.names, alias.model)]
    sample = ascii_names["name"].unique().head(MAX_CHECKED_NAMES).to_list()
    return frozenset(parse_name(name).key for name in (*sample, *curated))


def suspicion(name: str, known_keys: frozenset[str]) -> str | None:
    """Return why `name` is suspicious, or None for a regular name in another script."""
    hidden = [
        character for character in name if unicodedata.category(character) in {"Cf", "Cc", "Zl", "Zp", "Co", "Cs", "Cn"}
    ]
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


def latin_skeleton(text: str) -> str:
    """Return `text` with every character that looks like an ASCII one replaced by it (Unicode TR 39)."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(_latin(character) for character in decomposed if not unicodedata.combining(character))


def _latin(character: str) -> str:
    if character.isascii():
        return character
    found = confusables.is_confusable(character, greedy=True)
    shapes = [shape["c"] for entry in found or [] for shape in entry["homoglyphs"]]
    return next(
        (shape for shape in shapes if shape.isascii() and shape.isalnum()), next(filter(str.isascii, shapes), character)
    )


def _impossible_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `(row, reason)` for ids that the Hub cannot have."""
    return rows.filter(pl.col("hf_id").is_not_null() & ~pl.col("hf_id").str.contains(HUB_ID_PATTERN)).select(
        "row", reason=pl.lit("its id holds characters that no id of the Hub can have")
    )


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
        "row", reason=pl.format("its name says {} but its link leads to {}", "hf_id", "link")
    )


def _imitated_namespaces(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, reason)` for namespaces that look like the namespace of a curated organization."""
    genuine = {n.lower() for o in rules.organizations for n in (o.id, *o.namespaces)} | {
        r.old.lower() for r in rules.renamed
    }
    shapes = {_shape(namespace): namespace for namespace in genuine}
    if not shapes:
        return _no_rows()
    namespace = pl.coalesce("hf_id", "raw_name").str.to_lowercase().str.extract(r"^([^/]+)/")
    return (
        rows.select("row", namespace=namespace)
        .drop_nulls("namespace")
        .filter(~pl.col("namespace").is_in(list(genuine)))
        .with_columns(shape=pl.col("namespace").str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values())))
        .filter(pl.col("shape").is_in(list(shapes)))
        .select("row", reason=pl.format("its namespace {} imitates {}", "namespace", pl.col("shape").replace(shapes)))
    )


def _shape(namespace: str) -> str:
    """Return `namespace` with each look-alike character replaced."""
    return str(pl.select(pl.lit(namespace).str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values()))).item())


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String})
