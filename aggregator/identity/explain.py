"""Explain the model of a name, or of any text as if a board listed it: the match rules in order, and similar models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.identity.apart import is_rejected_model
from aggregator.identity.compare_names import (
    Candidate,
    nearest_models,
)
from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.inputs import Inputs
from aggregator.identity.names import ParsedName
from aggregator.identity.publishers import family_owners
from aggregator.identity.resolve import models_of

RELEASE = ("release_id", "effort", "thinking", "thinking_budget", "snapshot_on", "precision")
"""Columns of MODELS that an explanation shows."""

BEFORE_NAME_RULES = ("quarantine", "hf_id", "keys")
"""Steps of `match_models` that are no match rules for names."""

NO_MATCH = {
    "curated": "no curated row and no review has this name",
    "hf_id_folded": "the name is not a known id of the form `organisation/model`",
    "reviewed_id": "no review names an id that reads so",
    "other_writing": "no known id differs from the name only in separators",
    "normalized_tail": "not exactly one id of the publisher reads so",
    "named_as_base": "not exactly one id of the publisher that a row names as a base reads so",
}
"""Why a match rule does not match."""

UNLISTED_SOURCE = "new"
"""The source of a text that no board lists."""


@dataclass(frozen=True)
class Step:
    """The answer of one match rule to one name."""

    rule: str
    matches: bool
    why: str


@dataclass(frozen=True)
class Explanation:
    """Why a name belongs to its model."""

    source: str
    raw_name: str
    model_id: str
    rung: str
    confidence: float
    evidence: str
    parts: ParsedName
    owners: tuple[str, ...]
    """Organizations that own a family word of the name."""
    candidates: tuple[Candidate, ...]
    """The most similar other models, and how each differs."""
    publisher: str = ""
    """The publisher for the match rules, and where it is known from; empty for a row with an id."""
    steps: tuple[Step, ...] = ()
    """Every match rule in its order; the first that matches decides. Empty without the facts that boards state."""
    release: Mapping[str, object] = field(default_factory=dict)
    """The release of the model and its settings: columns of `schema.MODELS`."""
    is_listed: bool = True
    """Whether a board has the name."""
    typed: str = ""
    """What the search finds when a person types the name; empty without a search."""


def explain(name: str, aliases: pl.DataFrame, rules: Rules, inputs: Inputs | None = None) -> list[Explanation]:
    """Explain `name` (any casing) in every source that has it; `aliases` has the schema ALIASES.

    With the `inputs` of the same build the match rules are explained one by one. Raises `UsageError` when no source
    has the name.
    """
    is_name = pl.col("raw_name").str.to_lowercase() == name.lower()
    rows = aliases.filter(is_name)
    if rows.is_empty():
        raise UsageError(f"no source has the name `{name}`", hint="`metaboard find` searches by parts of a name.")
    traces = _Trace(inputs, rules).of_rows(is_name) if inputs is not None else {}
    model_ids = aliases["model_id"].unique().sort().to_list()
    return [
        _explanation(row, model_ids, rules, traces.get((row["source"], row["raw_name"]), ("", ())))
        for row in rows.select(list(schema.ALIASES)).iter_rows(named=True)
    ]


def explain_unlisted(text: str, inputs: Inputs, lineage: pl.DataFrame, rules: Rules, **facts: object) -> Explanation:
    """Explain which model `text` would get as a new row beside the names of `inputs`.

    `facts` are columns of NAMES that the board would state, such as `source` and `organization`. The row runs through
    all match rules together with the other names. `lineage` is LINEAGE of the same build.
    """
    row = {
        "source": UNLISTED_SOURCE,
        "raw_name": text,
        **{key: value for key, value in facts.items() if value is not None},
    }
    is_new = (pl.col("source") == row["source"]) & (pl.col("raw_name") == text)
    names = pl.concat([inputs.names.filter(~is_new), schema.frame(schema.NAMES, [row])])
    published = replace(inputs.published, ids=inputs.published.ids.filter(~is_new))
    trace = _Trace(replace(inputs, names=names, published=published), rules)
    (placed,) = trace.aliases.filter(is_new).select(list(schema.ALIASES)).iter_rows(named=True)
    model_ids = trace.aliases["model_id"].unique().sort().to_list()
    explained = _explanation(placed, model_ids, rules, trace.of_rows(is_new)[placed["source"], text])
    release = _release(placed["model_id"], trace.aliases, lineage, rules)
    return replace(explained, is_listed=False, release=release)


def _release(model_id: str, aliases: pl.DataFrame, lineage: pl.DataFrame, rules: Rules) -> dict[str, object]:
    """Return the release and the settings of a model, from the models of its organization."""
    organization = _organization_of(model_id, rules)
    namespace = pl.col("model_id").str.extract(r"^([^/]+)/")
    namespaces = aliases.select(namespace).to_series().unique().drop_nulls()
    among = namespace.is_in([space for space in namespaces if _organization_of(f"{space}/", rules) == organization])
    models = models_of(aliases.filter(among), lineage.filter(among), rules)
    return models.filter(pl.col("model_id") == model_id).select(RELEASE).row(0, named=True)


def _explanation(
    row: Mapping[str, Any],
    model_ids: Sequence[str],
    rules: Rules,
    trace: tuple[str, tuple[Step, ...]],
) -> Explanation:
    parts = rules.reader.read(row["raw_name"]).parsed
    near = nearest_models(row["raw_name"], [other for other in model_ids if other != row["model_id"]], rules)
    return Explanation(
        **row,
        parts=parts,
        owners=tuple(sorted(family_owners(parts, rules))),
        candidates=tuple(_with_difference(candidate, row["model_id"], rules) for candidate in near),
        publisher=trace[0],
        steps=trace[1],
    )


def _with_difference(candidate: Candidate, chosen: str, rules: Rules) -> Candidate:
    """Add a text about the publisher to a candidate whose name has the same key as the chosen model's."""
    if candidate.differences:
        return candidate
    here, there = (_organization_of(model_id, rules) for model_id in (chosen, candidate.model_id))
    difference = (
        f"reads the same, but is published by {there}, not by {here}"
        if here != there
        else "reads the same, but is another id of the organisation"
    )
    return Candidate(candidate.model_id, candidate.likeness, (difference,))


def _organization_of(model_id: str, rules: Rules) -> str:
    key = organization_key(model_id.partition("/")[0])
    return rules.organization_by_name.get(key, key)


class _Trace:
    """One run of all match rules, with what each rule found for each row."""

    def __init__(self, inputs: Inputs, rules: Rules) -> None:
        self.rules = rules
        self.frames: dict[str, pl.DataFrame] = {}
        self.aliases = inputs.place(rules, self.frames.__setitem__)

    def of_rows(self, which: pl.Expr) -> dict[tuple[str, str], tuple[str, tuple[Step, ...]]]:
        """Return the publisher and the steps of some rows, by (source, raw_name)."""
        rows = self.aliases.filter(which).iter_rows(named=True)
        return {(row["source"], row["raw_name"]): (self._publisher(row), tuple(self._steps(row))) for row in rows}

    def _found(self, step: str, row: Mapping[str, Any]) -> dict[str, Any]:
        frame = self.frames[step].filter(pl.col("row") == row["row"])
        return frame.row(0, named=True) if len(frame) else {}

    def _steps(self, row: Mapping[str, Any]) -> list[Step]:
        quarantined = self._found("quarantine", row)
        if quarantined:
            return [Step("quarantine", matches=True, why=str(quarantined["reason"]))]
        by_id = self._found("hf_id", row)
        if by_id:
            return [Step(str(by_id["rung"]), matches=True, why=f"{by_id['model_id']}: {by_id['evidence']}")]
        steps = [Step("hf_id", matches=False, why="the row has no Hub id")]
        steps += [Step("apart", matches=False, why=f"the name is never {other}") for other in self._kept_apart(row)]
        steps += [self._step(rule, row) for rule in self.frames if rule not in BEFORE_NAME_RULES]
        return steps if any(step.matches for step in steps) else [*steps, self._last_step(row)]

    def _kept_apart(self, row: Mapping[str, Any]) -> list[str]:
        """Return the ids and names that a review or a curated row keeps apart from the name."""
        keys = {row["raw_name"].lower(), self.rules.key(row["raw_name"])}
        pairs = [pair for pair in self.rules.apart for name in pair.names if self.rules.key(name) in keys]
        return [
            f"{other} ({pair.reason}, decided {pair.on})"
            for pair in pairs
            for other in pair.names
            if self.rules.key(other) not in keys
        ]

    def _last_step(self, row: Mapping[str, Any]) -> Step:
        """Return the step for a name that no match rule places: it joins another name, or is a new model."""
        same = self.aliases.filter(pl.col("model_id") == row["model_id"], pl.col("row") != row["row"])["raw_name"]
        if same.is_empty():
            return Step("own", matches=True, why=f"{row['model_id']}: a new model; {row['evidence']}")
        why = f"{row['model_id']}: the model of {same.sort()[0]!r}; {row['evidence']}"
        return Step("same name", matches=True, why=why)

    def _step(self, rule: str, row: Mapping[str, Any]) -> Step:
        found = self._found(rule, row)
        if not found:
            held_back = rule == "curated" and row["held_back"]
            why = f"the row for {row['held_back']} needs its publisher" if held_back else NO_MATCH.get(rule, "no")
            return Step(rule, matches=False, why=why)
        if is_rejected_model(row["raw_name"], found["model_id"], self.rules):
            return Step(rule, matches=False, why=f"{found['model_id']}, from which the name is kept apart")
        return Step(rule, matches=True, why=f"{found['model_id']}: {found['evidence']}")

    def _publisher(self, row: Mapping[str, Any]) -> str:
        """Return the publisher of a row without an id, and from where it is known."""
        keys = self._found("keys", row)
        if not keys:
            return ""
        if not keys.get("vendor_id"):
            return "unknown"
        origins = {
            "prefix_id": "the prefix of the name",
            "column_id": "the organisation that the board states",
            "word_id": "a word of the name",
            "only_named_id": "the same name in another row",
        }
        named = (text for column, text in origins.items() if keys.get(column) == keys["vendor_id"])
        return f"{keys['vendor_id']}, from {next(named, 'a family word of the name')}"
