"""What the stand-in Hub remembers: repositories, commits, large files, tags, and the faults that it is to show."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import Scope

TOKEN = "hf_standin"  # noqa: S105 - the password of a server that lives for one test
LARGE = re.compile(r"\.(parquet|duckdb)$")

Effect = Literal["before", "after", "cut before", "cut after", "cut while reading"]


@dataclass
class Fault:
    """Fails the next `times` requests that match: with a status, or by cutting the connection."""

    method: str
    path: str
    effect: Effect
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1

    def fits(self, scope: Scope) -> bool:
        return self.times > 0 and scope["method"] == self.method and re.search(self.path, scope["path"]) is not None


@dataclass(frozen=True)
class File:
    """One file of a tree; a large one is kept under its sha256."""

    content: bytes
    large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blob(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Commit:
    """A revision: its id, its title, and its whole tree."""

    id: str
    title: str
    tree: Mapping[str, File]


@dataclass
class Repo:
    """One dataset repository with its only branch, newest commit last."""

    commits: list[Commit]
    tags: dict[str, str] = field(default_factory=dict)

    def at(self, revision: str) -> Commit | None:
        wanted = self.tags.get(revision, revision)
        if wanted == "main":
            return self.commits[-1]
        return next((commit for commit in self.commits if commit.id == wanted), None)


@dataclass
class Hub:
    """The server's memory, and what it was asked."""

    repos: dict[str, Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    before_commit: Callable[[], object] | None = None
    """Called once, before the next commit is looked at: whoever else publishes at that moment."""
    endpoint: str = ""
    token: str = TOKEN
    told_elsewhere: list[str] = field(default_factory=list)
    """What clients sent as `Authorization` to the other host."""

    @property
    def elsewhere(self) -> str:
        """The address of large files: another host, as on the real Hub."""
        return self.endpoint.replace("127.0.0.1", "localhost")

    def commit(self, repo: str, files: Mapping[str, bytes], title: str = "by hand") -> str:
        """Make a commit as another publisher would."""
        found = self.repos.setdefault(repo, new_repo())
        added = {path: File(content, bool(LARGE.search(path))) for path, content in files.items()}
        self.large |= {file.sha256: file.content for file in added.values() if file.large}
        return add(found, {**found.commits[-1].tree, **added}, title)


def new_repo() -> Repo:
    return Repo([Commit("0" * 40, "initial commit", {".gitattributes": File(b"*.parquet filter=lfs", large=False)})])


def add(repo: Repo, tree: Mapping[str, File], title: str) -> str:
    text = json.dumps([repo.commits[-1].id, title, {path: file.sha256 for path, file in sorted(tree.items())}])
    made = Commit(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), title, dict(tree))
    repo.commits.append(made)
    return made.id
