"""Publish a dataset to the Hugging Face Hub as one commit, or pull one revision of it.

A publication is one commit on top of a known head (`parent_commit`), so two publishers never mix their files, and
readers see either the previous edition or the new one. After an error that may have come after the commit, the head is
read again before anything is sent again.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from huggingface_hub import get_token
from huggingface_hub.errors import OIDCError

from aggregator.dataset import release_check
from aggregator.dataset.contents import CHECKSUMS
from aggregator.dataset.destination import Repository
from aggregator.dataset.edition import safe_paths
from aggregator.dataset.signature import SIGNATURE
from aggregator.errors import FetchError, IncompleteDataset, PublishError, StorageError
from aggregator.hub.dataset_api import DatasetApi, Head
from aggregator.hub.errors import CLIENT_ERRORS, hint_for, message_without_token, retry_policy
from aggregator.store.manifest import MANIFEST

Result = TypeVar("Result")

PUBLISH_WAITS = (1.0, 4.0, 15.0, 60.0)
"""Seconds before each further attempt of a publication; a rate limit may ask for more."""
READ_WAITS = PUBLISH_WAITS[:2]
MAX_PULL_BYTES = 8 * 1024**3
"""The most that a pull downloads, about a hundred times the size of our dataset."""


@dataclass(frozen=True)
class Publication:
    """The commit and tag of an edition; `is_new` is false if its rows were already published."""

    commit: str
    tag: str
    is_new: bool


class HubRepository:
    """One dataset repository; `token=False` means anonymous, and no other token is looked up."""

    def __init__(
        self,
        repository: Repository,
        token: str | Literal[False] = False,
        endpoint: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.repository = repository
        self.api = DatasetApi(repository.id, token, endpoint)
        self._token = token
        self._sleep = sleep

    def published_manifest(self) -> dict[str, Any] | None:
        """Return the manifest of the newest edition, or None before the first one; raises `FetchError`."""
        head = self._read(self.api.head)
        return head.manifest if head else None

    def publish(
        self,
        directory: Path,
        manifest: Mapping[str, Any],
        is_new: Callable[[Any, Any], bool] = release_check.is_new_edition,
    ) -> Publication:
        """Publish the prepared dataset in `directory` as one commit with a tag.

        `is_new` compares the manifest of the head with ours, at each attempt: another publisher may have been faster.
        Raises `PublishError` if the published edition is newer, if the Hub refuses, or if the commit differs from
        `directory`. Readers never see a partial edition.
        """
        is_sent = False

        def attempt() -> Publication:
            nonlocal is_sent
            head = self.api.head() or self._create()
            # True if an earlier attempt made the commit, and only its response was lost.
            is_ours = is_sent and head.manifest == manifest
            if not is_ours and not is_new(head.manifest, manifest) and self._has_signature(head.commit, directory):
                return Publication(head.commit, self._ensure_tag(head.commit, manifest), is_new=False)
            is_sent = True
            commit = head.commit if is_ours else self._commit(directory, manifest, head.commit)
            self._verify_commit(directory, commit)
            return Publication(commit, self._ensure_tag(commit, manifest), is_new=True)

        try:
            return retry_policy(PUBLISH_WAITS, self._sleep)(attempt)
        except CLIENT_ERRORS as error:
            message = message_without_token(error, self._token)
            # Without `from`: the cause holds the request, and with it the token.
            raise PublishError(f"{self.repository}: {message}", hint=hint_for(error)) from None

    def pull(self, revision: str | None, directory: Path) -> str:
        """Download the files that the manifest of one revision lists into `directory`; return the commit.

        Only paths and the total size are checked here. Raises `FetchError`.
        """
        head = self._read(lambda: self.api.head(revision))
        if head is None or head.manifest is None:
            raise FetchError(str(self.repository), "has no Metaboard dataset")
        sizes = self._read(lambda: {file.path: file.size for file in self.api.list_files(head.commit)})
        signature = [SIGNATURE] if SIGNATURE in sizes else []
        try:
            paths = [*safe_paths(head.manifest), MANIFEST, CHECKSUMS, *signature]
        except StorageError as cause:
            raise IncompleteDataset(str(self.repository), cause.headline) from cause
        if missing := next((path for path in paths if path not in sizes), None):
            raise IncompleteDataset(str(self.repository), f"{missing} is missing")
        if (size := sum(sizes.get(path, 0) for path in paths)) > MAX_PULL_BYTES:
            raise FetchError(str(self.repository), f"would be {size:,} bytes, more than {MAX_PULL_BYTES:,}")
        for path in paths:
            self._read(partial(self.api.download, path, head.commit, directory))
        shutil.rmtree(directory / ".cache", ignore_errors=True)
        return head.commit

    def _create(self) -> Head:
        self.api.create()
        head = self.api.head()
        if head is None:
            raise PublishError(f"{self.repository} cannot be found after it was created")
        return head

    def _commit(self, directory: Path, manifest: Mapping[str, Any], parent: str) -> str:
        title = f"Data of {release_check.data_tag(manifest)}, generation {manifest['generation']}"
        return self.api.commit(directory, title, f"content_hash: {manifest['content_hash']}", parent)

    def _verify_commit(self, directory: Path, commit: str) -> None:
        """Raise `PublishError` unless the commit has exactly the files of `directory`."""
        if differing := self.api.differing_files(directory, commit):
            raise PublishError(
                f"{self.repository}: commit {commit} differs from what was sent in {', '.join(differing[:3])}",
                hint="It has no tag, and `metaboard verify` refuses it. Publish again to replace it.",
            )

    def _has_signature(self, commit: str, directory: Path) -> bool:
        """Return whether a commit with our rows is signed if ours is."""
        return not (directory / SIGNATURE).exists() or any(
            file.path == SIGNATURE for file in self.api.list_files(commit)
        )

    def _ensure_tag(self, commit: str, manifest: Mapping[str, Any]) -> str:
        """Return the tag of an edition; a missing tag is created, an existing one is never moved."""
        base = release_check.data_tag(manifest)
        tags = {name: target for name, target in self.api.tags().items() if release_check.is_tag_of(name, base)}
        for name, target in tags.items():
            if target == commit or self._has_content(target, manifest):
                return name
        name = release_check.free_tag(base, tags.keys())
        self.api.create_tag(name, commit)
        return name

    def _has_content(self, commit: str, manifest: Mapping[str, Any]) -> bool:
        found = self.api.read_manifest(commit)
        return found is not None and found.get("content_hash") == manifest["content_hash"]

    def _read(self, operation: Callable[[], Result]) -> Result:
        """Return the result of `operation`, after retries if needed; raises `FetchError`."""
        try:
            return retry_policy(READ_WAITS, self._sleep)(operation)
        except CLIENT_ERRORS as error:
            reason = message_without_token(error, self._token)
            raise FetchError(str(self.repository), reason, hint=hint_for(error)) from None


def open_for_publishing(repository: Repository) -> HubRepository:
    """Return a client that may write to `repository`; the only function that looks up a token.

    Raises `PublishError` if there is no token, or if the Hub does not exchange the identity of the CI job for one.
    """
    try:
        token = get_token()
    except (OIDCError, *CLIENT_ERRORS) as error:
        # Without `from`: the cause holds the request, and with it the identity token of the job.
        raise PublishError(
            f"{repository}: the Hub gave no token for this run: {type(error).__name__}",
            hint="Check that the job has `id-token: write`, and that the dataset's settings trust this workflow.",
        ) from None
    if not token:
        raise PublishError(
            f"{repository}: there is no token to publish with",
            hint="Set HF_TOKEN, or in CI let the Hub trust the workflow and set HF_OIDC_RESOURCE (docs/publish.md).",
        )
    return HubRepository(repository, token)
