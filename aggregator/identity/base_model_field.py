"""Read the base model field of a board: ids, lists of ids, links, paths, or words that name no model."""

import re
from collections.abc import Iterable

NO_PARENT = frozenset({"", "removed", "?", "none", "null", "n/a", "na", "unknown", "-"})
"""Values of the field that name no model."""

MERGE_SUFFIX = re.compile(r"\s*\(merge\)\s*$", re.IGNORECASE)
"""Open LLM ends the base of a merge with ` (Merge)`."""

_LINK = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?([^/\s?#]+/[^/\s?#]+)")
_CACHE = re.compile(r"(?:sentence_transformers|torch)/([A-Za-z0-9-]+)_([^/\s]+)/?$")
"""sentence-transformers caches `org/name` in the folder `org_name`; an organization has no underscore."""

_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+$")
_SEPARATORS = re.compile(r"[,;|\s\[\]'\"]+")


def read_parents(text: str, ids_without_namespace: Iterable[str] = ()) -> tuple[tuple[str, ...], bool]:
    """Return the ids that `text` names, and whether `text` calls the model a merge.

    `ids_without_namespace` are known model ids without `/` in lower case (`gpt2`). A local path or another word
    names no model.
    """
    is_merge = bool(MERGE_SUFFIX.search(text))
    bare = MERGE_SUFFIX.sub("", text).strip()
    if bare.lower() in NO_PARENT:
        return (), is_merge
    if links := _LINK.findall(bare):
        return tuple(dict.fromkeys(links)), is_merge
    if cached := _CACHE.search(bare):
        return (f"{cached[1]}/{cached[2]}",), is_merge
    known = set(ids_without_namespace)
    words = [word for word in _SEPARATORS.split(bare) if word]
    return tuple(dict.fromkeys(word for word in words if _ID.match(word) or word.lower() in known)), is_merge
