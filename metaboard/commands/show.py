"""`metaboard show`: print everything about one model."""

from itertools import groupby
from typing import Annotated

import typer
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from aggregator.query import model_page, queries
from aggregator.query.model_page import ModelPage
from aggregator.query.queries import Row
from aggregator.text import billions, counted, number, visible
from metaboard import columns, rank_words
from metaboard.display import Column, plain_text, print_heading, print_json, print_message, print_table, result_console
from metaboard.options import HomeOption, JsonOption
from metaboard.typed_names import choose_model

SHOWN_CHILDREN = 10
"""How many derived models are printed; `--json` has all."""


STANDINGS = (
    columns.text_column("short_title", "leaderboard", priority=100),
    columns.right_column("place", lambda row: f"{number(row['rank'])} of {number(row['models'])}", priority=95),
    columns.interval_column("score", priority=90),
    columns.text_column("published_on", "published", priority=80),
    columns.text_column("in_rank", "in the rank", priority=40),
    columns.text_column("raw_name", "listed as", priority=50, can_wrap=True),
)
DOMAINS = (
    columns.text_column("domain", priority=100),
    columns.interval_column("rank", priority=95),
    columns.number_column("of", priority=70),
    columns.right_column("ability", columns.format_ability, priority=90),
    columns.right_column("better than", lambda row: rank_words.format_percentile(row["percentile"]), priority=60),
    columns.number_column("benchmarks", priority=65),
    Column("evidence", rank_words.format_borrowed, 80),
)


def show(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A model id, a name on any leaderboard, an address, or words of the name: `llama 3.1 70b instruct`.",
        ),
    ],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Show everything about one model: ranks, scores, names with the evidence of each match, lineage and history."""
    with queries.open_current(home) as connection:
        page = model_page.read_model_page(connection, choose_model(connection, model))
    if as_json:
        print_json(vars(page))
        return
    result_console().print(Group(*_format_facts(page)))
    _print_domains(page)
    print_heading("On the leaderboards")
    print_table(STANDINGS, page.boards)
    _print_settings(page)
    _print_scores(page)
    print_heading("Names and evidence")
    _print_names(page)
    _print_lineage(page)
    _print_history(page)
    if page.domains:
        print_message(f"`metaboard predict {page.model['model_id']}` predicts its scores on benchmarks without one.")


def _format_facts(page: ModelPage) -> list[RenderableType]:
    model = page.model
    facts = [
        columns.format_value(model["kind"]),
        billions(model["params_b"])
        + (f" ({billions(model['active_params_b'])} active)" if model["active_params_b"] else ""),
        columns.format_value(model["license"]),
        {True: "open weights", False: "weights not public", None: ""}[model["open_weights"]],  # type: ignore[index] # the column is boolean or null
        f"by {model['organization']}" if model["organization"] else "",
        "flagged by a leaderboard" if model["flagged"] else "",
        "a merge" if model["merged"] else "",
    ]
    return [
        plain_text(model["name"], "bold"),
        plain_text(model["model_id"], "dim"),
        plain_text(" · ".join(fact for fact in facts if fact)),
        *(plain_text(_format_dispute(dispute)) for dispute in page.disputed_facts),
        *(plain_text(line) for line in _describe_rank(page)),
    ]


def _format_dispute(dispute: Row) -> str:
    """Return a stated fact that the name or lineage of the model contradicts, with both values."""
    value, other = (columns.format_value(dispute[column]) for column in ("value", "other_value"))
    return f"Disputed {dispute['fact']}: {value} as stated, {other} by {dispute['reason']}."


def _describe_rank(page: ModelPage) -> list[str]:
    """Return the rank of the release, that of this setting where they differ, and the evidence, a sentence a line."""
    model, release = page.model, page.release
    if release.get("rank") is None or model.get("copy_of") or model.get("flagged"):
        return [line for line in (_why_unranked(model), rank_words.evidence_sentence(model)) if line]
    lines = [
        rank_words.rank_sentence(release, "releases"),
        rank_words.comparison_sentence(release),
        rank_words.evidence_sentence(release),
    ]
    if len(page.settings) > 1:
        is_ranked = model.get("rank") is not None
        of_setting = rank_words.rank_sentence(model, "settings") if is_ranked else _why_unranked(model)
        lines.append(f"This setting: {of_setting}")
    return [line for line in lines if line]


def _why_unranked(model: Row) -> str:
    """Return why a model has no combined rank, as a sentence."""
    if model.get("rank") is not None:
        return ""
    if model.get("copy_of"):
        reason = f"it is a copy of {model['copy_of']}"
    elif model.get("flagged"):
        reason = "a leaderboard flagged it"
    elif model.get("evidence") == "C":
        reason = "it has too few scores, so its ability is extrapolated"
    else:
        reason = "no ranked leaderboard lists this model today"
    return f"No combined rank in track {model['track']}: {reason}."


def _print_domains(page: ModelPage) -> None:
    """Print the ability in each domain, with its place, and how much of it is borrowed."""
    if not page.domains:
        return
    print_heading("By domain")
    print_table(DOMAINS, page.domains)
    result_console().print(
        plain_text("Borrowed: estimated from the overall ability, for want of benchmarks of the domain.", "dim")
    )


def _print_settings(page: ModelPage) -> None:
    """Print the other settings and builds of the release with their place on each leaderboard."""
    if len(page.settings) < 2:
        return
    titles = {str(board["source"]): str(board["short_title"]) for row in page.settings for board in row["boards"]}  # type: ignore[attr-defined] # the column is a list of rows
    print_heading(f"Settings and builds of {page.release['release_id']}")
    shown = [
        columns.text_column("name", "model", priority=100, can_wrap=True),
        columns.number_column("rank", "combined", priority=95),
        *(
            columns.number_column(source, columns.two_lines(title), priority=90 - at)
            for at, (source, title) in enumerate(titles.items())
        ),
    ]
    rows = [row | {str(board["source"]): board["rank"] for board in row["boards"]} for row in page.settings]  # type: ignore[attr-defined] # as above
    dropped = print_table(shown, rows)
    rank = f"rank {number(page.release['rank'])} among releases" if page.release["rank"] else "no rank among releases"
    more = f"; --json also has {', '.join(title.replace(chr(10), ' ') for title in dropped)}" if dropped else ""
    result_console().print(plain_text(f"Default setting: {page.release['model_id']}, {rank}{more}."))


def _print_scores(page: ModelPage) -> None:
    console = result_console()
    for source, scores in groupby(page.scores, key=lambda row: str(row["source"])):
        print_heading(f"Scores: {source}")
        lines = [(visible(_short_benchmark(row)), _format_score(row), _format_origin(row)) for row in scores]
        widest, longest = (max(len(line[at]) for line in lines) for at in (0, 1))
        cells = [(f"{benchmark:<{widest}}  {score:>{longest}}", origin) for benchmark, score, origin in lines]
        if plain := [Text(cell) for cell, origin in cells if not origin]:
            console.print(Columns(plain, padding=(0, 4), column_first=True))
        for cell, origin in cells:
            if origin:
                console.print(plain_text(f"{cell}  {origin}"), soft_wrap=True)


def _format_score(row: Row) -> str:
    return columns.format_cell_interval("score", row)


def _format_origin(row: Row) -> str:
    """Return why the combined rank does not use a score: it is self-reported, or a copy of another one."""
    reference = f" ({row['reference']})" if row["reference"] else ""
    reported = f"self-reported{reference}" if row["measured_by"] == "self_reported" else ""
    return f"same result as {row['same_as']}{reference}" if row["same_as"] else reported


def _short_benchmark(row: Row) -> str:
    return str(row["benchmark"]).partition("/")[2] or str(row["benchmark"])


def _print_names(page: ModelPage) -> None:
    """Print each raw name once, with its leaderboards, match rule and evidence."""
    used: dict[tuple[object, ...], list[str]] = {}
    for alias in page.aliases:
        used.setdefault(tuple(alias[part] for part in ("raw_name", "rung", "confidence", "evidence")), []).append(
            str(alias["source"])
        )
    for (raw_name, rung, confidence, evidence), sources in used.items():
        result_console().print(plain_text(f"{raw_name} on {', '.join(sources)}"))
        result_console().print(Padding(plain_text(f"{rung} ({number(confidence)}): {evidence}", "dim"), (0, 0, 0, 2)))


def _print_lineage(page: ModelPage) -> None:
    if not page.parents and not page.children:
        return
    console = result_console()
    print_heading("Lineage")
    for edge in page.parents:
        console.print(plain_text(f" {edge['relation']} {edge['parent_id']} ({edge['source']}: {edge['evidence']})"))
    for edge in page.children[:SHOWN_CHILDREN]:
        relation = "has same_scores as" if edge["relation"] == "same_scores" else f"is {edge['relation']}"
        console.print(plain_text(f" {edge['model_id']} {relation} it ({edge['source']})"))
    if (more := len(page.children) - SHOWN_CHILDREN) > 0:
        console.print(plain_text(f" and {more:,} more; --json prints all"))


def _print_history(page: ModelPage) -> None:
    if not page.history:
        return
    newest = page.history[0]
    print_heading("History")
    result_console().print(
        plain_text(
            f" {newest['benchmark']}: {counted(newest['dates'], 'date')} from {newest['first_on']} to {newest['last_on']},"
            f" best place {number(newest['best_rank'])} on {newest['best_on']}, last {number(newest['last_rank'])}"
        )
    )
