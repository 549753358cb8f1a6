"""Leave settings, builds and precision out of a name: what is left names the release, as a key and as text. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from aggregator.identity.dates import MONTHS
from aggregator.identity.mode_words import EFFORTS, THINKING
from aggregator.identity.names import PRECISIONS, STAGES, ParsedName, parse_tail
from aggregator.identity.release_rules import NAME, VERSIONS, PublisherBuilds

_SEPARATORS = re.compile(r"([-_ (),:/]+)")
_BUILD_NUMBER = re.compile(r"^v?0[0-9]{2}$")
"""The tokens of a build number: `v001` in a parsed name."""

_SETTING_WORD = re.compile(
    rf"[0-9]{{2,8}}|[0-9]+k|latest|tokens?|{'|'.join(sorted({*MONTHS, *PRECISIONS}))}"
    rf"|(?:{'|'.join(EFFORTS)})?(?:thinking|think|reasoning|reasoner|effort)?|(?:no|non)(?:thinking|think|reasoning)?|.*q[1-8].*|without|default",
    re.IGNORECASE,
)
"""The words that a setting, a date or a precision can take."""

LONGEST_DATE = 3
"""The most words that one setting takes: `2024-05-13`."""


class ReleaseReader(NamedTuple):
    """What to leave out of the names of one model."""

    read: Callable[[str], ParsedName]
    """Read a name in the notation of its publisher."""
    has_builds: bool
    """Whether a date in the name is a build: in API names, and in repositories of the publisher's own family."""
    is_repository: bool
    """Whether the id is a repository of weights. Mode words in its name describe the weights and stay."""
    builds: PublisherBuilds | None = None
    keeps_thinking: bool = False
    """Whether thinking is part of the name, since an instruct model stands beside it."""

    def reduce(self, parsed: ParsedName) -> ParsedName:
        """Return the name without settings, builds and precision."""
        rows = self.builds if self.builds and self.builds.applies_to(parsed) else None
        is_named_thinking = self.is_repository or self.keeps_thinking or (rows is not None and rows.thinking == NAME)
        parsed = parsed._replace(precision=())
        if not self.is_repository:
            thinking = parsed.thinking if is_named_thinking else ""
            parsed = parsed._replace(effort="", budget="", thinking=thinking)
        if not self.has_builds:
            return parsed
        # Without its date, `Qwen3-30B-A3B-Thinking-2507` would read like the thinking setting of `Qwen3-30B-A3B`.
        keeps_date = (rows and rows.dates == VERSIONS) or parsed.thinking == THINKING
        parsed = _without_stages(parsed, {"latest", *(rows.stages if rows else ())})
        parsed = _without_build_number(parsed) if rows and rows.numbers else parsed
        return parsed if keeps_date else parsed._replace(date="")

    def key(self, tail: str) -> str:
        """Return the key of the release that a name without its namespace belongs to."""
        return self.reduce(self.read(tail)).key

    def plain_text(self, tail: str, target: str) -> str:
        """Return `tail` without the words that `reduce` leaves out; the other words and separators stay as written.

        `target` is the key of the release of `tail`.
        """
        pieces = _SEPARATORS.split(tail)
        start = 0
        while start < len(pieces):
            start = self._drop_from(pieces, start, target)
        return "".join(pieces).strip("-_ (),:/")

    def _drop_from(self, pieces: list[str], start: int, target: str) -> int:
        """Remove from `pieces` the longest run of words from `start` that does not change the key; return the next start."""
        run = (self._may_be_setting(pieces, start + 2 * at) for at in range(LONGEST_DATE))
        longest = next((at for at, may_be in enumerate(run) if not may_be), LONGEST_DATE)
        for words in range(longest, 0, -1):
            end = start + 2 * words
            # With each word goes the separator before it, or the one after it at the start of the name.
            rest = pieces[: max(start - 1, 0)] + pieces[end - 1 if start else end :]
            if end - 1 <= len(pieces) and any(rest) and self._is_setting("".join(pieces), "".join(rest), target):
                pieces[:] = rest
                return start
        return start + 2

    def _may_be_setting(self, pieces: Sequence[str], at: int) -> bool:
        if at >= len(pieces):
            return False
        stages = self.builds.stages if self.builds else ()
        return STAGES.get(pieces[at].lower()) in stages or _SETTING_WORD.fullmatch(pieces[at]) is not None

    def _is_setting(self, tail: str, rest: str, target: str) -> bool:
        """Return whether `tail` says more than `rest`, no word of the family is lost, and `rest` names `target`."""
        whole, part = parse_tail(tail), parse_tail(rest)
        lost = Counter(whole.family) - Counter(part.family)
        return whole != part and all(map(_is_no_family_word, lost)) and self.key(rest) == target


def _is_no_family_word(word: str) -> bool:
    return word in EFFORTS or _BUILD_NUMBER.match(word) is not None


def _without_stages(parsed: ParsedName, stages: Collection[str]) -> ParsedName:
    return parsed._replace(stage=tuple(word for word in parsed.stage if word not in stages))


def _without_build_number(parsed: ParsedName) -> ParsedName:
    family, version = (
        tuple(word for word in words if not _BUILD_NUMBER.match(word)) for words in (parsed.family, parsed.version)
    )
    return parsed._replace(family=family, version=version)
