"""The plain tables of the site: what each asks, and how each of its columns is to be read."""

from dataclasses import dataclass, field

from aggregator.query.queries import rows
from aggregator.site.data_script import table
from aggregator.site.optional_query import File


@dataclass(frozen=True)
class Column:
    """One column: its key in the answer, its heading, and its kind, by which the page aligns, formats and links it.

    Kinds: text, words, model, models, board, benchmark, link, status, event, yes, date, time; the numbers count, place,
    number, whole, percent, share, ratio, small; and ranged, ranged-share, ranged-ratio, which show an interval too.
    """

    key: str
    title: str
    kind: str = "text"
    wide: int = 1
    """Its share of the width."""
    phone: bool = True
    """Whether a narrow screen shows it too."""
    low: str = ""
    """For the ranged kinds: the key of the low end of its interval."""
    high: str = ""


@dataclass(frozen=True)
class Sheet:
    """One table of the site, written to `data/<name>.js`."""

    name: str
    title: str
    question: str
    needs: tuple[str, ...]
    columns: tuple[Column, ...]
    searched: bool = True
    empty: str = "Nothing to list in this generation."
    facets: tuple[str, ...] = field(default=())
    """Columns of few values that a reader may choose from."""

    def data(self, file: File) -> dict[str, object]:
        """Return its rows for a script."""
        keys = [key for column in self.columns for key in (column.key, column.low, column.high) if key]
        found = rows(file.connection, self.question) if file.has(*self.needs) else []
        return table(keys, [[row[key] for key in keys] for row in found]) | {
            "about": [vars(column) for column in self.columns],
            "empty": self.empty,
            "facets": list(self.facets),
            "title": self.title,
        }


def _best(board: str, title: str) -> tuple[Column, Column]:
    return (
        Column(f"best_{board}_model", f"Best on {title}", "model", 3, phone=False),
        Column(f"best_{board}_rank", "Place", "place", phone=False),
    )


_MEETING = (
    Column("rank", "Rank", "ranged", low="rank_low", high="rank_high"),
    Column("boards", "Boards", "count"),
    *_best("arena", "Arena"),
    *_best("open_llm", "Open LLM"),
    *_best("mteb", "MTEB"),
    Column("models", "Models", "count"),
)
FAMILIES = Sheet(
    "families",
    "Lineages",
    "from families order by rank nulls last, boards desc, models desc, family",
    ("families",),
    (Column("family", "Family", "model", 3), *_MEETING),
)
ORGANIZATIONS = Sheet(
    "organizations",
    "Organisations",
    "from organizations order by rank nulls last, boards desc, models desc, organization",
    ("organizations",),
    (Column("organization", "Organisation", "text", 2), *_MEETING),
)
AGREEMENT = Sheet(
    "agreement",
    "Agreement of leaderboards and benchmarks",
    "select grain, shared, left_name, right_name, if(grain = 'date', published_on, null) as published_on, n_models,"
    " spearman, spearman_low, spearman_high, kendall, kendall_low, kendall_high"
    " from agreement order by grain, left_name, right_name, published_on, shared",
    ("agreement",),
    (
        Column("grain", "Of", "text"),
        Column("left_name", "One", "board", 2),
        Column("right_name", "Other", "board", 2),
        Column("published_on", "Edition", "date"),
        Column("shared", "Models", "text", phone=False),
        Column("n_models", "Shared", "count"),
        Column("spearman", "Spearman", "ranged-ratio", low="spearman_low", high="spearman_high"),
        Column("kendall", "Kendall", "ranged-ratio", phone=False, low="kendall_low", high="kendall_high"),
    ),
    facets=("grain", "shared"),
)
MEETINGS = Sheet(
    "meetings",
    "Models on both Chatbot Arena and an Open LLM Leaderboard",
    "select model_id, arena_rating, arena_rating_low, arena_rating_high, open_llm_v2_score, open_llm_v1_score, params_b, organization"
    " from leaderboard where arena_rating is not null and coalesce(open_llm_v2_score, open_llm_v1_score) is not null"
    " order by arena_rating desc",
    ("leaderboard",),
    (
        Column("model_id", "Model", "model", 3),
        Column("arena_rating", "Arena rating", "ranged", low="arena_rating_low", high="arena_rating_high"),
        Column("open_llm_v2_score", "Open LLM v2", "number"),
        Column("open_llm_v1_score", "Open LLM v1", "number"),
        Column("params_b", "Size, B", "number", phone=False),
        Column("organization", "By", "text", phone=False),
    ),
)
GEMS = Sheet(
    "gems",
    "Gems",
    "from gems order by ability - usual_ability desc, model_id",
    ("gems",),
    (
        Column("model_id", "Model", "model", 3),
        Column("params_b", "Size, B", "number"),
        Column("kind", "Kind", "words"),
        Column("license", "Licence", "text", phone=False),
        Column("ability", "Ability", "whole"),
        Column("usual_ability", "Usual for its size", "whole"),
        Column("likes", "Likes", "count", phone=False),
        Column("downloads", "Downloads", "count", phone=False),
        Column("reason", "Why it is here", "text", 4, phone=False),
    ),
)
OUTLIERS = Sheet(
    "outliers",
    "Oddities",
    "select * from outliers order by abs(robust_z) desc, model_id, benchmark",
    ("outliers",),
    (
        Column("model_id", "Model", "model", 3),
        Column("benchmark", "Benchmark", "benchmark", 2),
        Column("direction", "Unusually", "text"),
        Column("score", "Score", "number"),
        Column("usual", "Usual", "number"),
        Column("robust_z", "Robust z", "number"),
        Column("q_value", "False-discovery share", "small", phone=False),
        Column("kind_group", "Among", "text", phone=False),
        Column("n_window", "Models", "count", phone=False),
        Column("flagged", "Flagged by the board", "yes", phone=False),
        Column("reason", "In words", "text", 4, phone=False),
    ),
    facets=("benchmark", "direction", "kind_group"),
)
ESTIMATES = Sheet(
    "estimates",
    "What Chatbot Arena might say",
    "select e.model_id, e.estimate, e.low, e.high, l.kind, l.params_b, l.organization from arena_estimates as e"
    " left join leaderboard as l using (model_id) where e.estimate is not null order by e.estimate desc, e.model_id",
    ("arena_estimates", "leaderboard"),
    (
        Column("model_id", "Model", "model", 3),
        Column("estimate", "Estimated rating", "ranged", low="low", high="high"),
        Column("kind", "Kind", "words", phone=False),
        Column("params_b", "Size, B", "number", phone=False),
        Column("organization", "By", "text", phone=False),
    ),
)
ALIASES = Sheet(
    "aliases",
    "Every name and why it is that model",
    "select a.model_id, a.raw_name, string_agg(a.source, ', ' order by a.source) as sources, a.rung, a.confidence, a.evidence"
    " from aliases as a where a.rung <> 'hf_id' group by all order by a.confidence, a.raw_name",
    ("aliases",),
    (
        Column("raw_name", "Name on the board", "text", 2),
        Column("model_id", "is the model", "model", 2),
        Column("rung", "by rule", "words"),
        Column("confidence", "Confidence", "percent"),
        Column("sources", "on", "text", 2, phone=False),
        Column("evidence", "Evidence", "text", 3, phone=False),
    ),
    facets=("rung",),
)
UNRESOLVED = Sheet(
    "unresolved",
    "Names that wait for a person",
    "from unresolved order by best_rank nulls last, source, raw_name",
    ("unresolved",),
    (
        Column("raw_name", "Name", "text", 2),
        Column("source", "Leaderboard", "board", 2, phone=False),
        Column("best_rank", "Best place", "place"),
        Column("candidates", "Near", "models", 3),
        Column("reason", "Why no rule placed it", "text", 3, phone=False),
    ),
    empty="No name waits: every one is placed by a rule.",
)
QUALITY = Sheet(
    "quality",
    "Measured on labelled names",
    "from identity_quality order by part, class <> 'all', class, measure",
    ("identity_quality",),
    (
        Column("measure", "Measure", "words", 2),
        Column("class", "Of names", "text", 2),
        Column("part", "Labels", "text"),
        Column("value", "Value", "ranged-share", low="low", high="high"),
        Column("right_decisions", "Right", "count", phone=False),
        Column("decisions", "of", "count"),
    ),
    empty="This generation was built without labelled names.",
    facets=("part", "class", "measure"),
)
SOURCES = Sheet(
    "sources",
    "Leaderboards",
    "select r.source, coalesce(s.title, r.source) as title, r.status, r.published_on, r.retrieved_at, r.age_days, s.frozen_on,"
    " r.rows_read, r.rows_accepted, r.rows_quarantined, r.rows_duplicate, r.message, s.license, s.homepage"
    " from refresh_report as r left join sources as s using (source) order by s.priority nulls last, r.source",
    ("refresh_report", "sources"),
    (
        Column("title", "Leaderboard", "text", 2),
        Column("status", "Status", "status"),
        Column("published_on", "Edition", "date"),
        Column("age_days", "Age, days", "count"),
        Column("frozen_on", "Stopped", "date", phone=False),
        Column("rows_read", "Rows read", "count", phone=False),
        Column("rows_accepted", "used", "count", phone=False),
        Column("rows_quarantined", "held out", "count", phone=False),
        Column("rows_duplicate", "repeated", "count", phone=False),
        Column("license", "Licence", "text", phone=False),
        Column("homepage", "Read it there", "link", 2, phone=False),
        Column("message", "What went wrong", "text", 2, phone=False),
    ),
    searched=False,
)
QUARANTINED = Sheet(
    "quarantined",
    "Rows held out",
    "from quarantined order by source, file, row",
    ("quarantined",),
    (
        Column("source", "Leaderboard", "board", 2),
        Column("raw_name", "Model", "text", 2),
        Column("row", "Row", "count", phone=False),
        Column("reason", "Why", "text", 3),
    ),
    empty="No row was held out.",
    facets=("source",),
)
CHANGES = Sheet(
    "changes",
    "Changes",
    "select published_on, source, event, model_id, rank_before, rank_after, score_before, score_after, shift, noise"
    " from changes order by published_on desc, source, coalesce(rank_after, rank_before), model_id",
    ("changes",),
    (
        Column("published_on", "Edition", "date"),
        Column("source", "Leaderboard", "board", 2, phone=False),
        Column("event", "Event", "event"),
        Column("model_id", "Model", "model", 3),
        Column("rank_before", "Place before", "place", phone=False),
        Column("rank_after", "now", "place"),
        Column("score_before", "Score before", "number", phone=False),
        Column("score_after", "now", "number", phone=False),
        Column("shift", "Shift", "number", phone=False),
        Column("noise", "of noise", "number", phone=False),
    ),
    empty="No edition after the first has been read yet.",
    facets=("source", "event"),
)
METHOD_AGREEMENT = Sheet(
    "method_agreement",
    "How far other methods agree",
    "from method_agreement order by track desc, kendall desc",
    ("method_agreement",),
    (
        Column("track", "Track", "text"),
        Column("method", "Method", "words", 2),
        Column("n_models", "Models", "count"),
        Column("kendall", "Kendall", "ratio"),
        Column("spearman", "Spearman", "ratio", phone=False),
        Column("median_move", "Median move", "count", phone=False),
        Column("p90_move", "90 % move at most", "count", phone=False),
        Column("inside_interval", "Stay inside the interval", "share"),
        Column("top_shared", "of the first 20", "count", phone=False),
    ),
    searched=False,
)
SHEETS = (
    FAMILIES,
    ORGANIZATIONS,
    AGREEMENT,
    MEETINGS,
    GEMS,
    OUTLIERS,
    ESTIMATES,
    ALIASES,
    UNRESOLVED,
    QUALITY,
    SOURCES,
    QUARANTINED,
    CHANGES,
    METHOD_AGREEMENT,
)
