"""`metaboard new-board`: the written file is formatted, typed, short, and reads its sample."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.model import Parsed, RankRule, Source
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.python_text import quoted
from aggregator.sources import SAMPLE
from metaboard.exit_codes import Exit
from tests.conftest import REPOSITORY
from tests.support.command_line import Metaboard

GITHUB = "https://raw.githubusercontent.com"
HUB = "https://huggingface.co/datasets"
FILES = {
    "yaml": (f"{GITHUB}/Aider-AI/aider/main/", "github/Aider-AI/aider/aider/website/_data/polyglot_leaderboard.yml"),
    "json": (f"{GITHUB}/evalplus/evalplus.github.io/main/", "github/evalplus/evalplus.github.io/results.json"),
    "csv": (
        "https://github.com/LiveBench/livebench.github.io/blob/main/",
        "github/LiveBench/livebench.github.io/public/table_2026_01_08.csv",
    ),
    "markdown": (
        f"{GITHUB}/vectara/hallucination-leaderboard/main/",
        "github/vectara/hallucination-leaderboard/README.md",
    ),
    "parquet": (
        f"{HUB}/open-llm-leaderboard/contents/resolve/main/",
        "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet",
    ),
}


def load(path: Path) -> Source:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = module.SOURCE
    assert isinstance(source, Source)
    return source


def write(metaboard: Metaboard, folder: Path, media: str) -> Path:
    base, path = FILES[media]
    url = base + "/".join(path.split("/")[3:])
    done = metaboard("new-board", f"b_{media}", "--url", url, "--sample", SAMPLE / path, "--to", folder)
    assert done.code == 0, done.err
    return folder / f"b_{media}.py"


@pytest.mark.parametrize("media", FILES)
def test_the_file_reads_its_sample_and_has_the_address(metaboard: Metaboard, tmp_path: Path, media: str) -> None:
    file = write(metaboard, tmp_path, media)
    source = load(file)
    (resource,) = source.resources
    assert resource.path == FILES[media][1]
    assert resource.url.startswith((GITHUB, HUB))
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 110
    content = (SAMPLE / resource.path).read_bytes()
    found = parse_files(source, {resource.name: content})
    assert found.rows_accepted > 20
    assert found.scores.height > 20
    assert not [warning for warning in found.warnings if "new columns" in warning]
    for spoiled in (b"", content[: len(content) // 2][:-1] + b"\xff", b"<html>"):
        with pytest.raises(SourceError):
            parse_files(source, {resource.name: spoiled})


def test_the_files_pass_the_linter_the_formatter_and_the_type_checker(metaboard: Metaboard, tmp_path: Path) -> None:
    for media in FILES:
        write(metaboard, tmp_path, media)
    settings = REPOSITORY / "pyproject.toml"
    for command in (
        ("ruff", "check", "--no-cache", "--ignore", "INP001", "--config", settings, tmp_path),
        ("ruff", "format", "--no-cache", "--check", "--config", settings, tmp_path),
        ("mypy", "--config-file", settings, *sorted(tmp_path.glob("*.py"))),
    ):
        run = subprocess.run(  # noqa: S603 - the tools of this environment
            [sys.executable, "-m", *map(str, command)], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr


def read_table(metaboard: Metaboard, folder: Path, text: str, name: str = "table.csv") -> tuple[Source, Parsed]:
    (folder / name).write_text(text, encoding="utf-8")
    done = metaboard("new-board", "my_board", "--url", folder / name, "--to", folder)
    assert done.code == 0, done.err
    source = load(folder / "my_board.py")
    return source, parse_files(source, {"leaderboard": text.encode()})


def rows_of(*columns: str) -> str:
    return "\n".join(
        [",".join(["model", *columns]), *(",".join([f"m{n}", *([str(n * 7 + 3)] * len(columns))]) for n in range(10))]
    )


def test_an_average_is_the_overall_score_and_no_benchmark(metaboard: Metaboard, tmp_path: Path) -> None:
    source, found = read_table(metaboard, tmp_path, rows_of("Average", "GSM8K", "HumanEval"))
    assert source.rank_rule is RankRule.SCORE
    assert set(found.benchmarks["benchmark"]) == {"my_board/gsm8k", "my_board/humaneval"}
    assert set(found.benchmarks["domain"]) == {"math", "coding"}
    assert found.entries["board_score"].max() == 66


def test_a_board_without_an_overall_score_is_ranked_by_win_rate(metaboard: Metaboard, tmp_path: Path) -> None:
    source, found = read_table(metaboard, tmp_path, rows_of("GSM8K", "HumanEval"))
    assert source.rank_rule is RankRule.WIN_RATE
    assert not found.entries["board_score"].is_null().any()


def test_numbers_that_are_no_scores_are_not_used(metaboard: Metaboard, tmp_path: Path) -> None:
    _, found = read_table(metaboard, tmp_path, rows_of("accuracy", "cost", "total_tokens", "votes", "params", "stderr"))
    assert list(found.benchmarks["benchmark"]) == ["my_board/accuracy"]
    assert found.entries["params_b"].max() == 66


def test_texts_of_the_data_cannot_become_code(metaboard: Metaboard, tmp_path: Path) -> None:
    bad = '"); raise SystemExit("'
    header = f'model,"{bad.replace(chr(34), chr(34) * 2)}",score'
    lines = [f"m{n},{n * 7 + 3},{n * 7 + 3.5}" for n in range(10)]
    _, found = read_table(metaboard, tmp_path, "\n".join([header, *lines]))
    assert found.rows_accepted == 10


@pytest.mark.parametrize("text", ['a"b', "a'b", "a\\", "a\nb", "a\x00b", "\u202ex", "⬆️", "\"'", "{x}"])
def test_a_quoted_text_is_the_text(text: str) -> None:
    assert eval(quoted(text)) == text  # noqa: S307 - a literal


def test_a_package_is_a_distribution_with_its_sample_as_a_mirror(metaboard: Metaboard, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(rows_of("score"))
    url = "https://boards.example/x.csv"
    options = ("--sample", tmp_path / "x.csv", "--to", tmp_path / "p", "--package", "--json")
    fields = metaboard("new-board", "my_board", "--url", url, *options).fields
    assert fields["rows_accepted"] == 10
    assert (tmp_path / "p/sample/boards.example/x.csv").read_text() == rows_of("score")
    assert 'my_board = "metaboard_my_board:SOURCE"' in (tmp_path / "p/pyproject.toml").read_text()
    assert load(tmp_path / "p/metaboard_my_board.py").resources[0].url == url


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("My-Board", "--url", "x.csv"), "is no id"),
        (("open_llm_v2", "--url", "x.csv"), "there is a leaderboard 'open_llm_v2' already"),
        (("my_board", "--url", "nothing.csv"), "no such file"),
        (("my_board", "--url", "x.txt"), "the format is unknown"),
        (("my_board", "--url", "http://boards.example/x.csv", "--sample", "x.csv"), "not the address of a file"),
        (("my_board", "--url", "https://boards.example/x.csv?a=1", "--sample", "x.csv"), "not the address of a file"),
        (("my_board", "--url", "texts.csv"), "no column holds scores"),
        (("my_board", "--url", "x.csv", "--title", 'a"b'), "the title has quotes"),
    ],
)
def test_a_wrong_request_writes_nothing(
    metaboard: Metaboard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text(rows_of("score"))
    Path("x.txt").write_text("x")
    Path("texts.csv").write_text("model,note\na,b\nc,d\n")
    done = metaboard("new-board", *arguments)
    assert done.code in (Exit.USAGE, Exit.FAILED)
    assert message in done.err
    assert not list(tmp_path.glob("*.py"))


def test_an_existing_file_stays(metaboard: Metaboard, tmp_path: Path) -> None:
    read_table(metaboard, tmp_path, rows_of("score"))
    before = (tmp_path / "my_board.py").read_text()
    done = metaboard("new-board", "my_board", "--url", tmp_path / "table.csv", "--to", tmp_path)
    assert done.code == Exit.USAGE
    assert (tmp_path / "my_board.py").read_text() == before


def test_parquet_without_a_table_of_models_is_refused(metaboard: Metaboard, tmp_path: Path) -> None:
    pl.DataFrame({"x": [1, 2]}).write_parquet(tmp_path / "x.parquet")
    done = metaboard("new-board", "my_board", "--url", tmp_path / "x.parquet", "--to", tmp_path)
    assert done.code == Exit.USAGE
    assert "no column has the name of a model" in done.err
