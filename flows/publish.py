"""Publish the current generation as the last step of a flow."""

import os
from pathlib import Path

from aggregator.pipeline.publish import PublishResult, publish
from flows.runners import Runner


def publish_step(home: Path, to: str, runner: Runner) -> PublishResult:
    """Publish to `to`, signed if METABOARD_SIGN_KEY names a key.

    After a failure the generation stays current, and readers keep the previous edition.
    """
    key = os.environ.get("METABOARD_SIGN_KEY")
    sign_key = Path(key) if key else None
    result = runner.run("release", lambda: publish(home, to, sign_key=sign_key, log=runner.log))
    if result.withheld_by_licence:
        runner.log(f"withheld, because of the licence: {', '.join(result.withheld_by_licence)}")
    runner.log(f"{result.place}: {'published ' + result.generation if result.is_new else 'has these rows already'}")
    return result
