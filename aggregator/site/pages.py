"""The list of pages with the scripts that each loads, and the rendering of their HTML."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.site.tables import SHEETS

TABLE, PLOT = "table", "plot"

# Inline scripts and styles are forbidden, except the style element that Observable Plot adds to each drawing.
PLOT_STYLE = "sha256-jSYQUrW7J0b3jPqhZP9C2Xh1PyJKHKXd4s0fpGGKrww="
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' '{plot}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Page:
    """One page, from the template `<name>.html`."""

    name: str
    title: str
    summary: str
    parts: tuple[str, ...] = (TABLE,)
    """Bundled libraries that the page loads."""
    data: tuple[str, ...] = ()
    """Data scripts that the page loads first; the data of its tables are loaded later."""
    is_listed: bool = True
    """Whether the navigation shows it."""
    address: str = ""
    """The published file name, if it differs from the name."""

    @property
    def file(self) -> str:
        """The published file name."""
        return self.address or f"{self.name}.html"

    @property
    def policy(self) -> str:
        """The content security policy."""
        return CONSOLE_POLICY if self.name == "console" else POLICY.format(plot=PLOT_STYLE)


PAGES = (
    Page("index", "Leaderboard", "The best models, with intervals and evidence.", data=("leaderboard",)),
    Page("families", "Families", "Which base model to start from, by lineage.", (TABLE,), ("common",)),
    Page("boards", "Boards", "How far the leaderboards agree.", (TABLE, PLOT), ("common", "agreement", "meetings")),
    Page(
        "outliers",
        "Outliers",
        "Unusual scores, and strong models that few people use.",
        (TABLE, PLOT),
        ("common", "gems"),
        address="oddities.html",
    ),
    Page(
        "identity",
        "Identity",
        "Which names are the same model, and how often that is correct.",
        (TABLE, PLOT),
        ("common", "quality"),
    ),
    Page(
        "health", "Health", "The age of each leaderboard, and the results of the last refreshes.", (TABLE,), ("common",)
    ),
    Page("changes", "Changes", "New models, removed models, and moves beyond noise.", (TABLE,), ("common",)),
    Page(
        "how",
        "How the rank works",
        "How scores with few shared models become one rank.",
        (TABLE, PLOT),
        ("common", "leaderboard"),
    ),
    Page("console", "SQL", "Query the DuckDB file in this browser.", ()),
    Page("model", "Model", "All scores and names of one model.", (PLOT,), ("common",), is_listed=False),
)


def make_environment() -> Environment:
    """Return the template environment: every value is escaped, an undefined one is an error."""
    templates = Environment(
        loader=PackageLoader("aggregator.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["sheets"] = {sheet.name: sheet for sheet in SHEETS}
    return templates


def render_page(page: Page, facts: dict[str, object], environment: Environment) -> bytes:
    """Return the HTML of one page."""
    template = environment.get_template(f"{page.name}.html")
    return template.render(page=page, pages=[other for other in PAGES if other.is_listed], **facts).encode()
