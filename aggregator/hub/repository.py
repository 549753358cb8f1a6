"""The Hugging Face Hub: publish a dataset as one commit, pull one revision of it.

A publication is one commit on top of the head that was looked at (`parent_commit`), so that two publishers can never
mix, and readers see the files of one edition or those of the one before. After anything that leaves it unclear whether
the commit was made, the head is looked at again before anything is sent again.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token, set_client_factory
from huggingface_hub.errors import OIDCError, RemoteEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined] # documented there

from aggregator.dataset import release_check
from aggregator.dataset.contents import MANIFEST, SUMS
from aggregator.dataset.destination import Repository
from aggregator.dataset.folder import safe_paths
from aggregator.errors import FetchError, PublishError
from aggregator.hub.errors import TROUBLE, asked_wait, hint_for, passes, told

Result = TypeVar("Result")

BRANCH = "main"
WAITS = (1.0, 4.0, 15.0, 60.0)
"""Seconds before each further try; a rate limit that names its end is waited for instead."""
MOST_BYTES = 8 * 1024**3
"""What a pull refuses to download: a dataset of ours is a hundred times smaller."""
TIMEOUT = httpx2.Timeout(60.0, connect=20.0)


@dataclass(frozen=True)
class Head:
    """The newest commit, and the manifest that it holds, if any."""

    commit: str
    manifest: dict[str, Any] | None


@dataclass(frozen=True)
class Publication:
    """Where an edition can be read; `is_new` is false when its rows were published already."""

    commit: str
    tag: str
    is_new: bool


class Hub:
    """One dataset repository. `token=False` asks as anybody; no other token than the given one is ever looked for."""

    def __init__(
        self,
        repository: Repository,
        token: str | Literal[False] = False,
        endpoint: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        disable_progress_bars()
        # The library's own client waits for ever.
        set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=TIMEOUT))
        self.repository = repository
        self._secret = token
        self._api = HfApi(endpoint=endpoint, token=token)
        self._sleep = sleep

    def head(self, revision: str | None = None) -> Head | None:
        """Return the newest commit, or that of `revision`; None where there is no such repository."""
        try:
            commit = str(self._api.repo_info(self.repository.id, repo_type="dataset", revision=revision or BRANCH).sha)
        except RepositoryNotFoundError:
            return None
        return Head(commit, self._manifest(commit))

    def published(self) -> dict[str, Any] | None:
        """Return the manifest of the newest edition, None before the first; raises `FetchError`."""
        head = self._patiently(self.head)
        return head.manifest if head else None

    def publish(self, directory: Path, manifest: Mapping[str, Any]) -> Publication:
        """Publish the prepared dataset in `directory` as one commit and name it by a tag.

        Raises `PublishError` when the published edition is newer, when the Hub refuses, or when the commit is not what
        was sent; whatever happens, no reader sees a part of an edition.
        """
        sent = False
        for wait in (*WAITS, None):
            try:
                head = self.head() or self._create()
                mine = sent and head.manifest == manifest
                if not release_check.is_news(head.manifest, manifest) and not mine:
                    return Publication(head.commit, self._name(head.commit, manifest), is_new=False)
                sent = True
                commit = head.commit if mine else self._commit(directory, manifest, head.commit)
                self._prove(directory, commit)
                return Publication(commit, self._name(commit, manifest), is_new=True)
            except TROUBLE as error:
                if wait is None or not passes(error):
                    # Without `from`: the cause holds the request, and with it the token.
                    raise PublishError(
                        f"{self.repository}: {told(error, self._secret)}", hint=hint_for(error)
                    ) from None
                self._sleep(max(wait, asked_wait(error)))
        raise AssertionError

    def pull(self, revision: str | None, directory: Path) -> str:
        """Download the files that one revision's manifest lists into `directory`; return the commit.

        Nothing is checked yet besides the paths and the size. Raises `FetchError`.
        """
        head = self._patiently(lambda: self.head(revision))
        if head is None or head.manifest is None:
            raise FetchError(str(self.repository), "there is no dataset of ours")
        paths = [*safe_paths(head.manifest), MANIFEST, SUMS]
        sizes = self._patiently(lambda: {file.path: file.size for file in self._files(head.commit)})
        if (size := sum(sizes.get(path, 0) for path in paths)) > MOST_BYTES:
            raise FetchError(str(self.repository), f"would be {size:,} bytes, more than {MOST_BYTES:,}")
        for path in paths:
            self._patiently(partial(self._download, path, head.commit, directory))
        shutil.rmtree(directory / ".cache", ignore_errors=True)
        return head.commit

    def _create(self) -> Head:
        self._api.create_repo(self.repository.id, repo_type="dataset", exist_ok=True)
        head = self.head()
        if head is None:
            raise PublishError(f"{self.repository} cannot be found after it was created")
        return head

    def _commit(self, directory: Path, manifest: Mapping[str, Any], parent: str) -> str:
        """Send one commit that makes the repository exactly the files of `directory`."""
        paths = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
        additions = [CommitOperationAdd(path, directory / path) for path in paths]
        gone = sorted({file.path for file in self._files(parent)} - set(paths))
        self._api.preupload_lfs_files(
            self.repository.id, additions, repo_type="dataset", revision=BRANCH, free_memory=False
        )
        made = self._api.create_commit(
            self.repository.id,
            [*additions, *(CommitOperationDelete(path, is_folder=False) for path in gone)],
            commit_message=f"Data of {release_check.data_tag(manifest)}, generation {manifest['generation']}",
            commit_description=f"content_hash: {manifest['content_hash']}",
            repo_type="dataset",
            revision=BRANCH,
            parent_commit=parent,
        )
        return str(made.oid)

    def _prove(self, directory: Path, commit: str) -> None:
        """Raise `PublishError` unless the commit holds exactly the files of `directory`, by their hashes."""
        there = {file.path: file.lfs.sha256 if file.lfs else file.blob_id for file in self._files(commit)}
        ours = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
        wrong = sorted(there.keys() ^ ours.keys())
        wrong += sorted(name for name in there.keys() & ours.keys() if there[name] not in _hashes(ours[name]))
        if wrong:
            raise PublishError(
                f"{self.repository}: commit {commit} differs from what was sent in {', '.join(wrong[:3])}",
                hint="It has no tag. `metaboard verify` refuses it; publish again to mend it.",
            )

    def _name(self, commit: str, manifest: Mapping[str, Any]) -> str:
        """Return the tag of an edition's commit, made now where it has none; a tag is never moved."""
        base = release_check.data_tag(manifest)
        tags = self._api.list_repo_refs(self.repository.id, repo_type="dataset").tags
        dated = {tag.name: tag.target_commit for tag in tags if release_check.is_named(tag.name, base)}
        for name, target in dated.items():
            if target == commit or self._has(target, manifest):
                return str(name)
        name = release_check.free_tag(base, dated.keys())
        self._api.create_tag(self.repository.id, tag=name, revision=commit, repo_type="dataset")
        return name

    def _has(self, commit: str, manifest: Mapping[str, Any]) -> bool:
        found = self._manifest(commit)
        return found is not None and found.get("content_hash") == manifest["content_hash"]

    def _files(self, commit: str) -> Iterator[RepoFile]:
        tree = self._api.list_repo_tree(self.repository.id, repo_type="dataset", revision=commit, recursive=True)
        return (entry for entry in tree if isinstance(entry, RepoFile))

    def _manifest(self, commit: str) -> dict[str, Any] | None:
        """Return the manifest of a commit; one that is missing or cannot be read is None."""
        with TemporaryDirectory() as folder:
            try:
                content = self._download(MANIFEST, commit, Path(folder)).read_bytes()
            except RemoteEntryNotFoundError:
                return None
            with suppress(ValueError):
                manifest = json.loads(content)
                return manifest if isinstance(manifest, dict) else None
        return None

    def _download(self, path: str, commit: str, directory: Path) -> Path:
        return Path(
            self._api.hf_hub_download(
                self.repository.id, path, repo_type="dataset", revision=commit, local_dir=directory, token=self._secret
            )
        )

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """Ask, and ask again after what passes; raises `FetchError`."""
        for wait in (*WAITS[:2], None):
            try:
                return ask()
            except TROUBLE as error:
                if wait is None or not passes(error):
                    raise FetchError(str(self.repository), told(error, self._secret), hint=hint_for(error)) from None
                self._sleep(max(wait, asked_wait(error)))
        raise AssertionError


def _hashes(path: Path) -> tuple[str, str]:
    """Return how the Hub names a file's content: as a large file, and as a git blob."""
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return hashlib.sha256(content).hexdigest(), blob.hexdigest()


def with_token(place: Repository) -> Hub:
    """Return a client that may write to `place`; this is the only function that looks for a token.

    Raises `PublishError` when there is none, or when the Hub refuses to exchange the job's identity for one.
    """
    try:
        token = get_token()
    except (OIDCError, *TROUBLE) as error:
        # Without `from`: the cause holds the request, and with it the job's identity token.
        raise PublishError(
            f"{place}: the Hub gave no token for this run: {type(error).__name__}",
            hint="Does the job have `id-token: write`, and do the dataset's settings trust this workflow?",
        ) from None
    if not token:
        raise PublishError(
            f"{place}: there is no token to publish with",
            hint="Set HF_TOKEN, or in CI let the Hub trust the workflow and set HF_OIDC_RESOURCE (docs/publish.md).",
        )
    return Hub(place, token)
