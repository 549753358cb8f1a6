"""Words for how a model is run: thinking, effort and budget. The weights are the same.

Boards write one mode in many ways. `ModeReader` reads them token by token and keeps one spelling of each.
"""

import re
from typing import NamedTuple

THINKING = "thinking"
NO_THINKING = "no"

THINKING_WORDS = frozenset({"thinking", "think", "reasoning", "reasoner"})
NEGATIONS = frozenset({"no", "non", "without"})
NO_THINKING_WORDS = frozenset(f"{negation}{word}" for negation in ("no", "non") for word in THINKING_WORDS)
"""`nothinking`, `nonreasoning`: the negation and the word as one token."""

SILENT_BEFORE_THINKING = frozenset({"adaptive", "extended"})
"""Words before `thinking` that change nothing: `Adaptive Reasoning`, `extended thinking`."""

SILENT = "default"
"""Changes nothing, and neither does the word for thinking after it: `(default think)`."""

UNIT = "tokens"
"""The unit of a budget: `32k thinking tokens`."""

EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
"""The efforts, least first."""

PLAIN_EFFORTS = frozenset({"minimal", "low", "high", "xhigh"})
"""Efforts that are no product of any vendor. `medium` and `max` are an effort in brackets, before the word `effort`,
and where the vendor's data say so."""

KEY_THINKING, KEY_NO_THINKING = "thinkingmode", "nothinking"
"""Spellings in a key. They differ from the words in names, so that the key of a key is the key."""

MODES = frozenset({KEY_THINKING, KEY_NO_THINKING, *(f"{effort}effort" for effort in EFFORTS)})
"""All mode words that a key can have."""

_EFFORT_TOKENS = {f"{effort}effort": effort for effort in EFFORTS} | {effort: effort for effort in PLAIN_EFFORTS}

_JOINED = re.compile(r"(?<![a-z])(minimal|low|medium|high|max)(thinking|reasoning)(?![a-z])")
_EXTRA_HIGH = re.compile(r"(?<![a-z])(?:x|extra|very)[-_ ]high(?![a-z])")
_BRACKETED = re.compile(r"(?<=[(\[,;])(\s*)(medium|max)(?=\s*[)\],;])")
_BRACKETED_NONE = re.compile(r"(?<=[(\[,;])\s*none(?=\s*[)\],;])")

_AUTOMATIC = re.compile(r"(?<=thinking)[-_ ]auto(?![a-z])")
"""`thinking-auto`: the model decides how long it thinks, as in `adaptive thinking`."""

_SAMPLING = re.compile(r"\b(?:temp|temperature|top[-_ ]?[pk]|(?:max[-_ ])?(?:tokens|length)|seed|n) ?= ?[0-9.]+")
_PARAMETER = re.compile(r"\b(?:reasoning|thinking|effort|budget)(?:[-_ ](?:effort|budget))? ?= ?([a-z]+|[0-9]+)\b")
"""`(temperature=1, reasoning=high)`, `(reasoning=3200)`: how one run was started."""

_EDIT_FORMAT = re.compile(r"(?<=[( ])(?:diff|whole|udiff|diff-fenced|architect)(?=[),])")
"""How a model was asked to write changes: `(diff)`."""

_WITH = re.compile(r"(?<![a-z])w/(o?) ?")
"""`w/ reasoning`, `w/o thinking`."""


class Modes(NamedTuple):
    """How a model is run, as far as a name shows it."""

    effort: str = ""
    """One of EFFORTS, or empty."""
    thinking: str = ""
    """`thinking`, `no`, or empty."""
    budget: str = ""
    """Thousands of tokens for thinking (`32k`), or empty."""

    @property
    def key_tokens(self) -> tuple[str, ...]:
        """The modes as tokens of a key."""
        return key_tokens(self.effort, self.thinking, self.budget)


def key_tokens(effort: str, thinking: str, budget: str) -> tuple[str, ...]:
    """Return the modes as tokens of a key."""
    if not (effort or thinking):
        return ()
    tokens = (
        KEY_THINKING if thinking == THINKING else thinking and KEY_NO_THINKING,
        budget,
        effort and f"{effort}effort",
    )
    return tuple(token for token in tokens if token)


def spell_modes(text: str) -> str:
    """Rewrite the spellings that need more than one token to be understood; `text` is in lower case."""
    if "high" in text:
        text = _EXTRA_HIGH.sub("xhigh", text)
    if "=" in text:
        text = _PARAMETER.sub(_spell_parameter, _SAMPLING.sub("", text))
    if "w/" in text:
        text = _WITH.sub(lambda found: "without " if found[1] else "", text)
    if "thinking" in text or "reasoning" in text:
        text = _AUTOMATIC.sub("", _JOINED.sub(r"\1effort \2", text))
    if "," in text or "(" in text:
        text = _EDIT_FORMAT.sub("", text)
    if "(" in text or "[" in text:
        text = _BRACKETED.sub(r"\1\2effort", text)
        text = _BRACKETED_NONE.sub(KEY_NO_THINKING, text)
    return text


def _spell_parameter(found: re.Match[str]) -> str:
    """Return the value of a parameter as words: a number is a budget in tokens."""
    value = found[1]
    if value.isdecimal():
        return f"{THINKING} {int(value) // 1000}k" if int(value) else KEY_NO_THINKING
    if value in EFFORTS:
        return f"{value}effort"
    return KEY_NO_THINKING if value in {"none", "off", "no", "false", "disabled"} else THINKING


MODE_TOKENS = frozenset(
    {
        *THINKING_WORDS,
        *NEGATIONS,
        *NO_THINKING_WORDS,
        *SILENT_BEFORE_THINKING,
        *_EFFORT_TOKENS,
        *("medium", "max", SILENT, UNIT, KEY_THINKING),
    }
)
"""The tokens that `ModeReader` must look at; some turn out to be words of the name."""


class ModeReader:
    """Collects the modes of one name."""

    def __init__(self) -> None:
        self.effort = ""
        self.thinking = ""
        self._words: list[str] = []
        self._effort_token = ""

    def take_words(self) -> list[str]:
        """Return the tokens since the last call that turned out to be words of the name."""
        words, self._words = self._words, []
        return words

    def read(self, tokens: list[str], at: int) -> int:
        """Read the mode word `tokens[at]` and return the position after it."""
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in _EFFORT_TOKENS or (token in EFFORTS and following == "effort"):
            self._set_effort(token)
            return at + 2 if following == "effort" else at + 1
        if token in THINKING_WORDS or token == KEY_THINKING:
            self.thinking = THINKING
        elif token in NO_THINKING_WORDS:
            self.thinking = NO_THINKING
        elif token in NEGATIONS and following in THINKING_WORDS:
            self.thinking = NO_THINKING
            return at + 2
        elif token == SILENT:
            return at + 2 if following in THINKING_WORDS or following == "effort" else at + 1
        elif not self._is_silent(token, tokens[at - 1] if at else "", following):
            self._words.append(token)
        return at + 1

    def _set_effort(self, token: str) -> None:
        # Of two efforts the last one counts; the other is a word, so that no two names share a key.
        if self._effort_token:
            self._words.append(self._effort_token.removesuffix("effort"))
        self._effort_token = token
        self.effort = token if token in EFFORTS else _EFFORT_TOKENS[token]

    @staticmethod
    def _is_silent(token: str, previous: str, following: str) -> bool:
        if token in SILENT_BEFORE_THINKING:
            return following in THINKING_WORDS
        return token == UNIT and (previous in THINKING_WORDS or re.fullmatch(r"[0-9]+k", previous) is not None)
