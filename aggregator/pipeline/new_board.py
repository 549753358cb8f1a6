"""Write the file of a new leaderboard from a sample of its data, and check that it reads the sample."""

import runpy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.errors import SourceError, UsageError
from aggregator.fetch.client import allow_resource_hosts, live_downloader
from aggregator.fetch.download import Downloader, Request
from aggregator.model import Parsed, Resource, Source, Track
from aggregator.pipeline.board_address import MAX_MIB, Address, read_address
from aggregator.pipeline.board_code import BoardCode
from aggregator.pipeline.board_guess import Guess, guess
from aggregator.pipeline.board_sample import media_of, read_sample
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.python_text import quoted
from aggregator.sources import registered
from aggregator.sources.plugins import ID, find_problem
from aggregator.store.files import storage_errors, write_atomically

MAX_BYTES = MAX_MIB * 1024 * 1024
MAX_LINES = 110
"""Most lines of the file of a board."""
PLACEHOLDER = "https://example.org"
"""The host in the address of a board that was made from a local file."""

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "metaboard-{dashed}"
version = "0.1.0"
description = {description}
requires-python = ">=3.11"
dependencies = ["metaboard"]

[project.entry-points."metaboard.sources"]
{board} = "metaboard_{board}:SOURCE"

[tool.hatch.build.targets.wheel]
only-include = ["metaboard_{board}.py"]
"""


@dataclass(frozen=True)
class BoardOptions:
    """Parameters of `metaboard new-board`."""

    id: str
    url: str
    """The address of the data, or a local file."""
    folder: Path
    sample: Path | None = None
    """A local file with the data of `url`."""
    title: str = ""
    track: Track = Track.LLM
    is_package: bool = False
    """Whether to write a distribution: `pyproject.toml`, the module, and the sample at its path in a mirror."""


@dataclass(frozen=True)
class NewBoard:
    """What was written."""

    files: tuple[Path, ...]
    address: Address
    guess: Guess
    parsed: Parsed


def new_board(options: BoardOptions, downloader: Downloader | None = None) -> NewBoard:
    """Write the file of a board; existing files are not replaced.

    Raises `UsageError` for a wrong id, address or format, `FetchError` when the data cannot be downloaded, and
    `SourceError` when it is no table that a board can have.
    """
    title = options.title or options.id.replace("_", " ").capitalize()
    _check(options, title)
    local = _local_file(options)
    file = str(local) if local else options.url
    media = media_of(file.partition("?")[0])
    address = read_address(options.url if _is_address(options.url) else f"{PLACEHOLDER}/{Path(file).name}", media)
    content = _read(local) if local else _download(address, media, downloader or live_downloader())
    sample = read_sample(options.id, address.path, content, media)
    code = _short_enough(BoardCode(options.id, title, options.track, address, sample, guess(sample)))
    text = code.text()
    parsed = _try(text, {"leaderboard": content})
    documents = {f"{options.id}.py": text.encode()}
    if options.is_package:
        documents = {
            f"metaboard_{options.id}.py": text.encode(),
            "pyproject.toml": PYPROJECT.format(
                board=options.id, dashed=options.id.replace("_", "-"), description=quoted(f"{title} for metaboard.")
            ).encode(),
            f"sample/{address.path}": content,
        }
    return NewBoard(_write(options.folder, documents), address, code.guess, parsed)


def _check(options: BoardOptions, title: str) -> None:
    if not ID.fullmatch(options.id):
        raise UsageError(
            f"{options.id!r} is no id: a lower-case letter followed by letters, digits and _", hint="Such as my_board."
        )
    if any(source.id == options.id for source in registered()):
        raise UsageError(f"there is a leaderboard {options.id!r} already", hint="`metaboard boards` lists all of them.")
    if not title.isprintable() or "\\" in title or '"' in title:
        raise UsageError("the title has quotes, backslashes or control characters")


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _local_file(options: BoardOptions) -> Path | None:
    """Return the file with the data, None when it must be downloaded."""
    path = options.sample or (None if _is_address(options.url) else Path(options.url.removeprefix("file://")))
    if path is not None and not path.is_file():
        raise UsageError(f"no such file: {path}", hint="--url takes an https:// address or a file.")
    return path


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise UsageError(f"{path} has more than {MAX_MIB} MiB", hint="Give a part of it as the sample.")
    with storage_errors(f"read {path}"):
        return path.read_bytes()


def _download(address: Address, media: str, downloader: Downloader) -> bytes:
    resource = Resource("leaderboard", address.path, address.url, MAX_BYTES, media)
    return allow_resource_hosts(downloader, resource).download(Request(address.url, media, MAX_BYTES)).content or b""


def _try(text: str, files: Mapping[str, bytes]) -> Parsed:
    """Run the written file on the sample; raises `SourceError` when it cannot read it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new_board.py"
        path.write_text(text, encoding="utf-8")
        source = runpy.run_path(str(path), run_name="new_board")["SOURCE"]
    if problem := find_problem(source):
        raise SourceError("new-board", "SOURCE", problem)
    if not isinstance(source, Source):
        raise SourceError("new-board", "SOURCE", "is no leaderboard")
    return parse_files(source, files)


def _short_enough(code: BoardCode) -> BoardCode:
    """Return the code with as many benchmarks as fit into the file of a board; the others are columns without use."""
    while code.text().count("\n") > MAX_LINES and len(code.guess.benchmarks) > 1:
        *kept, last = code.guess.benchmarks
        is_used = last == code.guess.overall
        ignored = (*code.guess.ignored, *([] if is_used else [last.column]))
        code = replace(code, guess=replace(code.guess, benchmarks=tuple(kept), ignored=ignored))
    return code


def _write(folder: Path, documents: Mapping[str, bytes]) -> tuple[Path, ...]:
    paths = {folder / name: content for name, content in documents.items()}
    if existing := [str(path) for path in paths if path.exists()]:
        raise UsageError(
            f"{existing[0]} exists", hint="Nothing was written. Remove it, or choose another folder with --to."
        )
    for path, content in paths.items():
        with storage_errors(f"write {path}"):
            write_atomically(path, content)
    return tuple(paths)
