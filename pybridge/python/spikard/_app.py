"""The app: routes, dependencies and hooks, waiting to be served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from spikard._config import ServerConfig
from spikard._health import health_check
from spikard._missing import MISSING
from spikard._router import Hook, Router
from spikard._source import Source, caller, decorator_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from spikard._graph import Graph
    from spikard._scope import DependencyScope, Opened

__all__ = ["Spikard"]

H = TypeVar("H", bound=Callable[..., Any])

_HOW_TO_START = (
    "there is no host program to serve the app. A Go program serves it: spikard.Run, or "
    "the fx module of github.com/spikard/spikard-go, with this app's module:attribute"
)


class Provision(NamedTuple):
    """One use of app.provide."""

    key: Any
    value: Any  # MISSING: the key is a class that is built itself
    source: Source


class Rescue(NamedTuple):
    """One use of exception_handler."""

    what: Any  # a class, or a status
    function: Any
    source: Source


class Job(NamedTuple):
    """One use of every."""

    interval: Any
    function: Any
    name: Any
    immediately: bool
    source: Source


class Spikard(Router):
    """An app.

    Making one, and registering with it, changes nothing outside of it.
    """

    # Set where the app is served: what answers for Go in scopes. It has
    # open() -> int, async get(ticket, key) -> value and async end(ticket, failure).
    _host: Any = None

    def __init__(self, config: ServerConfig | None = None, *, lifespan: Any = None) -> None:
        super().__init__()
        if config is not None and not isinstance(config, ServerConfig):
            raise TypeError(f"config must be a ServerConfig, not {config!r}")
        self.config = config
        self._provisions: list[Provision] = []
        self._rescues: list[Rescue] = []
        self._jobs: list[Job] = []
        self._graph: Graph | None = None  # of an app that was loaded, without overrides
        self._opened: dict[Any, Opened] = {}
        if lifespan is not None:
            from spikard._lifespan import Lifespan

            self._lifespan = Lifespan(self, lifespan)
            self._hooks += self._lifespan.hooks(caller())

    def provide(self, key: Any, value: Any = MISSING) -> None:
        """Registers a dependency by its type, or by a name.

        The value is what is injected, or a `Provide` that says how it is made.
        Without one, the key is a class, built from the annotations of its
        `__init__` for each request.
        """
        self._check_open()
        self._provisions.append(Provision(key, value, caller()))

    def override(self, key: Any, value: Any) -> AbstractContextManager[None]:
        """Replaces a dependency, or adds one, for the code inside of a `with`.

        `with app.override(Mailer, FakeMailer()): ...` holds for the scopes that
        are opened, and for an app that is loaded, by this code and by the tasks
        that it starts: other threads and tasks have their own, so tests can run
        side by side. Of two overrides of a key the inner one holds. The value
        is as for `provide`; the key may also be a factory that parameters name
        themselves, by `Provide(factory)`.

        A server that is running keeps the dependencies it was started with:
        its requests aren't affected.
        """
        from spikard._overrides import Override

        return Override(self, Provision(key, value, caller()))

    def scope(self) -> DependencyScope:
        """Dependencies outside of requests: in scripts, jobs and tests.

        ```python
        async with app.scope() as scope:
            mailer = await scope.get(Mailer)
        ```
        """
        from spikard._scope import DependencyScope

        return DependencyScope(self)

    def on_startup(self, hook: H) -> H:
        """Runs before the first request. One that raises refuses the start."""
        return self._hook("on_startup", hook)

    def on_shutdown(self, hook: H) -> H:
        """Runs after the last request: the hook that was registered last runs first."""
        return self._hook("on_shutdown", hook)

    def health_check(self, hook: H) -> H:
        """Tells whether the app can serve: what raises, or returns False, says no.

        It is injected with singletons, as `async def database(pool: Pool) -> None`,
        and runs when `/readyz` is asked for; the exception is for the log alone.
        """
        self._check_open()
        self._hooks.append(Hook("health_check", health_check(hook), decorator_of(hook)))
        return hook

    def every(
        self,
        interval: str | timedelta | float,
        *,
        name: str | None = None,
        immediately: bool = False,
    ) -> Callable[[H], H]:
        """Runs a function or coroutine function at intervals while the app is served.

        ```python
        @app.every("30s")
        async def refresh(cache: Cache, session: Session) -> None: ...
        ```

        The interval is a text as "500ms", "30s" or "1h30m", a timedelta, or a
        number of seconds. The first run is an interval after the start, or
        `immediately` at the start. A job is injected like a handler, with
        request-scoped dependencies for each run. It never runs twice at once: a
        run that would begin during another one is skipped. One that raises is
        logged and tried again, with growing delays up to the interval, or to a
        minute where that is longer, until it succeeds. The name is for messages
        and metrics: that of the function, if there is none.
        """
        self._check_open()

        def register(job: H) -> H:
            self._jobs.append(Job(interval, job, name, immediately, decorator_of(job)))
            return job

        return register

    def exception_handler(self, exception: type[BaseException] | int) -> Callable[[H], H]:
        """Answers exceptions of a class, or HTTPExceptions of a status.

        ```python
        @app.exception_handler(OutOfStock)
        def out_of_stock(error: OutOfStock) -> Response:
            return Response({"left": error.left}, status_code=409)
        ```

        The handler for the closest class answers, one for the status before it.
        What the server refuses by itself is an HTTPException too, and with 422 a
        RequestValidationError. It is injected like a handler, and runs when the
        on_error hooks have not answered.
        """
        self._check_open()

        def register(handler: H) -> H:
            self._rescues.append(Rescue(exception, handler, decorator_of(handler)))
            return handler

        return register

    def broadcast(self, group: str, message: Any) -> int:
        """Sends a message to the WebSockets of a group, and tells to how many.

        They are in it by `WebSocket.join`. It may be called from any handler, task or
        thread, and doesn't wait: each socket has a queue of its own, and one whose
        client is too far behind is closed with 1013. The message is as for
        `WebSocket.send`, and is written once. Groups are those of this process.
        """
        if self._host is None:
            raise RuntimeError(f"app.broadcast(): {_HOW_TO_START}")
        from spikard._websocket import outgoing

        count: int = self._host.broadcast(group, *outgoing(message))
        return count

    def mount(self, path: str, app: Any) -> None:
        """Serves an ASGI or WSGI app below a path."""
        self._unbuilt("mount")

    def run(self, *, config: ServerConfig | None = None) -> NoReturn:
        """Serves the app, where a host program is there to do it."""
        raise RuntimeError(f"app.run(): {_HOW_TO_START}")

    async def serve(self, *, config: ServerConfig | None = None) -> NoReturn:
        """Serves the app on the running event loop, where a host program is there to do it."""
        raise RuntimeError(f"app.serve(): {_HOW_TO_START}")
