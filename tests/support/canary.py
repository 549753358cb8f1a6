"""A fake secret; no output of the program may contain it."""

from aggregator.errors import FetchError

CANARY = "hf_CanaryCanaryCanary0123456789"


def raise_with_canary() -> None:
    """Raise an error with the canary in its address, reason, hint and cause."""
    try:
        int(CANARY)
    except ValueError as cause:
        raise FetchError(f"https://host/{CANARY}", CANARY, hint=f"unset {CANARY}") from cause
