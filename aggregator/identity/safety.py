"""Names that are not believed: letters that pass for others, and names that contradict their own link.

A held-out name is never a known model. It stands alone under `quarantine/<source>/<escaped name>`, so
that nothing is lost and nothing is fooled; every one is listed with its reason.
"""

import re
import unicodedata

import polars as pl
from confusable_homoglyphs import confusables

from aggregator.identity.curated import Rules
from aggregator.identity.names import parse_name

QUARANTINE = "quarantine"
"""The namespace of names that were not believed. No Hub id and no own id begins with it and has two slashes."""

HUB_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)?$"
"""What an id of the Hub can look like: ASCII letters, digits, `.`, `_`, `-`, at most one `/`."""

REFERENCE_LINKS = ("mteb", "rteb")
"""Sources whose link is the model's page of reference, often that of a relative; it does not name the row."""

LOOKALIKES = {"rn": "m", "vv": "w", "0": "o", "1": "l", "i": "l", "5": "s", "_": "-"}
"""ASCII characters that pass for others in a namespace."""

_WORDS = re.compile(r"[^\W\d_]+")

CHECKED = 100_000
"""So many names with foreign letters are looked at one by one; a flood beyond it is held out unread."""


def screen(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence, reason)` for the rows that are held out.

    `rows` has the NAMES schema and a column `row`.
    """
    found = pl.concat(
        [
            _foreign_letters(rows, rules),
            _impossible_ids(rows),
            _contradicting_links(rows, rules),
            _imitated_namespaces(rows, rules),
        ]
    )
    held = found.unique("row", keep="first", maintain_order=True).join(
        rows.select("row", "source", "raw_name"), on="row"
    )
    escaped = held["raw_name"].map_elements(visible, return_dtype=pl.String)
    return held.select(
        "row",
        model_id=pl.format(f"{QUARANTINE}/{{}}/{{}}", "source", escaped),
        rung=pl.lit("own"),
        confidence=pl.lit(0.0),
        evidence=pl.lit("quarantined: ") + pl.col("reason"),
        reason="reason",
    )


def visible(name: str) -> str:
    """Return `name` in ASCII, every other character as its code point, so that it cannot pass for another."""
    return name.encode("ascii", "backslashreplace").decode("ascii")


def _foreign_letters(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    text = pl.concat_str([pl.col("raw_name"), pl.col("hf_id").fill_null("")], separator="\n")
    foreign = rows.select("row", text=text).filter(pl.col("text").str.contains(r"[^\x20-\x7e\n]"))
    if foreign.is_empty():
        return _none()
    known = _known_keys(rows, rules)
    verdicts = {
        name: suspicion(name.partition("\n")[0] or name, known) for name in foreign["text"].unique().head(CHECKED)
    }
    reasons = [verdicts.get(name, "one of a flood of names with foreign letters") for name in foreign["text"]]
    return foreign.select("row", reason=pl.Series(reasons, dtype=pl.String)).drop_nulls("reason")


def _known_keys(rows: pl.DataFrame, rules: Rules) -> frozenset[str]:
    """Return the keys of all names in plain letters: what a name in other letters may imitate."""
    plain = rows.select(name=pl.coalesce("hf_id", "raw_name")).filter(~pl.col("name").str.contains(r"[^\x20-\x7e]"))
    curated = [name for alias in rules.aliases for name in (*alias.names, alias.model)]
    sample = plain["name"].unique().head(CHECKED).to_list()
    return frozenset(parse_name(name).key for name in (*sample, *curated))


def suspicion(name: str, known: frozenset[str]) -> str | None:
    """Say why `name` is not believed, or None for an honest name in its own letters."""
    hidden = [
        character for character in name if unicodedata.category(character) in {"Cf", "Cc", "Zl", "Zp", "Co", "Cs", "Cn"}
    ]
    if hidden:
        return f"holds invisible or direction-changing characters ({', '.join(sorted({f'U+{ord(c):04X}' for c in hidden}))})"
    plain = unicodedata.normalize("NFKC", name)
    if plain != name and parse_name(plain).key in known:
        return f"compatibility letters that fold onto the known name {visible(plain)}"
    skeleton = latin_skeleton(plain)
    if skeleton != plain and parse_name(skeleton).key in known:
        return f"letters of another script that read like the known name {visible(skeleton)}"
    if plain != name:
        return f"compatibility letters for {visible(plain)}"
    if any(confusables.is_dangerous(word) for word in _WORDS.findall(name)):
        return "mixes letters of several scripts in one word that pass for each other"
    return None


def latin_skeleton(text: str) -> str:
    """Return `text` with every character that passes for an ASCII one replaced by it (Unicode TR 39)."""
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
    return rows.filter(pl.col("hf_id").is_not_null() & ~pl.col("hf_id").str.contains(HUB_ID)).select(
        "row", reason=pl.lit("its id holds characters that no id of the Hub can have")
    )


def _contradicting_links(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
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
    genuine = {n.lower() for o in rules.organizations for n in (o.id, *o.namespaces)} | {
        r.old.lower() for r in rules.renamed
    }
    shapes = {_shape(namespace): namespace for namespace in genuine}
    if not shapes:
        return _none()
    space = pl.coalesce("hf_id", "raw_name").str.to_lowercase().str.extract(r"^([^/]+)/")
    return (
        rows.select("row", space=space)
        .drop_nulls("space")
        .filter(~pl.col("space").is_in(list(genuine)))
        .with_columns(shape=pl.col("space").str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values())))
        .filter(pl.col("shape").is_in(list(shapes)))
        .select("row", reason=pl.format("its namespace {} imitates {}", "space", pl.col("shape").replace(shapes)))
    )


def _shape(namespace: str) -> str:
    return str(pl.select(pl.lit(namespace).str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values()))).item())


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String})
