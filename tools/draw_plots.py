"""Draw the plots of `docs/how-the-rank-works.md` from the current generation of a home directory: `make plots`."""

import sys
from pathlib import Path

import matplotlib as mpl
import polars as pl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aggregator.query import queries

mpl.use("Agg")
PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
COLORS = {"A": "#1b6ca8", "B": "#c0632b"}
SHOWN_MODELS = 40
"""How many releases the plot of the places shows."""
DOMAIN_MODELS, SEVERAL_BOARDS = 6, 4
"""How many releases the plot of the domains shows, and the fewest leaderboards of each."""

PLACES = """
select name, rank, rank_low, rank_high, evidence
from releases
where track = 'llm' and rank is not null
order by rank
limit $n
"""

DOMAINS = """
select r.name, r.rank, d.domain, d.ability, d.ability_low, d.ability_high, d.benchmarks
from releases as r
inner join domain_abilities as d on d.grain = 'release' and d.id = r.release_id
where r.track = 'llm' and r.rank is not null and r.boards >= $boards and d.borrowed < 1
qualify dense_rank() over (order by r.rank) <= $n
order by r.rank, d.domain
"""

AGREEMENT = """
select right_name, published_on, n_models, spearman, spearman_low, spearman_high
from agreement
where grain = 'date' and shared = 'shared' and left_name = 'arena_text/overall' and starts_with(right_name, 'open_llm')
order by right_name, published_on
"""


def main() -> None:
    """Draw the plots and print their folder."""
    home = Path(sys.argv[1])
    PICTURES.mkdir(parents=True, exist_ok=True)
    with queries.open_current(home) as connection:
        best = queries.fetch_rows(connection, PLACES, {"n": SHOWN_MODELS})
        by_domain = queries.fetch_rows(connection, DOMAINS, {"boards": SEVERAL_BOARDS, "n": DOMAIN_MODELS})
        dates = queries.fetch_rows(connection, AGREEMENT)
    draw_places(pl.DataFrame(best), PICTURES / "places.png")
    draw_domains(pl.DataFrame(by_domain), PICTURES / "domains.png")
    draw_agreement(pl.DataFrame(dates), PICTURES / "agreement-over-time.png")
    print(f"wrote three plots to {PICTURES.name}/")


def draw_places(best: pl.DataFrame, path: Path) -> None:
    """Draw the place of the best releases, each with its 90 % interval."""
    figure, axes = _make_axes(height=8.5)
    for row, (name, rank, low, high, evidence) in enumerate(best.iter_rows()):
        axes.plot([low, high], [row, row], color=COLORS[evidence], linewidth=2.5, alpha=0.45, solid_capstyle="round")
        axes.plot(rank, row, "o", color=COLORS[evidence], markersize=4)
        axes.annotate(name, (low, row), textcoords="offset points", xytext=(-5, 0), ha="right", va="center", fontsize=7)
    axes.set_yticks([])
    axes.invert_yaxis()
    last = max(best["rank_high"].to_list())
    axes.set_xlim(-last / 2, last + 1)
    axes.set_xticks([1, *range(10, last + 1, 10)])
    axes.set_xlabel("place with its 90 % interval; blue: two leaderboards or more, orange: one")
    axes.set_title(f"The places of the first {best.height} releases", loc="left", fontsize=10)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def draw_domains(table: pl.DataFrame, path: Path) -> None:
    """Draw the ability by domain of some releases on many leaderboards, each with its 90 % interval."""
    names = table["name"].unique(maintain_order=True).to_list()
    domains = table["domain"].unique().sort().to_list()
    figure, axes = _make_axes(height=0.42 * len(domains) + 1.5)
    step = 0.8 / max(len(names), 1)
    for at, name in enumerate(names):
        part = table.filter(pl.col("name") == name)
        rows = [domains.index(domain) + step * (at - (len(names) - 1) / 2) for domain in part["domain"]]
        line = axes.plot(part["ability"], rows, "o", markersize=4, label=name)[0]
        axes.hlines(rows, part["ability_low"], part["ability_high"], color=line.get_color(), linewidth=2, alpha=0.4)
    axes.set_yticks(range(len(domains)), domains)
    axes.invert_yaxis()
    axes.set_xlabel("ability in the domain with its 90 % interval")
    axes.set_title("Six releases by domain", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, dpi=110, bbox_inches="tight")


def draw_agreement(dates: pl.DataFrame, path: Path) -> None:
    """Draw the rank correlation of each Arena date with the two Open LLM leaderboards."""
    figure, axes = _make_axes(height=4.2)
    for (board,), part in dates.group_by(["right_name"], maintain_order=True):
        color = COLORS["A"] if board == "open_llm_v2" else COLORS["B"]
        axes.plot(part["published_on"].to_list(), part["spearman"], color=color, label=str(board))
        axes.fill_between(
            part["published_on"].to_list(), part["spearman_low"], part["spearman_high"], color=color, alpha=0.15
        )
    axes.set_ylim(0, 1)
    axes.set_ylabel("Spearman correlation with Chatbot Arena")
    axes.set_title(
        "Do the leaderboards agree? Each Arena date against the Open LLM boards, 90 % intervals",
        loc="left",
        fontsize=10,
    )
    axes.legend(frameon=False, loc="lower left")
    figure.savefig(path, dpi=110, bbox_inches="tight")


def _make_axes(height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(8.5, height))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.tick_params(labelsize=8)
    return figure, axes


if __name__ == "__main__":
    main()
