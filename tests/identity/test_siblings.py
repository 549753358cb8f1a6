"""Names that differ by little and are two models, in several writings: none of the pairs is merged on the recordings."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from aggregator import schema
from aggregator.identity import resolve
from tests.support.names import recorded_names

pytestmark = pytest.mark.recordings

PAIRS = [
    tuple(line.split(" ≠ "))
    for line in (Path(__file__).parent / "siblings.txt").read_text(encoding="utf-8").splitlines()
]

WRITINGS: dict[str, tuple[Callable[[str], str], str | None]] = {
    "as an API name": (lambda name: name, None),
    "on a board of chat models": (lambda name: name, "chat"),
    "as a display name": (lambda name: name.replace("-", " ").title(), None),
    "behind a host": (lambda name: f"openrouter/{name}", None),
    "as an id in capitals": (lambda name: name.replace("-", "_").upper(), None),
}


@pytest.fixture(scope="module")
def all_names(recordings: Path) -> pl.DataFrame:
    return recorded_names(recordings)


@pytest.mark.parametrize("writing", WRITINGS)
def test_siblings_are_two_models(all_names: pl.DataFrame, writing: str) -> None:
    write, kind = WRITINGS[writing]
    written = {write(name) for pair in PAIRS for name in pair}
    rows: list[dict[str, object]] = [{"source": "probe", "raw_name": name, "kind": kind} for name in sorted(written)]
    found = resolve(pl.concat([all_names, schema.frame(schema.NAMES, rows)])).aliases.filter(source="probe")
    model = dict(found.select("raw_name", "model_id").iter_rows())
    merged = [(first, second) for first, second in PAIRS if model[write(first)] == model[write(second)]]
    assert merged == []
    assert len(PAIRS) >= 150
