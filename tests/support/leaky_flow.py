"""A flow that writes a fake secret into every log line, table and error; run against the server in PREFECT_API_URL."""

import logging
import os
import sys

from flows.prefect_runner import PrefectRunner
from flows.redaction import redact_errors

# isort: split
from prefect import flow, get_run_logger

from aggregator.errors import FetchError

CANARY = os.environ["HF_TOKEN"]


def leak() -> None:
    try:
        int(f"a cause with {CANARY}")
    except ValueError as cause:
        raise FetchError(f"https://user:{CANARY}@host/x", f"refused {CANARY}", hint=f"try ?token={CANARY}") from cause


@flow(name="leaky", persist_result=False)
def leaky() -> None:
    runner = PrefectRunner(get_run_logger().info)
    runner.log(f"logged {CANARY}\nforged line \x1b[31m")
    get_run_logger().warning("an argument: %s", {"authorization": f"Bearer {CANARY}"})
    logging.getLogger("prefect.metaboard").error("fields", extra={"fields": {"event": "leak", "token": CANARY}})
    runner.save_table("leak", [{"cell": CANARY}], "a table")
    try:
        leak()
    except FetchError:
        get_run_logger().exception("caught")
    redact_errors(lambda: runner.run("leak", leak))()


if __name__ == "__main__":
    try:
        leaky()
    except FetchError as error:
        sys.stderr.write(f"ended with {error}\n")
