"""The providers of an app as a graph, for dependencies outside of requests.

The rules are those of the manifest, since the same code describes both. What Go
checks when it serves the app is checked here for what is asked for, before
anything of it is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spikard._arguments import Argument, default_of
from spikard._binding import split
from spikard._exceptions import DependencyError
from spikard._faults import BindingError, Fault, Faults
from spikard._functions import Bound, Functions
from spikard._keys import LOGGER, key_of, key_or_none
from spikard._missing import MISSING
from spikard._node import Need, Node, Path, cycle, missing, no_request, place, short_lived
from spikard._overrides import Effective
from spikard._providers import LOGGER_NAME, Providers, label, names_a_type
from spikard._request import Request
from spikard._source import Source, name_of, source_of
from spikard._suspends import kind_of
from spikard._types import Types

if TYPE_CHECKING:
    from spikard._signature import Parameter


class Graph:
    """The providers of an app by their keys."""

    def __init__(self, providers: Providers, faults: Sequence[Fault]) -> None:
        self.nodes: dict[str, Node] = {}
        self._providers = providers
        self._faults = faults
        self._taken = 0  # so many of the providers are nodes, or were refused
        self._twice: list[Fault] = []
        self._sound: set[str] = set()  # all that these need can be made without a host
        self._lock = threading.Lock()  # of all that a function to be called may add to
        self._take()
        self.nodes.setdefault(LOGGER, _logger())

    def refuse_faults(self) -> None:
        """Raises DependencyError for registrations that can't be right."""
        if found := [*self._faults, *self._twice]:
            raise _refusal(found)

    def singletons(self) -> frozenset[str]:
        """The keys of what is made once for an app."""
        made = (n for n in list(self.nodes.values()) if n.bound.kind != "value")
        return frozenset(n.key for n in made if n.scope == "singleton")

    def overridden(self) -> frozenset[str]:
        """The keys that are overridden, and those of all that needs one, directly or not."""
        found = frozenset(k for k in self._providers.overridden if k is not None)
        while True:
            direct = (n for n in self.nodes.values() if any(d.key in found for d in n.needs()))
            more = found.union(n.key for n in direct)
            if more == found:
                return found
            found = more

    def function(self, target: Callable[..., Any], given: Mapping[str, Any]) -> Node:
        """A function to be called, with some of its arguments at hand.

        Raises DependencyError where it can't be told what to inject.
        """
        kind, name, source = kind_of(target), name_of(target), source_of(target)
        with self._lock:
            faults = self._providers.faults
            faults.source, before = source, len(faults.found)
            functions = Functions(self._providers.types, faults)
            index = functions.add(
                target, kind, f"call of {name}", lambda p, _: self._bind(p, given)
            )
            if kind in ("generator", "async_generator"):
                faults.add(f"call of {name}: it has a yield: provide it, and get what it yields")
            self._take()
            found = faults.found[before:]
            del faults.found[before:]
        if index is None or found:
            raise _refusal(found)
        return Node("", "", name, source, source, functions.params(index), functions.bound[index])

    def check(self, node: Node, hosted: Collection[str] | None) -> None:
        """Raises DependencyError if something that a node needs can't be made.

        With a host, the keys that it has singletons for are given; then what
        isn't provided here may be Go's.
        """
        if node.takes_request():
            raise DependencyError(no_request((node,)))
        for need in node.needs():
            self._check(need, (node,), hosted)

    def missing(self, user: Node, key: str) -> str:
        """The message that the host, too, has nothing for a key that is needed."""
        return missing((user,), key, list(self.nodes.values()), served=True)

    def _check(self, need: Need, path: Path, hosted: Collection[str] | None) -> None:
        if hosted and need.key in hosted:
            return
        node = self.nodes.get(need.key)
        if node is None:
            if need.required and hosted is None:
                raise DependencyError(missing(path, need.key, list(self.nodes.values())))
            return
        way = (*path, node)
        if path[-1].scope == "singleton" and node.scope != "singleton":
            raise DependencyError(short_lived(way))
        if node.key in self._sound:
            return
        before = [n.key for n in path]
        if node.key in before:
            raise DependencyError(cycle(way[before.index(node.key) :]))
        if node.takes_request():
            raise DependencyError(no_request(way))
        for deeper in node.needs():
            self._check(deeper, way, hosted)
        if hosted is None:
            self._sound.add(need.key)

    def _take(self) -> None:
        """Makes nodes of the providers that were described since the last time."""
        described = self._providers.described[self._taken :]
        self._taken += len(described)
        for one in described:
            node = _node(one, self._providers.functions)
            first = self.nodes.setdefault(node.key, node)
            if first is not node:
                what = f"{label(node.key)} is provided already: {first.title()}"
                self._twice.append(Fault(what, node.source))

    def _bind(self, p: Parameter, given: Mapping[str, Any]) -> Argument:
        if p.name in given:
            return Argument({"name": p.name, "in": "given"}, MISSING)
        _, marker, _ = split(p)
        if marker is None:
            return self._providers.binding.of_provider(p)
        default = default_of(p, marker)
        if default is MISSING:
            raise BindingError(f"{marker!r} is of a request: give it, as call(..., {p.name}=...)")
        return Argument({"name": p.name, "in": "given"}, default)


def graph_of(here: Effective) -> Graph:
    """The graph of an app's provisions."""
    faults, types = Faults(), Types()
    providers = Providers(here, types, Functions(types, faults), faults)
    providers.describe()
    return Graph(providers, faults.found)


def asking(key: object, source: Source) -> Node:
    """What stands for asking a scope for a dependency.

    Raises TypeError for what is no key.
    """
    text = key_or_none(key)
    if text is None or not names_a_type(key):
        raise TypeError(f"{key!r} is neither a type nor a name")
    place = "request" if text == key_of(Request) else "inject"
    param = {"name": "key", "in": place, "key": text, "required": True}
    return Node("", "", "scope.get", source, source, (param,), _bound(None, 1))


def _logger() -> Node:
    import logging  # not for apps that don't log

    nowhere = Source("", 0)
    logger = _bound(logging.getLogger(LOGGER_NAME))
    return Node(LOGGER, "singleton", label(LOGGER), nowhere, nowhere, (), logger)


def _bound(value: Any, parameters: int = 0) -> Bound:
    return Bound(value, "value", False, (MISSING,) * parameters, parameters, ())


def _refusal(faults: Collection[Fault]) -> DependencyError:
    return DependencyError("\n".join(f"{f.message} ({place(f.source)})" for f in faults))


def _node(described: Mapping[str, Any], functions: Functions) -> Node:
    index = described["callable"]
    function = functions.described[index]
    return Node(
        described["key"],
        described["scope"],
        function["name"],
        Source(**described["source"]),
        Source(**function["source"]),
        function["params"],
        functions.bound[index],
    )
