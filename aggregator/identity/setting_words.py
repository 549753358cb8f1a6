"""Patterns of names that may state a setting, a build or a precision. All other names need not be parsed.

The patterns match too much rather than too little, and have no look-around, so polars can use them.
"""

from aggregator.identity.dates import MONTHS
from aggregator.identity.mode_words import EFFORTS, NEGATIONS, NO_THINKING_WORDS, THINKING_WORDS
from aggregator.identity.names import NATIVE_FORMATS, PRECISIONS

_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01])"
_NUMERIC_DATE = (
    rf"(?:20)?[23][0-9]{_MONTH}(?:{_DAY})?|{_MONTH}{_DAY}"  # 202405, 20240513, 2405, 0513
    rf"|{_MONTH}[-_/. ]+(?:{_DAY}|20[0-9]{{2}})|20[0-9]{{2}}[-_/. ]+{_MONTH}"  # 05-13, 05-2024, 2024-05
)
_MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))

DATE = rf"(?i)(?:^|[^0-9.])(?:{_NUMERIC_DATE})(?:$|[^0-9])|(?:^|[^a-z])(?:{_MONTH_NAMES})(?:$|[^a-z])"
"""A date in any form."""

_MODE_WORDS = "|".join(sorted({*EFFORTS, *NEGATIONS, *THINKING_WORDS, *NO_THINKING_WORDS}, key=len, reverse=True))
MODE = rf"(?i)(?:^|[^a-z])(?:{_MODE_WORDS})(?:$|[^a-z])|(?i)(?:{'|'.join(EFFORTS)})(?:thinking|reasoning|effort)|-[0-9]+k(?:$|[^a-z0-9])"
"""A word for effort, thinking or a budget."""

_FORMATS = "|".join(sorted({*PRECISIONS, *NATIVE_FORMATS}, key=len, reverse=True))
PRECISION = rf"(?i)(?:^|[^a-z])(?:{_FORMATS})(?:$|[^a-z0-9])|[-_.][2-8]-?bits?(?:$|[^a-z])|[-_.]i?q[1-8]_"
"""A precision, or the format of a file."""

BUILD_WORD = r"(?i)(?:^|[^a-z])latest(?:$|[^a-z])|[-_]0[0-9]{2}(?:$|[^0-9])"
"""`latest`, or the number of a build: `-001`."""

STAGE = r"(?i)(?:^|[^a-z])(?:exp|experimental|preview|beta)(?:$|[^a-z])"
"""A stage that some publishers use for builds."""
