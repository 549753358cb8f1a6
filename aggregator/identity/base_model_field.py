"""What boards write where a base model is named: ids, lists, links, paths, and words that are none."""

import re
from collections.abc import Iterable

NO_PARENT = frozenset({"", "removed", "?", "none", "null", "n/a", "na", "unknown", "-"})
"""Words that stand in the column and name nothing."""

MERGE_MARK = re.compile(r"\s*\(merge\)\s*$", re.IGNORECASE)
"""Open LLM ends the base of a merge with ` (Merge)`."""

_LINK = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?([^/\s?#]+/[^/\s?#]+)")
_CACHE = re.compile(r"(?:sentence_transformers|torch)/([A-Za-z0-9-]+)_([^/\s]+)/?$")
"""sentence-transformers keeps `org/name` under `org_name`; an organisation has no underscore."""

_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+$")
_SEPARATORS = re.compile(r"[,;|\s\[\]'\"]+")


def read_parents(text: str, old_ids: Iterable[str] = ()) -> tuple[tuple[str, ...], bool]:
    """Return the ids that `text` names and whether it says that the model merges them.

    `old_ids` are lower-case ids without a namespace that are known to be models (`gpt2`). A path of
    somebody's disk or a word that is no id names nothing.
    """
    merged = bool(MERGE_MARK.search(text))
    bare = MERGE_MARK.sub("", text).strip()
    if bare.lower() in NO_PARENT:
        return (), merged
    if links := _LINK.findall(bare):
        return tuple(dict.fromkeys(links)), merged
    if cached := _CACHE.search(bare):
        return (f"{cached[1]}/{cached[2]}",), merged
    old = set(old_ids)
    words = [word for word in _SEPARATORS.split(bare) if word]
    return tuple(dict.fromkeys(word for word in words if _ID.match(word) or word.lower() in old)), merged
