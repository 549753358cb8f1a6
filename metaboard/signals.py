"""Ctrl-C and SIGTERM: end a command with one sentence and the exit code 130 or 143.

Libraries turn the `KeyboardInterrupt` of a signal into errors of their own (DuckDB: `RuntimeError: Query interrupted`)
or handle it. So the signal itself is recorded, and it decides the exit code.
"""

import os
import signal
import threading
from types import FrameType

CAUGHT = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 10.0
"""Time for running downloads and servers to end after a signal; then the process ends without them."""
SENTENCE = "The home directory is whole; run the same command again to continue."
INTERRUPTED = 128 + signal.SIGINT

_received: list[int] = []


def install() -> None:
    """Record SIGINT and SIGTERM from now on and raise `KeyboardInterrupt`; a second signal ends the process at once.

    A signal that the parent process set to be ignored, such as SIGINT of a background job, stays ignored.
    """
    for number in CAUGHT:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    del frame
    if _received:
        os._exit(128 + number)
    _received.append(number)
    raise KeyboardInterrupt


def received() -> bool:
    """Return whether a signal came."""
    return bool(_received)


def is_interrupt(error: BaseException) -> bool:
    """Return whether an exception is the effect of a signal."""
    return received() or isinstance(error, KeyboardInterrupt)


def end() -> tuple[int, str]:
    """Return the exit code and the sentence of the signal that came. The process has a few seconds to end by itself."""
    number = _received[0] if _received else int(signal.SIGINT)
    if _received:
        timer = threading.Timer(GRACE_SECONDS, os._exit, [128 + number])
        timer.daemon = True
        timer.start()
    verb = "Interrupted" if number == signal.SIGINT else "Stopped by SIGTERM"
    return 128 + number, f"{verb}. {SENTENCE}"


def ignore_at_exit() -> None:
    """End the process at the next signal without a message: the command is over, and its exit code is known."""
    for number in CAUGHT:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: os._exit(128 + number))
