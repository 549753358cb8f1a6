"""Single calls to the Hub's API for one dataset repository, without retries; they raise the client's errors unchanged."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, set_client_factory
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined] # documented there

from aggregator.store.manifest import MANIFEST

BRANCH = "main"
DATASET = "dataset"
TIMEOUT = httpx2.Timeout(60.0, connect=20.0)


@dataclass(frozen=True)
class Head:
    """The newest commit, and its manifest if it has one."""

    commit: str
    manifest: dict[str, Any] | None


class DatasetApi:
    """The repository `repository_id`; `token=False` means anonymous, and no other token is looked up."""

    def __init__(self, repository_id: str, token: str | Literal[False], endpoint: str | None) -> None:
        disable_progress_bars()
        # The client's default has no timeout.
        set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=TIMEOUT))
        self._id = repository_id
        self._token = token
        self._api = HfApi(endpoint=endpoint, token=token)

    def head(self, revision: str | None = None) -> Head | None:
        """Return the newest commit, or that of `revision`; None if the repository does not exist."""
        try:
            commit = str(self._api.repo_info(self._id, repo_type=DATASET, revision=revision or BRANCH).sha)
        except RepositoryNotFoundError:
            return None
        return Head(commit, self.read_manifest(commit))

    def create(self) -> None:
        """Create the repository unless it exists."""
        self._api.create_repo(self._id, repo_type=DATASET, exist_ok=True)

    def read_manifest(self, commit: str) -> dict[str, Any] | None:
        """Return the manifest of a commit; None if it is missing or not a JSON object."""
        with TemporaryDirectory() as folder:
            try:
                content = self.download(MANIFEST, commit, Path(folder)).read_bytes()
            except RemoteEntryNotFoundError:
                return None
            with suppress(ValueError, RecursionError):
                manifest = json.loads(content)
                return manifest if isinstance(manifest, dict) else None
        return None

    def download(self, path: str, commit: str, directory: Path) -> Path:
        """Download one file of a commit into `directory`."""
        return Path(
            self._api.hf_hub_download(
                self._id, path, repo_type=DATASET, revision=commit, local_dir=directory, token=self._token
            )
        )

    def list_files(self, commit: str) -> Iterator[RepoFile]:
        """Yield the files of a commit."""
        tree = self._api.list_repo_tree(self._id, repo_type=DATASET, revision=commit, recursive=True)
        return (entry for entry in tree if isinstance(entry, RepoFile))

    def commit(self, directory: Path, title: str, description: str, parent: str) -> str:
        """Make the repository exactly the files of `directory`, in one commit on top of `parent`."""
        paths = sorted(local_files(directory))
        additions = [CommitOperationAdd(path, directory / path) for path in paths]
        removed = sorted({file.path for file in self.list_files(parent)} - set(paths))
        self._api.preupload_lfs_files(self._id, additions, repo_type=DATASET, revision=BRANCH, free_memory=False)
        made = self._api.create_commit(
            self._id,
            [*additions, *(CommitOperationDelete(path, is_folder=False) for path in removed)],
            commit_message=title,
            commit_description=description,
            repo_type=DATASET,
            revision=BRANCH,
            parent_commit=parent,
        )
        return str(made.oid)

    def differing_files(self, directory: Path, commit: str) -> list[str]:
        """Return the paths that are only in `directory`, only in the commit, or have different contents."""
        remote = {file.path: file.lfs.sha256 if file.lfs else file.blob_id for file in self.list_files(commit)}
        local = local_files(directory)
        changed = [path for path in remote.keys() & local.keys() if remote[path] not in _hub_hashes(local[path])]
        return sorted(remote.keys() ^ local.keys()) + sorted(changed)

    def tags(self) -> Mapping[str, str]:
        """Return the commit of each tag."""
        return {tag.name: tag.target_commit for tag in self._api.list_repo_refs(self._id, repo_type=DATASET).tags}

    def create_tag(self, name: str, commit: str) -> None:
        """Add a tag to a commit."""
        self._api.create_tag(self._id, tag=name, revision=commit, repo_type=DATASET)


def local_files(directory: Path) -> dict[str, Path]:
    """Return all files under `directory` by relative path."""
    return {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}


def _hub_hashes(path: Path) -> tuple[str, str]:
    """Return both hashes that the Hub may list for a file: SHA-256 for large files, and that of a git blob."""
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return hashlib.sha256(content).hexdigest(), blob.hexdigest()
