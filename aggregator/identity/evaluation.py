"""The table `identity_quality` of a build: the match rules on the labelled names of every board, with baselines.

Labelled names of boards that the night does not read are resolved beside the names of the night, as rows of a source
of their own. They reach no other table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.identity.baselines import baselines
from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.hub_evidence import verified_renames
from aggregator.identity.inputs import Inputs
from aggregator.identity.known_ids import known_ids
from aggregator.identity.labels import ARENA, NEEDS_NO_KNOWLEDGE, Label, only_ids, read_labels
from aggregator.identity.quality import (
    METABOARD,
    QUALITY,
    Edges,
    Grouping,
    Measure,
    Measured,
    Members,
    edges_of,
    group_by_model,
    measure_relations,
    members_of,
    quality_rows,
    share,
)
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry
from aggregator.identity.resolve import Resolution, match_models

ARENA_LABELS = "labels.tsv"
"""Names of the Arena; the curated rules were written with knowledge of them."""

OTHER_LABELS = "labels_other_boards.tsv"
"""Names of other boards and of later Arena editions; no row of `aliases.toml` was written for them."""

WITHOUT_CURATED = "without_curated"
"""The method without the rows of `aliases.toml` and `api_names.toml`."""

BASELINE_MEASURES = frozenset({"link_precision", "link_recall", "pair_precision", "pair_recall"})

KEY = ["source", "raw_name"]

SOURCE_SUFFIX = "_labels"
"""Ends the source id of labelled names: `aider_labels`. The first part, as in real sources, is the board's origin."""


LABELLED_IDS = "^(open_llm|mteb|rteb)"
"""The sources whose ids the labels know; a right link to an id of another source would count as wrong."""


@dataclass(frozen=True)
class Night:
    """What identity was given in one night, and what it made of the names."""

    inputs: Inputs
    aliases: pl.DataFrame
    lineage: pl.DataFrame

    @property
    def names(self) -> pl.DataFrame:
        """The names of the night (NAMES)."""
        return self.inputs.names

    @cached_property
    def hub_ids(self) -> pl.DataFrame:
        """`(source, raw_name)` of the Hub ids among which the labels state the right links."""
        is_labelled = pl.col("source").str.contains(LABELLED_IDS)
        return self.names.filter(pl.col("hf_id").is_not_null() & is_labelled).select("source", "raw_name")


def evaluate_build(
    resolution: Resolution, rules: Rules, hub_metadata: pl.DataFrame, published: Registry = NOTHING_PUBLISHED
) -> pl.DataFrame:
    """Return QUALITY of one resolution on the shipped labels; the other arguments are those of `resolve`."""
    inputs = Inputs(resolution.names, hub_metadata, published)
    return evaluate_night(Night(inputs, resolution.aliases, resolution.lineage), rules, shipped_labels(rules))


def evaluate_file(night: Night, rules: Rules, gold: Path) -> pl.DataFrame:
    """Return QUALITY on the labels in `gold`; raises `UsageError` when the file lacks a column."""
    labels = with_current_namespaces(read_labels(gold.read_text(encoding="utf-8"), str(gold)), rules)
    return evaluate_night(night, rules, shipped_labels(rules) | {gold.name: labels}, only=gold.name)


def shipped_labels(rules: Rules) -> dict[str, list[Label]]:
    """Return the shipped labels by file name."""
    package = files("aggregator.identity")
    texts = {file: (package / file).read_text(encoding="utf-8") for file in (ARENA_LABELS, OTHER_LABELS)}
    return {file: with_current_namespaces(read_labels(text, file), rules) for file, text in texts.items()}


def with_current_namespaces(labels: Iterable[Label], rules: Rules) -> list[Label]:
    """Return the labels with the newest name of each canonical namespace, so that two files name one model alike."""
    newest = {renamed.old.lower(): renamed.new.lower() for renamed in rules.renamed}
    found = []
    for label in labels:
        namespace, slash, tail = label.canonical.partition("/")
        found.append(replace(label, canonical=f"{newest.get(namespace, namespace)}{slash}{tail}"))
    return found


def evaluate_night(
    night: Night, rules: Rules, label_sets: Mapping[str, Sequence[Label]], only: str | None = None
) -> pl.DataFrame:
    """Return QUALITY of each label set, by file name: the match rules, the same without curated rows, and baselines.

    `rules` are those of the night. Pairs of names count within a set, and between a set of other boards and the names
    of ARENA_LABELS. With `only`, one set is measured.
    """
    sets = {file: _measurable(labels, night) for file, labels in label_sets.items()}
    arena = sets.get(ARENA_LABELS, [])
    measured = {file: inside for file, inside in sets.items() if only in {None, file}}
    groupings = _groupings(night, rules, list({*arena, *(label for inside in measured.values() for label in inside)}))
    edges, tables = edges_of(night.lineage), [schema.frame(QUALITY)]
    for file, inside in measured.items():
        is_arena = all(label.board == ARENA for label in inside)
        members, context = members_of(inside, parts=is_arena), () if is_arena else arena
        for method, grouping in groupings.items():
            measure = _measures(method, Measure(grouping, context), edges, rules)
            found = [(rows, measure(rows.labels)) for rows in members if _is_wanted(method, rows)]
            tables.append(quality_rows(file, method, found))
    return pl.concat(tables)


def _measurable(labels: Iterable[Label], night: Night) -> list[Label]:
    """Return the labels with the ids that a board lists, without the names that left the Arena."""
    on_boards = set(night.names["raw_name"].str.to_lowercase())
    on_arena = set(night.aliases.filter(pl.col("source").str.starts_with(ARENA))["raw_name"])
    return [only_ids(label, on_boards) for label in labels if label.board != ARENA or label.name in on_arena]


def _is_wanted(method: str, members: Members) -> bool:
    """Return whether to measure: other methods are compared on all names and on those that rules can place."""
    return method == METABOARD or (members.part == "all" and members.kind in {"all", NEEDS_NO_KNOWLEDGE})


def _measures(method: str, measure: Measure, edges: Edges, rules: Rules) -> Callable[[Sequence[Label]], list[Measured]]:
    """Return the function that measures a method on some labels: baselines on links and pairs alone."""
    if method not in {METABOARD, WITHOUT_CURATED}:
        return lambda labels: [row for row in measure(labels) if row[0] in BASELINE_MEASURES]
    model_of = measure.grouping.group
    ids = _id_measures(model_of, rules)
    if method == WITHOUT_CURATED:
        return lambda labels: [*measure(labels), *ids(labels)]
    return lambda labels: [*measure(labels), *ids(labels), measure_relations(labels, model_of, edges)]


def _id_measures(model_of: Mapping[Label, str], rules: Rules) -> Callable[[Sequence[Label]], list[Measured]]:
    """Return the function that measures the share of names with the labelled publisher, and with the whole id."""
    publisher = {
        label for label, model in model_of.items() if _publisher(model, rules) == _publisher(label.canonical, rules)
    }
    whole = {label for label, model in model_of.items() if model.lower() == label.canonical}

    def measure(labels: Sequence[Label]) -> list[Measured]:
        return [
            share("publisher_right", len(publisher.intersection(labels)), len(labels)),
            share("whole_id_right", len(whole.intersection(labels)), len(labels)),
        ]

    return measure


def _publisher(model_id: str, rules: Rules) -> str:
    """Return the organization of a model id, or the key of its namespace when no organization owns that."""
    namespace = model_id.partition("/")[0].lower()
    owners = rules.organizations_by_namespace.get(namespace)
    key = organization_key(namespace)
    return owners[0] if owners else rules.organization_by_name.get(key, key)


def _groupings(night: Night, rules: Rules, labels: Sequence[Label]) -> dict[str, Grouping]:
    """Return the grouping of the labels by every method."""
    names = relevant_names(pl.concat([night.names, label_names(labels)]), rules)
    published = _models(night.aliases)
    # The registry has ids that curated rows gave.
    without_curated = rules.without_curated_names()
    renames = verified_renames(night.inputs.hub_models, rules)
    unpublished = known_ids(night.inputs.names, night.inputs.hub_models, NOTHING_PUBLISHED)
    known = unpublished.with_published(night.inputs.published)
    placed = {
        METABOARD: match_models(names, rules.with_moved(renames), renames, known),
        WITHOUT_CURATED: match_models(names, without_curated.with_moved(renames), renames, unpublished),
    }
    found = {}
    for method, matched in placed.items():
        models = _models(matched) | (published if method == METABOARD else {})
        model_of = {label: _model_of(label, models) for label in labels}
        found[method] = group_by_model(
            labels, model_of, _with_other_rows(matched, night.aliases).join(night.hub_ids, on=KEY)
        )
    return found | baselines(labels, night.hub_ids["raw_name"].str.to_lowercase())


def _with_other_rows(matched: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Return `matched` with the rows of `aliases` that no label can change."""
    columns = [*KEY, "model_id"]
    return pl.concat([matched.select(columns), aliases.join(matched, on=KEY, how="anti").select(columns)])


def relevant_names(names: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the names without an id, and the ids that one of them can match.

    These are ids of an organization that is curated or that a row states, and ids that are a name themselves.
    """
    bare = names.filter(pl.col("hf_id").is_null())
    prefixes = [part for name in bare["raw_name"].unique() if "/" in name for part in name.split("/")[:-1]]
    stated = {organization_key(text) for text in (*prefixes, *bare["organization"].drop_nulls().unique())}
    lower = pl.col("hf_id").str.to_lowercase()
    namespace = lower.str.extract(r"^([^/]+)/")
    return names.filter(
        pl.col("hf_id").is_null()
        | namespace.is_in(sorted(rules.organizations_by_namespace))
        | namespace.str.replace_all(r"[^\p{L}\p{N}]", "").is_in(sorted(stated))
        | lower.is_in(bare["raw_name"].str.to_lowercase().unique().implode())
    )


def _models(matched: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return the model by `(source, raw_name)`; the Arena's boards share their names, so each has the source `arena`."""
    source = (
        pl.when(pl.col("source").str.ends_with(SOURCE_SUFFIX))
        .then("source")
        .otherwise(pl.col("source").str.extract(f"^({ARENA})"))
    )
    rows = (
        matched.filter(pl.col("hf_id").is_null() if "hf_id" in matched.columns else True)
        .select(source, "raw_name", "model_id")
        .drop_nulls()
    )
    return {(board, name): model for board, name, model in rows.iter_rows()}


def _model_of(label: Label, models: Mapping[tuple[str, str], str]) -> str:
    return models.get((label.board, label.name)) or models[label.board + SOURCE_SUFFIX, label.name]


def label_names(labels: Iterable[Label]) -> pl.DataFrame:
    """Return NAMES of the labels: rows as their board would give them, each under a source of its own."""
    rows: list[dict[str, object]] = [
        {
            "source": label.board + SOURCE_SUFFIX,
            "raw_name": label.name,
            "organization": label.organization,
            "license": label.license,
            "open_weights": None if label.license is None else label.license != "proprietary",
            "kind": "chat" if label.board.startswith(ARENA) else None,
        }
        for label in labels
    ]
    return schema.frame(schema.NAMES, rows).unique(["source", "raw_name"], keep="first", maintain_order=True)
