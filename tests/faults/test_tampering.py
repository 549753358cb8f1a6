"""Changes of published files are found, and a secret in the environment is never written or printed."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.generations import Home, verify
from tests.conftest import REPOSITORY
from tests.faults import harness, reader_view
from tests.faults.conftest import ALL, Recorder, Workspace
from tests.faults.harness import METABOARD
from tests.faults.reader_view import CANARY
from tests.faults.reliability_report import Result
from tests.faults.test_kills import start_refresh

BANNED_MODULES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
BANNED_NAMES = {"eval", "exec"}
BANNED_METHODS = {"read_pickle", "unsafe_load"}


def test_a_flipped_bit_in_any_file_is_found(workspace: Workspace) -> None:
    current = (workspace.home / "current").resolve()
    paths = sorted(path for path in current.rglob("*") if path.is_file())
    missed = []
    for path in paths:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        if not verify(current):
            missed.append(path.name)
        path.write_bytes(content)
    workspace.record(Result("39 a byte flipped in each file", "E", 39, f"{len(paths)} files", not missed))
    assert not verify(current)
    assert not missed


def test_replaced_removed_and_added_files_are_found_and_the_next_refresh_builds_again(workspace: Workspace) -> None:
    current = (workspace.home / "current").resolve()
    table = current / "data" / "models" / "models.parquet"
    content, other = table.read_bytes(), (current / "data" / "aliases" / "aliases.parquet").read_bytes()
    found = {}
    (current / "metaboard.duckdb.wal").write_bytes(b"rows that are not in the database")
    found["a write-ahead log beside the database"] = verify(current)
    (current / "metaboard.duckdb.wal").unlink()
    table.write_bytes(other)
    found["one table in place of another"] = verify(current)
    table.unlink()
    found["a table gone"] = verify(current)
    result = harness.run_refresh(workspace.home, SAMPLE)
    has_recovered = harness.has_recovered(result, workspace.good)
    for fault, problems in found.items():
        workspace.record(Result(f"39 {fault}", "E", 39, "all", bool(problems) and has_recovered))
    assert all(found.values()), found
    assert has_recovered, result.output
    assert result.published is not None
    assert result.published.generation != workspace.good.generation
    table.write_bytes(content)
    generations = [generation.id for generation in Home(workspace.home).generations()]
    assert generations == [workspace.good.generation, result.published.generation]


@pytest.mark.slow_faults
def test_a_manifest_of_another_generation_is_found(workspace: Workspace) -> None:
    harness.run_refresh(workspace.home, SAMPLE, "--force")
    first, second = (one.path for one in Home(workspace.home).generations())
    manifest = (second / "manifest.json").read_bytes()
    (second / "manifest.json").write_bytes((first / "manifest.json").read_bytes())
    problems = verify(second)
    (second / "manifest.json").write_bytes(manifest)
    workspace.record(Result("39 an older manifest put back", "E", 39, "all", bool(problems)))
    assert problems


def test_a_token_in_the_environment_is_in_no_output_and_in_no_file(workspace: Workspace) -> None:
    assert os.environ["HF_TOKEN"] == CANARY
    process = start_refresh(workspace.home, SAMPLE, "--force")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    reads = [
        subprocess.run(  # noqa: S603 - runs this program
            [*METABOARD, command, "--home", str(workspace.home)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        for command in (("top", "status") if ALL else ())
    ]
    outputs = output + "".join(one.stdout + one.stderr for one in reads)
    leaks = reader_view.find_leaks(workspace.home, outputs)
    workspace.record(Result("40 a token in the environment", "F", 40, "outputs and files", not leaks))
    assert not leaks


def test_the_program_never_unpickles_or_evaluates_data(record_result: Recorder) -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno} {name}"
        for folder in ("aggregator", "flows", "metaboard")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        for name in _banned_names(node)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
    ]
    record_result(Result("29 no unpickler in the program", "D", 29, "aggregator, flows, metaboard", not found))
    assert not found


def _banned_names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names if name.name.split(".")[0] in BANNED_MODULES]
        case ast.ImportFrom(module=module) if module and module.split(".")[0] in BANNED_MODULES:
            return [module]
        case ast.Call(func=ast.Name(id=name)) if name in BANNED_NAMES:
            return [name]
        case ast.Call(func=ast.Attribute(attr=name)) if name in BANNED_METHODS:
            return [name]
        case ast.Call(keywords=keywords):
            return [
                keyword.arg
                for keyword in keywords
                if keyword.arg in ("shell", "allow_pickle")
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value is True
            ]
        case _:
            return []


@pytest.mark.parametrize("name", ["HF_TOKEN", "PREFECT_API_KEY", "METABOARD_WEBHOOK"])
def test_an_error_message_has_no_secret(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CANARY)
    result = harness.run_refresh(tmp_path / "home", tmp_path)
    assert result.code == 1
    assert CANARY not in result.output
