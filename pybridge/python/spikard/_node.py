"""Providers as nodes of a graph, and what can be wrong with the way to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from spikard._functions import Bound
from spikard._keys import PREFIX
from spikard._providers import label
from spikard._source import Source

_SIMILAR = 3  # keys that may have been meant; more would be no help


class Need(NamedTuple):
    """One parameter that wants a dependency."""

    key: str
    required: bool


class Node(NamedTuple):
    """A provider; or, without a key, what is asked of a scope."""

    key: str
    scope: str
    name: str
    source: Source  # where it is registered
    written: Source  # where its code is
    params: Sequence[dict[str, Any]]
    bound: Bound

    def needs(self) -> Iterator[Need]:
        """What its parameters want."""
        return (Need(p["key"], p["required"]) for p in self.params if p["in"] == "inject")

    def takes_request(self) -> bool:
        """Whether it can be called for a request only."""
        return any(p["in"] == "request" for p in self.params)

    def title(self) -> str:
        """The name and where it is registered."""
        return f"{self.name} ({place(self.source)})"


Path = tuple[Node, ...]  # each needs the next


def place(source: Source) -> str:
    """file:line, which editors and terminals turn into a link."""
    return f"{source.file}:{source.line}" if source.file else "unknown source"


def missing(path: Path, key: str, known: Iterable[Node], *, served: bool = False) -> str:
    """Nothing provides what the end of the path needs."""
    similar = sorted((n for n in known if _short(n.key) == _short(key)), key=lambda n: n.key)
    if similar:
        meant = " or ".join(f"{label(n.key)}, from {n.title()}" for n in similar[:_SIMILAR])
        advice = f"did you mean {meant}?"
    else:
        advice = "add app.provide() for it, or give the parameter a default"
    where, more = "here or in Go", ""
    if not served:
        where = "here"
        more = (
            "\n\tif Go provides it where the app is served, let app.override() stand in for it here"
        )
    return (
        f"no provider for {label(key)}{_way(path)}\n\t{_user(path[-1])} needs {label(key)}, which "
        f"nothing {where} provides\n\t{advice}{more}"
    )


def cycle(path: Path) -> str:
    """The end of the path needs its beginning, which is the same."""
    steps = "".join(
        f"\n\t{a.title()} provides {label(a.key)}; {_user(a)} needs {label(b.key)}"
        for a, b in pairwise(path)
    )
    return (
        f"dependency cycle: {' -> '.join(label(n.key) for n in path)}{steps}\n\tlet one of them do "
        "without the next, or move what they share into a provider of its own"
    )


def short_lived(path: Path) -> str:
    """A singleton, the last but one of the path, needs what lives shorter."""
    holder, held = label(path[-2].key), label(path[-1].key)
    return (
        f"singleton {holder} needs {held}, which has the scope {path[-1].scope!r}{_way(path)}\n\t"
        f"a singleton outlives every request: make {held} a singleton, or give {holder} the "
        "scope 'request'"
    )


def no_request(path: Path) -> str:
    """The end of the path takes the request."""
    advice = (
        f"let app.override() stand in for {label(path[-1].key)} here"
        if path[-1].key
        else "call() takes one that you give it, by the parameter's name"
    )
    return (
        f"{path[-1].name} takes the request, and there is none outside of requests{_way(path)}\n\t"
        f"{_user(path[-1])} takes the request\n\t{advice}"
    )


def _way(path: Path) -> str:
    return "".join(
        f"\n\t{_user(a)} needs {label(b.key)}, from {b.title()}" for a, b in pairwise(path)
    )


def _user(node: Node) -> str:
    return f"{node.name} ({place(node.written)})"


def _short(key: str) -> str:
    """What keys of one name in different modules or case have in common."""
    return key.removeprefix(PREFIX).partition("[")[0].partition("#")[0].rpartition(".")[2].lower()
