"""Draw the two plots of `docs/how-the-rank-works.md` from the current generation of a home directory: `make plots`."""

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
"""How many models the first plot shows."""

ABILITIES = """
select name, ability, ability_low, ability_high, evidence
from leaderboard
where track = 'llm' and rank is not null and boards >= $boards
order by rank
limit $n
"""

AGREEMENT = """
select right_name, published_on, n_models, spearman, spearman_low, spearman_high
from agreement
where grain = 'date' and shared = 'shared' and left_name = 'arena_text/overall'
order by right_name, published_on
"""


def main() -> None:
    """Draw both plots and print their folder."""
    home = Path(sys.argv[1])
    PICTURES.mkdir(parents=True, exist_ok=True)
    with queries.open_current(home) as connection:
        best = queries.fetch_rows(connection, ABILITIES, {"boards": 2, "n": SHOWN_MODELS})
        dates = queries.fetch_rows(connection, AGREEMENT)
    draw_abilities(pl.DataFrame(best), PICTURES / "abilities.png")
    draw_agreement(pl.DataFrame(dates), PICTURES / "agreement-over-time.png")
    print(f"wrote two plots to {PICTURES.name}/")


def draw_abilities(best: pl.DataFrame, path: Path) -> None:
    """Draw the abilities of the best models on two or more leaderboards, each with its 90 % interval."""
    figure, axes = _make_axes(height=8.5)
    for place, (name, ability, low, high, evidence) in enumerate(best.iter_rows()):
        axes.plot(
            [low, high], [place, place], color=COLORS[evidence], linewidth=2.5, alpha=0.45, solid_capstyle="round"
        )
        axes.plot(ability, place, "o", color=COLORS[evidence], markersize=4)
        axes.annotate(
            name, (low, place), textcoords="offset points", xytext=(-5, 0), ha="right", va="center", fontsize=7
        )
    axes.set_yticks([])
    axes.invert_yaxis()
    left, right = (
        best.select(pl.col(name).cast(pl.Float64)).to_series().to_list() for name in ("ability_low", "ability_high")
    )
    axes.set_xlim(min(left) - 130, max(right) + 10)
    axes.set_xlabel("ability with its 90 % interval (reference cohort: mean 1000, standard deviation 100)")
    axes.set_title(f"The {best.height} best models that two leaderboards or more list", loc="left", fontsize=10)
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
