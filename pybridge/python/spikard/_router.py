"""Registration of handlers for paths.

Registration only takes down what was said, and where; everything is judged
when the app is loaded, so that all faults can be told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar

from spikard._faults import Fault
from spikard._params import Schema
from spikard._sessions import SessionOptions
from spikard._source import Source, caller, caller_module, decorator_of
from spikard._unbuilt import message

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["RouteOptions", "Router", "default_router"]

H = TypeVar("H", bound=Callable[..., Any])


class RouteOptions(TypedDict, total=False):
    """The keywords of the routing decorators.

    `body_schema` and `response_schema` are JSON Schemas (2020-12) of the body
    and of the answer; `validate_responses` checks each answer, and is
    `ServerConfig.validate_responses` where it isn't given. `parameter_schema`
    is the schema of an object whose properties are parameters, each with a
    `source`: "query", "path", "header" or "cookie". `file_params` are the rules
    for files by their fields: `{"photo": {"required": True, "content_type":
    ["image/png"], "max_size": 1000, "validate_magic_numbers": True}}`.

    `security` says what a client must show, one of several: `["bearerAuth"]`,
    `[{"bearerAuth": ["orders:write"]}, "apiKeyAuth"]`; an empty list is nothing,
    and without the keyword it is what the server is configured for. The hooks
    are this route's own, behind all others of their stage.

    With `stream_body` the body is not read ahead of the handler, which takes it
    in parts from `request.stream()`, up to the server's `max_body_size`.

    `threads` is how many calls of this route may be inside Python at once, in
    places of its own; without it, it shares those of the process with the others.
    `queue` is how many more may wait for that: those above are answered with 503.
    Where they aren't given they are `ServerConfig.route_threads` and
    `ServerConfig.route_queue`.
    """

    body_schema: Schema | None
    response_schema: Schema | None
    validate_responses: bool | None
    parameter_schema: Mapping[str, Any] | None
    file_params: Mapping[str, Any] | None
    status_code: int | None
    tags: Sequence[str] | None
    summary: str | None
    description: str | None
    deprecated: bool
    operation_id: str | None
    include_in_schema: bool
    jsonrpc_method: str | None
    security: Sequence[str | Mapping[str, Sequence[str]]] | None
    on_request: Sequence[Callable[..., Any]]
    pre_validation: Sequence[Callable[..., Any]]
    pre_handler: Sequence[Callable[..., Any]]
    on_response: Sequence[Callable[..., Any]]
    on_error: Sequence[Callable[..., Any]]
    stream_body: bool
    threads: int | None
    queue: int | None


OPTIONS = frozenset(RouteOptions.__annotations__)


class Hook(NamedTuple):
    """One use of a hook's decorator, or of a route's keyword."""

    stage: str
    function: Any
    source: Source


class Route(NamedTuple):
    """One use of a routing decorator."""

    methods: tuple[str, ...]
    path: str
    handler: Any
    options: Mapping[str, Any]
    source: Source
    module: Mapping[str, Any]  # the globals of the module it is written in
    hooks: tuple[Hook, ...] = ()  # of the routers that it is in
    form: str = ""  # "sse" or "websocket"
    session: SessionOptions | None = None


class Include(NamedTuple):
    """One use of include_router."""

    router: Router
    prefix: str
    source: Source
    module: Mapping[str, Any]


class Router:
    """A group of routes, to be included in an app or in another router.

    Its hooks run for its routes, behind those of the app and of the routers that
    it is included in.
    """

    def __init__(self, *, prefix: str = "") -> None:
        self._prefix = prefix
        self._source = caller()
        self._entries: list[Route | Include] = []
        self._hooks: list[Hook] = []
        self._faults: list[Fault] = []
        self._sealed = False
        # Of the default router: the entries that some app has, by their ids.
        self._taken: dict[int, Route | Include] = {}

    def route(
        self, path: str, *, methods: Sequence[str], **options: Unpack[RouteOptions]
    ) -> Callable[[H], H]:
        """Registers a handler for several methods."""
        if isinstance(methods, str):
            raise TypeError(f"methods must be a list, as [{methods!r}]")
        return self._register(tuple(m.upper() for m in methods), path, options)

    def _register(
        self,
        methods: tuple[str, ...],
        path: str,
        options: Mapping[str, Any],
        form: str = "",
        session: SessionOptions | None = None,
    ) -> Callable[[H], H]:
        unknown = sorted(options.keys() - OPTIONS)
        if unknown:
            raise TypeError(f"a route got an unexpected keyword argument {unknown[0]!r}")
        self._check_open()
        source, module = caller(), caller_module()

        def register(handler: H) -> H:
            self._entries.append(
                Route(methods, path, handler, options, source, module, (), form, session)
            )
            return handler

        return register

    def get(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for GET, and so for HEAD."""
        return self.route(path, methods=["GET"], **options)

    def post(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for POST."""
        return self.route(path, methods=["POST"], **options)

    def put(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for PUT."""
        return self.route(path, methods=["PUT"], **options)

    def patch(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for PATCH."""
        return self.route(path, methods=["PATCH"], **options)

    def delete(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for DELETE."""
        return self.route(path, methods=["DELETE"], **options)

    def head(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for HEAD alone."""
        return self.route(path, methods=["HEAD"], **options)

    def options(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for OPTIONS."""
        return self.route(path, methods=["OPTIONS"], **options)

    def trace(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a handler for TRACE."""
        return self.route(path, methods=["TRACE"], **options)

    def include_router(self, router: Router, prefix: str = "") -> None:
        """Adds another router's routes, also those it gets later, below a prefix."""
        if not isinstance(router, Router):
            raise TypeError(f"include_router() takes a Router, not {router!r}")
        if router is self or any(i.router is self for i in router._includes()):
            raise ValueError("a router can't include itself")
        self._check_open()
        self._entries.append(Include(router, prefix, caller(), caller_module()))

    def on_request(self, hook: H) -> H:
        """Runs ahead of everything else; a Response from it ends the request.

        ```python
        @app.on_request
        async def start(request: Request) -> None:
            request.state.begun = time.monotonic()
        ```

        An app's own hooks also run where no route is found.
        """
        return self._hook("on_request", hook)

    def pre_validation(self, hook: H) -> H:
        """Runs before it is judged what the client sent; a Response ends the request."""
        return self._hook("pre_validation", hook)

    def pre_handler(self, hook: H) -> H:
        """Runs ahead of each handler; a Response from it ends the request."""
        return self._hook("pre_handler", hook)

    def on_response(self, hook: H) -> H:
        """Runs with each answer, whoever made it; a Response takes the answer's place."""
        return self._hook("on_response", hook)

    def on_error(self, hook: H) -> H:
        """Runs when a hook, a provider or the handler has raised, with the exception.

        The first that returns a Response answers; then no other is asked.
        """
        return self._hook("on_error", hook)

    def _hook(self, stage: str, hook: H) -> H:
        self._check_open()
        self._hooks.append(Hook(stage, hook, decorator_of(hook)))
        return hook

    def websocket(
        self,
        path: str,
        *,
        message_schema: Schema | None = None,
        subprotocols: Sequence[str] = (),
        on_connect: Callable[..., Any] | None = None,
        on_disconnect: Callable[..., Any] | None = None,
        **options: Unpack[RouteOptions],
    ) -> Callable[[H], H]:
        """Registers a handler for WebSockets.

        ```python
        @app.websocket("/chat", message_schema=CHAT)
        async def chat(message: dict) -> dict | None:
            return {"type": "ack", "id": message["id"]}

        @app.websocket("/feed")
        async def feed(socket: WebSocket, feed: Feed) -> None:
            await socket.accept()
            async for item in feed:
                await socket.send(item)
        ```

        A handler that takes the `WebSocket` is called once, and receives for
        itself. Any other is called for each message, and what it returns is sent,
        unless it is None: text messages are read as JSON, checked by
        `message_schema`, and bound to the type of the first parameter, as the body
        of a request would be; one that is annotated `str` or `bytes` is given
        messages as they are. A message that doesn't fit is answered with
        `{"type": "error", "message": ..., "errors": [...]}`.

        The other parameters are injected or come from the handshake; request
        dependencies live as long as the session. `on_connect` runs ahead of the
        first message, `on_disconnect` behind the last; both may take the socket.
        """
        session = SessionOptions(message_schema, subprotocols, on_connect, on_disconnect)
        return self._register(("GET",), path, options, "websocket", session)

    def sse(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Registers a generator whose values are sent as server-sent events.

        ```python
        @app.sse("/ticks")
        async def ticks() -> AsyncIterator[SseEvent]:
            async for tick in source():
                yield SseEvent(tick.price, event_type="tick", id=tick.number)
        ```

        It yields `SseEvent`s, or their data: str, or values that are sent as JSON.
        Silence is filled with comments. When the client leaves, and when the
        server stops, an async generator is cancelled where it waits. A client that
        comes back sends the id of the last event: `last_event_id: str | None =
        Header(default=None)`.
        """
        return self._register(("GET",), path, options, "sse")

    def _unbuilt(self, feature: str) -> Callable[[H], H]:
        """Takes a fault down and leaves the decorated function as it is."""
        self._check_open()
        self._faults.append(Fault(message(feature), caller()))
        return lambda function: function

    def _check_open(self) -> None:
        if self._sealed:
            raise RuntimeError("the app is loaded: register while its module is imported")

    def _includes(self) -> Iterator[Include]:
        for entry in self._entries:
            if isinstance(entry, Include):
                yield entry
                yield from entry.router._includes()


# The router of the module-level decorators. An app takes what its own package
# registered there; see spikard._manifest.
default_router = Router()
