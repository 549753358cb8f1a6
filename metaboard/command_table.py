"""The list of all commands: the function, the heading in the help, and examples."""

from collections.abc import Callable
from dataclasses import dataclass

from metaboard.commands import (
    accept_edition,
    benchmarks,
    boards,
    calibrate,
    check_names,
    compare,
    discover,
    doctor,
    enrich,
    generations,
    history,
    identity,
    new_board,
    outliers,
    predict,
    prune,
    publish,
    read,
    refresh,
    review,
    serve,
    show,
    site,
    status,
)

QUERY = "Query the current generation"
ANALYSIS = "Compare leaderboards and families"
IDENTITY = "Model identity"
OPERATION = "Refresh, schedule and publish"


@dataclass(frozen=True)
class Command:
    """One command of `metaboard`."""

    run: Callable[..., None]
    panel: str
    """The heading of `metaboard --help` that lists the command."""
    examples: tuple[str, ...]
    name: str = ""
    """The name on the command line; the name of the function when empty."""


COMMANDS = (
    Command(
        read.top,
        QUERY,
        (
            "metaboard top",
            "metaboard top -n 10 --track embedding",
            "metaboard top --open-weights --max-params 9 --license apache",
            "metaboard top --pretrained --json",
            "metaboard top --board arena_text_style_control",
            "metaboard top --grain setting --open-weights",
            "metaboard top --release gpt-4",
        ),
    ),
    Command(
        show.show, QUERY, ("metaboard show Qwen/Qwen2.5-72B-Instruct", "metaboard show qwen2.5-72b-instruct --json")
    ),
    Command(compare.compare, QUERY, ("metaboard compare Qwen/Qwen2.5-72B-Instruct meta-llama/Llama-3.1-70B-Instruct",)),
    Command(read.find, QUERY, ("metaboard find 'llama 3.1 70b'",)),
    Command(
        read.sql,
        QUERY,
        (
            "metaboard sql 'show tables'",
            "metaboard sql 'describe leaderboard'",
            "metaboard sql 'select name, rank from top(5)' --csv",
        ),
    ),
    Command(read.sources, QUERY, ("metaboard sources", "metaboard sources --json")),
    Command(history.changes, QUERY, ("metaboard changes", "metaboard changes --json")),
    Command(
        identity.resolve,
        IDENTITY,
        (
            "metaboard resolve gemini-3-pro qwen2.5-72b-instruct",
            "metaboard resolve 'GPT-6 Mini (high)' --source arena_text --organization OpenAI",
        ),
    ),
    Command(
        review.review,
        IDENTITY,
        (
            "metaboard review",
            "metaboard review accept NAME ID --reason 'the model card of the vendor states it'",
            "metaboard review reject NAME ID --reason 'another checkpoint of the same family'",
            "metaboard review split NAME --reason 'the board evaluated another build'",
            "metaboard review merge ID ID --reason 'one repository, moved to another organisation'",
            "metaboard review postpone NAME --reason 'no source gives the date'",
            "metaboard review undo NAME",
        ),
    ),
    Command(
        identity.evaluate_identity,
        IDENTITY,
        ("metaboard evaluate-identity --gold labels.tsv",),
        name="evaluate-identity",
    ),
    Command(
        check_names.check_names,
        IDENTITY,
        ("metaboard check-names", "metaboard check-names --json"),
        name="check-names",
    ),
    Command(
        discover.families,
        ANALYSIS,
        ("metaboard families", "metaboard families --max-params 9 --license apache", "metaboard families -n 5 --json"),
    ),
    Command(discover.organizations, ANALYSIS, ("metaboard organizations",)),
    Command(
        discover.agreement,
        ANALYSIS,
        ("metaboard agreement", "metaboard agreement --board evalplus --by-models", "metaboard agreement --grain date"),
    ),
    Command(
        benchmarks.benchmarks,
        ANALYSIS,
        ("metaboard benchmarks", "metaboard benchmarks --saturated", "metaboard benchmarks --board livebench --json"),
    ),
    Command(discover.estimates, ANALYSIS, ("metaboard estimates", "metaboard estimates --board arena_hard")),
    Command(
        predict.predict,
        ANALYSIS,
        ("metaboard predict 'qwen 2.5 72b'", "metaboard predict gpt-4o arena_hard epoch_runs/gpqa --json"),
    ),
    Command(discover.gems, ANALYSIS, ("metaboard gems", "metaboard gems --max-params 9 --license apache")),
    Command(
        outliers.outliers,
        ANALYSIS,
        (
            "metaboard outliers",
            "metaboard outliers --board open_llm_v1 -n 50",
            "metaboard outliers --model 'qwq 32b' --by score",
            "metaboard outliers --low",
            "metaboard outliers --facts",
        ),
    ),
    Command(
        refresh.refresh,
        OPERATION,
        (
            "metaboard refresh",
            "metaboard refresh --sample --direct",
            "metaboard refresh --mirror ./mirror --home ./data",
            "metaboard refresh --replay --force",
        ),
    ),
    Command(
        serve.serve,
        OPERATION,
        ("metaboard serve", "metaboard serve --cron '30 4 * * *' --home ./data", "metaboard serve --paused"),
    ),
    Command(
        status.status,
        OPERATION,
        ("metaboard status", "metaboard status --json", "metaboard status --stale-after 14 --tell"),
    ),
    Command(
        accept_edition.accept_edition,
        OPERATION,
        ("metaboard accept-edition open_llm_v2 --sha256 0123456789ab --reason 'the board says so in its changelog'",),
        name="accept-edition",
    ),
    Command(
        boards.boards,
        OPERATION,
        (
            "metaboard boards",
            "metaboard boards --json",
            "metaboard boards off vectara",
            "metaboard boards unrank alpaca_eval arena_hard",
            "metaboard boards publish bigcodebench",
        ),
    ),
    Command(history.backfill, OPERATION, ("metaboard backfill", "metaboard backfill --again")),
    Command(
        enrich.enrich,
        OPERATION,
        ("metaboard enrich", "metaboard enrich --limit 400 --json", "metaboard enrich --max-age-days 7"),
    ),
    Command(
        calibrate.calibrate,
        OPERATION,
        (
            "metaboard calibrate --name 2026-12",
            "metaboard calibrate --add",
            "metaboard calibrate --add livebench vectara",
            "metaboard calibrate --list",
            "metaboard calibrate --draws 1000 --to ./calibrations",
        ),
    ),
    Command(doctor.doctor, OPERATION, ("metaboard doctor",)),
    Command(
        new_board.new_board,
        OPERATION,
        (
            "metaboard new-board my_board --url https://raw.githubusercontent.com/ORG/REPO/main/results.csv",
            "metaboard new-board my_board --url ./results.json --to ./my-board --package",
        ),
        name="new-board",
    ),
    Command(generations.generations, OPERATION, ("metaboard generations",)),
    Command(generations.rollback, OPERATION, ("metaboard rollback 000007-1a2b3c4d",)),
    Command(
        prune.prune,
        OPERATION,
        (
            "metaboard prune --dry-run",
            "metaboard prune --keep-generations 5 --keep-days 14",
            "metaboard prune --max-size 20GB",
        ),
    ),
    Command(
        site.site,
        OPERATION,
        ("metaboard site --to ./site --open", "metaboard site --to ./site --console web/console"),
    ),
    Command(
        publish.publish,
        OPERATION,
        (
            "metaboard publish --to ./dataset",
            "metaboard publish --to hf://datasets/ORG/NAME --dry-run",
            "metaboard publish --to ./dataset --withhold arena_text --publish-unlicensed open_llm_v2",
            "metaboard publish --to ./dataset --sign-key ~/metaboard.key",
        ),
    ),
    Command(
        publish.pull,
        OPERATION,
        (
            "metaboard pull --from hf://datasets/ORG/NAME",
            "metaboard pull 2026-10-02 --from hf://datasets/ORG/NAME --home ./then",
            "metaboard pull --from hf://datasets/ORG/NAME --key ~/metaboard.key.pub",
        ),
    ),
    Command(
        publish.verify,
        OPERATION,
        (
            "metaboard verify",
            "metaboard verify ./data/generations/000007-1a2b3c4d",
            "metaboard verify ./dataset --since 2026-11-01 --key ~/metaboard.key.pub",
            "metaboard verify 2026-10-02 --from hf://datasets/ORG/NAME",
        ),
    ),
    Command(publish.make_key, OPERATION, ("metaboard make-key ~/metaboard.key",), name="make-key"),
    Command(generations.version, OPERATION, ("metaboard version",)),
)
