"""Sixty nights on which licences, organisations, casing, rows and the spellings of a second board come and go."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from aggregator.identity import load_rules
from aggregator.identity.match_published import successors_of
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry, advanced
from aggregator.identity.resolve import place_names
from tests.support.names import KNOWN_IDS, MTEB, arena, hub, names

RULES = load_rules()
START = date(2026, 9, 1)

ARENA_ROWS: list[tuple[str, str, bool]] = [
    ("chatgpt-4o-latest-20250129", "OpenAI", False),
    ("qwen-plus-0125", "Alibaba", False),
    ("glm-5", "Z.ai", True),
    ("minimax-m9", "MiniMax", True),
    ("Llama-3.1-8B-Instruct", "Meta", True),
    ("gemma-2-9b-it", "Google", True),
    ("claude-opus-9-20260501", "Anthropic", False),
    ("GPT-9 (high)", "OpenAI", False),
    ("deepseek-v9", "DeepSeek", True),
    ("mystery-1t", "Acme Labs", False),
    ("grok-9-2026-05-01", "xAI", False),
    ("mistral-large-2411", "Mistral", True),
    ("command-r-plus", "Cohere", True),
    ("yi-34b-chat", "01 AI", True),
    ("reka-core-20260501", "Reka AI", False),
]
"""Names of closed and open models, half of them with a repository in KNOWN_IDS."""

SECOND_BOARD = {
    "chatgpt-4o-latest-20250129": ["ChatGPT-4o-latest (2025-01-29)", "chatgpt-4o-latest-2025-01-29"],
    "qwen-plus-0125": ["Qwen-Plus-2025-01-25", "qwen-plus-2025-01-25"],
    "glm-5": ["GLM 5", "zai/GLM-5"],
    "minimax-m9": ["MiniMax M9", "MiniMax-M9"],
    "claude-opus-9-20260501": ["Claude Opus 9", "claude-opus-9-2026-05-01"],
    "GPT-9 (high)": ["gpt-9-high", "GPT-9 high"],
    "deepseek-v9": ["DeepSeek V9", "DeepSeek-V9"],
    "mystery-1t": ["Mystery 1T", "MYSTERY-1T"],
    "grok-9-2026-05-01": ["Grok 9 (2026-05-01)", "grok-9-20260501"],
}
"""Other and mostly longer spellings of the same names."""


@dataclass
class World:
    """What two boards, a board of ids and a board of embeddings write on one night."""

    rng: random.Random
    facts: dict[str, Any] = field(default_factory=dict)

    def night(self) -> pl.DataFrame:
        ids = [self._casing(i) for i in KNOWN_IDS if self._is_there()]
        rows = [*hub(*ids, license="mit"), *hub(*(i for i in KNOWN_IDS[:9] if self._is_there()), source=MTEB)]
        for name, organization, is_open in ARENA_ROWS:
            facts = {
                "organization": organization,
                "license": "mit" if is_open else "Proprietary",
                "open_weights": is_open,
            }
            if self._is_there():
                rows += arena(name, **self._some(facts))
            for other in SECOND_BOARD.get(name, ()):
                if self.rng.random() < 0.5:
                    rows.append({"source": "second_board", "raw_name": other, **self._some(facts)})
        self.rng.shuffle(rows)
        return names(*rows).unique(["source", "raw_name"], keep="first", maintain_order=True)

    def _is_there(self) -> bool:
        return self.rng.random() > 0.15

    def _some(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return the facts with the licence, its consequence or the organisation left out on some nights."""
        left_out = self.rng.choice([(), (), ("license", "open_weights"), ("organization",), ("open_weights",)])
        return {name: value for name, value in facts.items() if name not in left_out}

    def _casing(self, model_id: str) -> str:
        return self.rng.choice([model_id] * 8 + [model_id.lower(), model_id.upper()])


@dataclass
class Log:
    """The registry from night to night, with every change of the id of a name."""

    registry: Registry = NOTHING_PUBLISHED
    changes: list[tuple[int, str, str, str]] = field(default_factory=list)
    ever: set[str] = field(default_factory=set)

    def add(self, night: int, rows: pl.DataFrame) -> pl.DataFrame:
        before = self.registry
        aliases = place_names(rows, RULES, published=before)
        self.registry = advanced(before, aliases, START + timedelta(night), successors_of(before, aliases, RULES))
        both = before.ids.join(self.registry.ids, on=["source", "raw_name"], suffix="_now")
        changed = both.filter(pl.col("model_id") != pl.col("model_id_now"))
        self.changes += [(night, *row) for row in changed.select("raw_name", "model_id", "model_id_now").iter_rows()]
        self.ever |= set(self.registry.ids["model_id"])
        return aliases


@pytest.mark.parametrize(("seed", "nights"), [(1, 60), (2, 10), (3, 10)])
def test_over_sixty_nights_no_id_changes_without_a_recorded_move(seed: int, nights: int) -> None:
    world, log = World(random.Random(seed)), Log()
    for night in range(nights):
        aliases = log.add(night, world.night())
        moves = dict(log.registry.moves.select("old_id", "new_id").iter_rows())
        for at, raw_name, old, new in log.changes:
            assert at != night or moves.get(old) == new, f"{raw_name}: {old} became {new} without a move"
        assert not moves.keys() & set(aliases["model_id"]), "an id that a model has is no old id"
        assert not moves.keys() & set(moves.values()), "one step leads to the id of today"
        assert log.ever <= set(log.registry.ids["model_id"]) | moves.keys(), "every id that was published resolves"
    late = [change for change in log.changes if change[0] > 8]
    assert not late, "once every board was seen, nothing new shows another id"


def test_the_order_of_rows_decides_nothing_and_a_repeated_night_changes_nothing() -> None:
    world, log = World(random.Random(5)), Log()
    for night in range(8):
        rows, before = world.night(), log.registry
        first = log.add(night, rows)
        shuffled = rows.sample(fraction=1.0, shuffle=True, seed=night)
        columns = ["source", "raw_name", "model_id", "rung", "confidence", "evidence"]
        for published in (before, log.registry):
            again = place_names(shuffled, RULES, published=published)
            assert again.select(columns).sort(columns).equals(first.select(columns).sort(columns))
        later = advanced(log.registry, first, START + timedelta(night + 1))
        assert later.ids.equals(log.registry.ids)
        assert later.moves.equals(log.registry.moves)
