"""Write the measured tables of `docs/against-other-methods.md`: `python -m tools.write_field_page HOME|RECORDINGS [SEED]`.

The tables stand between the marks `<!-- measured -->` and `<!-- /measured -->`; the rest of the page is written by hand.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import hidden_boards, hidden_cells, hidden_models
from benchmarks.field_data import read_field
from benchmarks.field_report import markdown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "against-other-methods.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def main() -> None:
    """Measure and rewrite the tables of the page."""
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    data = read_field(Path(sys.argv[1]))
    text = "\n\n".join(markdown(run.tables(data, seed)) for run in (hidden_cells, hidden_boards, hidden_models))
    heading = f"Measured on {datetime.now(UTC):%Y-%m-%d} with `--seed {seed}`."
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), f"{heading}\n\n{text}"), encoding="utf-8")
    print(f"wrote {PAGE.name}")


def with_tables(page: str, text: str) -> str:
    """Return the page with new text between the marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    main()
