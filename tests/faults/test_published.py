"""What is published, tampered with; and a secret in the environment, which must show nowhere."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.generations import Home, verify
from tests.faults import lab, oracle
from tests.faults.conftest import ALL, Bench, Note
from tests.faults.oracle import CANARY
from tests.faults.scoreboard import Result
from tests.faults.test_kills import REPOSITORY, started

BANNED = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
BANNED_NAMES = {"eval", "exec"}
BANNED_METHODS = {"read_pickle", "unsafe_load"}


def test_a_byte_flipped_in_any_file_is_detected(bench: Bench) -> None:
    current = (bench.home / "current").resolve()
    paths = sorted(path for path in current.rglob("*") if path.is_file())
    missed = []
    for path in paths:
        content = path.read_bytes()
        place = len(content) // 2
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        if not verify(current):
            missed.append(path.name)
        path.write_bytes(content)
    bench.note(Result("39 a byte flipped in each file", "E", 39, f"{len(paths)} files", not missed))
    assert not verify(current)
    assert not missed


def test_other_tampering_is_detected_and_the_next_run_builds_anew(bench: Bench) -> None:
    current = (bench.home / "current").resolve()
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
    ended = lab.night(bench.home, SAMPLE)
    renewed = ended.code == 0 and ended.seen is not None and not ended.seen.problems
    for what, problems in found.items():
        bench.note(Result(f"39 {what}", "E", 39, "all", bool(problems) and renewed))
    assert all(found.values()), found
    assert renewed, ended.output
    assert ended.seen is not None
    assert ended.seen.generation != bench.good.generation
    table.write_bytes(content)
    assert [one.id for one in Home(bench.home).generations()] == [bench.good.generation, ended.seen.generation]


@pytest.mark.slow_faults
def test_a_manifest_of_another_generation_is_detected(bench: Bench) -> None:
    lab.night(bench.home, SAMPLE, "--force")
    first, second = (one.path for one in Home(bench.home).generations())
    manifest = (second / "manifest.json").read_bytes()
    (second / "manifest.json").write_bytes((first / "manifest.json").read_bytes())
    problems = verify(second)
    (second / "manifest.json").write_bytes(manifest)
    bench.note(Result("39 an older manifest put back", "E", 39, "all", bool(problems)))
    assert problems


def test_a_token_in_the_environment_shows_in_no_output_and_no_file(bench: Bench) -> None:
    assert os.environ["HF_TOKEN"] == CANARY
    process = started(bench.home, SAMPLE, "--force")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    looked = [
        subprocess.run(  # noqa: S603 - our own program
            [*process.args[:3], *words, "--home", str(bench.home)],  # type: ignore[index] # the arguments are a list
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        for words in ((["top"], ["status"]) if ALL else ())
    ]
    outputs = output + "".join(one.stdout + one.stderr for one in looked)
    leaks = oracle.leaks(bench.home, outputs)
    bench.note(Result("40 a token in the environment", "F", 40, "outputs and files", not leaks))
    assert not leaks


def test_nothing_in_the_program_unpickles_or_evaluates(note: Note) -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno} {word}"
        for folder in ("aggregator", "flows")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        for word in _banned(node)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
    ]
    note(Result("29 no unpickler in the program", "D", 29, "aggregator, flows", not found))
    assert not found


def _banned(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names if name.name.split(".")[0] in BANNED]
        case ast.ImportFrom(module=module) if module and module.split(".")[0] in BANNED:
            return [module]
        case ast.Call(func=ast.Name(id=name)) if name in BANNED_NAMES:
            return [name]
        case ast.Call(func=ast.Attribute(attr=name)) if name in BANNED_METHODS:
            return [name]
        case ast.Call(keywords=keywords):
            return [
                word.arg
                for word in keywords
                if word.arg in ("shell", "allow_pickle")
                and isinstance(word.value, ast.Constant)
                and word.value.value is True
            ]
        case _:
            return []


@pytest.mark.parametrize("name", ["HF_TOKEN", "PREFECT_API_KEY", "METABOARD_WEBHOOK"])
def test_an_error_does_not_tell_a_secret(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CANARY)
    ended = lab.night(tmp_path / "home", tmp_path)
    assert ended.code == 1
    assert CANARY not in ended.output
