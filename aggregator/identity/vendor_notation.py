"""How each vendor writes settings: which words are an effort, and what its plain names imply. Pure.

`organizations.toml` holds the facts. One name in two notations of a vendor becomes one name here.
"""

from dataclasses import dataclass

from aggregator.identity.mode_words import NO_THINKING, THINKING
from aggregator.identity.names import ParsedName

MAX_BUDGET = 64
"""Lengths up to this many thousand tokens are budgets; longer ones are contexts."""


@dataclass(frozen=True)
class Notation:
    """How one organization writes settings and builds; `organizations.toml` explains the fields."""

    snapshots: tuple[str, ...] = ()
    floating: frozenset[str] = frozenset()
    efforts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    budget: str = ""
    effort_ids: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the organization has no notation of its own for settings."""
        return not (self.efforts or self.products or self.unsaid or self.budget)

    def apply(self, parsed: ParsedName) -> ParsedName:
        """Return the name in the one notation that keys use."""
        if self.is_plain:
            return parsed
        parsed = self._with_effort(parsed)
        if self.budget == "thinking" and parsed.context and parsed.thinking != NO_THINKING:
            parsed = _with_budget(parsed)
        if NO_THINKING_IS_PLAIN in self.unsaid and parsed.thinking == NO_THINKING:
            parsed = parsed._replace(thinking="")
        if parsed.thinking == THINKING and parsed.effort and "thinking" in self.unsaid:
            parsed = parsed._replace(thinking="")
        if "base" in self.unsaid and "base" in parsed.stage:
            parsed = parsed._replace(stage=tuple(stage for stage in parsed.stage if stage != "base"))
        return parsed

    def _with_effort(self, parsed: ParsedName) -> ParsedName:
        """Read the last word as an effort where the vendor writes it so, and an effort as a word of a product."""
        last = parsed.family[-1] if len(parsed.family) > 1 else ""
        if not parsed.effort and last in self.efforts:
            return parsed._replace(effort=last, family=parsed.family[:-1])
        if parsed.effort in self.products:
            return parsed._replace(effort="", family=(*parsed.family, parsed.effort))
        return parsed


NO_NOTATION = Notation()
"""The notation of an organization without one of its own."""

NO_THINKING_IS_PLAIN = "nothinking"
"""Value of `unsaid` for a vendor whose plain model does not think."""


def _with_budget(parsed: ParsedName) -> ParsedName:
    """Read the last length as a budget for thinking where it can be one."""
    length = parsed.context[-1]
    if float(length.removesuffix("k")) > MAX_BUDGET:
        return parsed
    return parsed._replace(thinking=THINKING, budget=length, context=parsed.context[:-1])
