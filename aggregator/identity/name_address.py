"""Part a name from the address it is served under: namespaces, hosts and the endings of routes and APIs. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_NAMESPACES = re.compile(r"^((?:[@~]?[A-Za-z0-9._-]+/)+)(?=[^/\s])")
"""A slash parts a namespace only after letters, digits, `.`, `_` and `-`: not in `GPT-4o (08/06)`."""

_DOTTED_VENDOR = re.compile(r"^(?:(?:us|eu|apac|global|jp|au|ca|us-gov)\.)?([a-z][a-z0-9]*)\.(?=[a-z])", re.IGNORECASE)
"""Amazon Bedrock writes `anthropic.claude-…` and `us.anthropic.claude-…`."""

_API_REVISION = re.compile(r"[-_ ]v?([0-9]+):([0-9]+)$", re.IGNORECASE)
"""Amazon Bedrock ends its ids with the revision of its API, `-v1:0`, or with a version, `-v0:2`."""

_SERVED_BY = re.compile(r"\s*@(?=[A-Za-z])[\w.-]+$|\s+\((?:via|on) [^()]+\)$|,\s+[\w. -]+\sapi$", re.IGNORECASE)
"""`model@hyperbolic`, `model (via Together)`, `model, Alibaba API`. `model@20240620` is a build."""

_ROUTE = re.compile(r":([A-Za-z]+)$")


class Address(NamedTuple):
    """A name and where it stood."""

    namespace: str
    """The namespaces before the name that are no hosts, as written; empty without one."""
    tail: str
    """The name itself, as written."""


NOTHING: frozenset[str] = frozenset()


def split_address(
    text: str, hosts: frozenset[str] = NOTHING, routes: frozenset[str] = NOTHING, vendors: frozenset[str] = NOTHING
) -> Address:
    """Return the namespace and the name of `text`.

    `hosts` are namespaces of those who serve models of others. `routes` are endings after a colon (`:free`) that
    choose how a host serves a model. `vendors` are words that a host writes before a dot (`anthropic.claude-…`).
    """
    namespace = ""
    tail = text
    if "/" in text:
        found = _NAMESPACES.match(tail)
        if found:
            tail = tail[found.end() :]
            namespace = _publisher(found[1].split("/"), hosts)
    if ":" in tail:
        route = _ROUTE.search(tail)
        if route and route[1].lower() in routes:
            tail = tail[: route.start()]
    if "@" in tail or "(" in tail or "," in tail:
        tail = _SERVED_BY.sub("", tail) or tail
    if vendors and "." in tail and not namespace:
        dotted = _DOTTED_VENDOR.match(tail)
        if dotted and dotted[1].lower() in vendors:
            namespace, tail = dotted[1], tail[dotted.end() :]
    if ":" in tail:
        tail = _API_REVISION.sub(lambda found: _without_revision(found, namespace), tail)
    return Address(namespace, tail)


def _publisher(namespaces: Iterable[str], hosts: frozenset[str]) -> str:
    """Return what is left without hosts. Several names together are no known publisher: `someone/meta-llama/…`."""
    named = (namespace.lstrip("@~") for namespace in namespaces if namespace)
    return "/".join(namespace for namespace in named if namespace.lower() not in hosts)


def _without_revision(found: re.Match[str], namespace: str) -> str:
    """Return what stays of `-v<major>:<minor>`: `1:0` is a revision, `2:1` and `0:2` are versions.

    Amazon's own models have a version here (`nova-pro-v1:0`), unless they have one before (`nova-2-lite-v1:0`).
    """
    major, minor = found[1], found[2]
    if minor != "0":
        return f"-v{major}.{minor}"
    has_version = any(character.isdigit() for character in found.string[: found.start()])
    return f"-v{major}" if namespace.lower() == "amazon" and not has_version else ""
