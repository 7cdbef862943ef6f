"""Dependencies outside of requests."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from spikard._exceptions import DependencyError, GoError
from spikard._generators import begin, begin_async
from spikard._missing import Factory
from spikard._shelf import Shelf
from spikard._source import Source, caller

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from types import TracebackType

    from typing_extensions import Self

    from spikard._app import Spikard
    from spikard._graph import Graph
    from spikard._node import Node
    from spikard._overrides import Effective

__all__ = ["DependencyScope"]

T = TypeVar("T")

_NOTHING: Mapping[str, Any] = {}


class Opened:
    """What the open scopes of an app share on an event loop, under the same overrides."""

    def __init__(self, graph: Graph, hosted: frozenset[str] | None) -> None:
        self.graph = graph
        self.hosted = hosted  # the keys of the host's singletons; None without a host
        self.singletons = Shelf()
        self.scopes = 0


class DependencyScope:
    """Dependencies outside of requests: for scripts, jobs, start-up code and tests.

    `app.scope()` makes one, for `async with`. What has the scope "request" is
    made once in it. It is cleaned up at the end, in reverse order, with what
    ended the `async with` thrown into the generators. Every clean-up runs; what
    one raises, the `async with` raises.

    Where the app is served, singletons and what Go provides are the server's.
    Elsewhere a singleton is made when it is first asked for, once for an event
    loop, and cleaned up when the last open scope of the app ends there. What
    only Go provides is missing then: `app.override()` can stand in for it.

    The tasks of the event loop that a scope was opened on may use it at once.
    """

    def __init__(self, app: Spikard) -> None:
        self._app = app
        self._own = Shelf()
        self._loop: AbstractEventLoop | None = None
        self._key: tuple[Any, ...] = ()
        self._opened: Opened | None = None
        self._ticket: int | None = None  # the number that the host knows the scope by

    def __enter__(self) -> NoReturn:
        raise TypeError("app.scope() has to wait: write `async with app.scope() as scope:`")

    def __exit__(self, *_: object) -> None: ...

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError("a scope is entered once: app.scope() gives another")
        from asyncio import get_running_loop

        from spikard._overrides import effective

        here = effective(self._app)
        self._loop = get_running_loop()
        self._key = (self._loop, here.overrides, len(here.provisions))
        opened = self._app._opened.get(self._key)
        if opened is None:
            opened = self._app._opened[self._key] = _open(self._app, here)
        opened.scopes += 1
        self._opened = opened
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._end(failure)
        finally:
            await self._leave()

    @overload
    def get(self, key: type[T]) -> Coroutine[Any, Any, T]: ...
    @overload
    def get(self, key: object) -> Coroutine[Any, Any, Any]: ...
    def get(self, key: object) -> Coroutine[Any, Any, Any]:
        """The dependency of a type, of `Annotated[T, "name"]`, or of a name.

        Raises DependencyError if it can't be made, before anything is: nothing
        provides it or what it needs, a singleton would hold on to what lives
        for a request, or it takes the request itself. What a factory raises is
        raised as it is.
        """
        return self._get(key, caller())

    @overload
    def call(
        self, function: Callable[..., Awaitable[T]], /, **given: Any
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def call(self, function: Callable[..., T], /, **given: Any) -> Coroutine[Any, Any, T]: ...
    def call(self, function: Callable[..., Any], /, **given: Any) -> Coroutine[Any, Any, Any]:
        """Calls a function with its dependencies, and with the arguments that are given.

        It takes what handlers take, but parameters that a request would fill
        have to be given, if they have no default. A plain function is called
        right here, on the event loop. Raises what `get` raises.
        """
        return self._call(function, given)

    async def _get(self, key: object, source: Source) -> Any:
        from spikard._graph import asking

        opened = self._checked()
        root = asking(key, source)
        opened.graph.check(root, opened.hosted)
        [value] = await self._arguments(root, _NOTHING)
        return value

    async def _call(self, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        opened = self._checked()
        node = opened.graph.function(function, given)
        opened.graph.check(node, opened.hosted)
        result = await self._result(node, given)
        return await result if inspect.isawaitable(result) else result

    def _checked(self) -> Opened:
        from asyncio import get_running_loop

        if self._opened is None:
            raise RuntimeError("the scope isn't open: write `async with app.scope() as scope:`")
        if self._own.closed:
            raise RuntimeError("the scope has ended")
        if get_running_loop() is not self._loop:
            raise RuntimeError("the scope was opened on another event loop: open one on this")
        return self._opened

    async def _value(self, opened: Opened, node: Node) -> Any:
        key = node.key
        if opened.hosted and key in opened.hosted:
            return await self._from_host(key)
        if node.bound.kind == "value":
            return node.bound.target
        if node.scope == "transient":
            return await self._made(node, self._own)
        shelf = opened.singletons if node.scope == "singleton" else self._own
        if key not in shelf.values:
            async with shelf.lock(key):
                if key not in shelf.values:
                    shelf.values[key] = await self._made(node, shelf)
        return shelf.values[key]

    async def _made(self, node: Node, shelf: Shelf) -> Any:
        """A value made by its provider; its clean-up is the shelf's."""
        made = await self._result(node, _NOTHING)
        if node.bound.kind == "coroutine":
            return await made
        if node.bound.kind == "generator":
            value = begin(made)
        elif node.bound.kind == "async_generator":
            value = await begin_async(made)
        else:
            return made
        await shelf.put(made)
        return value

    async def _result(self, node: Node, given: Mapping[str, Any]) -> Any:
        values = await self._arguments(node, given)
        n = node.bound.positional
        keywords = dict(zip(node.bound.keywords, values[n:], strict=True))
        known = {p["name"] for p in node.params}
        keywords.update({k: v for k, v in given.items() if k not in known})  # Python refuses them
        return node.bound.target(*values[:n], **keywords)

    async def _arguments(self, node: Node, given: Mapping[str, Any]) -> list[Any]:
        values = []
        for p, default in zip(node.params, node.bound.defaults, strict=True):
            if p["name"] in given:
                values.append(given[p["name"]])
            else:
                values.append(await self._argument(node, p, default))
        return values

    async def _argument(self, node: Node, param: Mapping[str, Any], default: Any) -> Any:
        opened = self._checked()
        key = param.get("key")
        if key in opened.graph.nodes:
            return await self._value(opened, opened.graph.nodes[key])
        if key is not None and opened.hosted is not None:
            try:
                return await self._from_host(key)
            except (LookupError, GoError) as exc:
                if not _is_missing(exc, key):
                    raise
                if param["required"]:
                    raise DependencyError(opened.graph.missing(node, key)) from exc
        return default.make() if isinstance(default, Factory) else default

    async def _from_host(self, key: str) -> Any:
        host = self._app._host
        if self._ticket is None:
            self._ticket = host.open()
        return await host.get(self._ticket, key)

    async def _end(self, failure: BaseException | None) -> None:
        """Cleans up what is this scope's own. Raises what a clean-up raised."""
        ended = await self._own.close(failure)
        try:
            if ended is not None and ended is not failure:
                raise ended
        finally:
            if self._ticket is not None:
                await self._app._host.end(self._ticket, ended)

    async def _leave(self) -> None:
        """Cleans up the singletons, if this was the last scope."""
        opened = self._opened
        if opened is None:
            return
        opened.scopes -= 1
        if not opened.scopes:
            del self._app._opened[self._key]
            failure = await opened.singletons.close(None)
            if failure is not None:
                raise failure


def _open(app: Spikard, here: Effective) -> Opened:
    """What is shared from now on. Raises DependencyError for an app with faults."""
    from spikard._graph import graph_of
    from spikard._providers import is_private

    graph = app._graph
    if graph is None or here.overrides:
        graph = graph_of(here)
    graph.refuse_faults()
    if app._host is None or app._graph is None:
        return Opened(graph, None)
    # The host's singletons have been made without the overrides.
    hosted = app._graph.singletons() - graph.overridden()
    if here.overrides:
        hosted = frozenset(k for k in hosted if not is_private(k))
    return Opened(graph, hosted)


def _is_missing(exc: Exception, key: str) -> bool:
    """Whether the host said that nothing provides what was asked for."""
    from spikard._keys import PREFIX

    name = key.removeprefix(PREFIX) if key.startswith(PREFIX) else f'"{key}"'
    return isinstance(exc, LookupError) or f"no provider for {name}" in str(exc)
