"""The pages: which there are, which scripts each needs, and their HTML."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.site.tables import SHEETS

TABLE, PLOT = "table", "plot"

# No inline script or style anywhere; the one hash is of the style element that Observable Plot puts into each drawing.
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
    """One page: `<name>.html` from the template of that name."""

    name: str
    title: str
    summary: str
    parts: tuple[str, ...] = (TABLE,)
    """Vendored parts that it loads."""
    data: tuple[str, ...] = ()
    """Data scripts that it loads before its own; sheets are added by the template."""
    listed: bool = True

    @property
    def policy(self) -> str:
        """Its content security policy."""
        return CONSOLE_POLICY if self.name == "console" else POLICY.format(plot=PLOT_STYLE)


PAGES = (
    Page(
        "index", "Leaderboard", "Who is best, how sure that is, and where the number comes from.", data=("leaderboard",)
    ),
    Page("families", "Families", "Which base model to start from, by lineage.", (TABLE,), ("common",)),
    Page("boards", "Boards", "How far the leaderboards agree.", (TABLE, PLOT), ("common", "agreement", "meetings")),
    Page("oddities", "Oddities and gems", "Scores that deserve a second look.", (TABLE, PLOT), ("common", "gems")),
    Page(
        "identity",
        "Identity",
        "Which names are the same model, and how often that is right.",
        (TABLE, PLOT),
        ("common", "quality"),
    ),
    Page("health", "Health", "How old each leaderboard is, and what the last refreshes did.", (TABLE,), ("common",)),
    Page("changes", "Changes", "New, gone, and moved further than noise explains.", (TABLE,), ("common",)),
    Page(
        "how",
        "How the rank works",
        "From scores that share few models to one rank.",
        (TABLE, PLOT),
        ("common", "leaderboard"),
    ),
    Page("console", "SQL", "Ask the file anything, in this browser.", ()),
    Page("model", "Model", "All that the leaderboards say of one model.", (PLOT,), ("common",), listed=False),
)


def environment() -> Environment:
    """Return the templates, every value escaped and every missing one an error."""
    made = Environment(
        loader=PackageLoader("aggregator.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["sheets"] = {sheet.name: sheet for sheet in SHEETS}
    return made


def render(page: Page, about: dict[str, object], environment: Environment) -> bytes:
    """Return the HTML of one page."""
    template = environment.get_template(f"{page.name}.html")
    return template.render(page=page, pages=[other for other in PAGES if other.listed], **about).encode()
