"""The option of the nightly schedule."""

from pathlib import Path

from flows.serve import Nights


def test_a_night_asks_the_hub_only_where_it_was_told_to() -> None:
    assert "enrich" not in Nights(Path("home")).parameters
    assert Nights(Path("home"), enrich=400).parameters["enrich"] == 400
