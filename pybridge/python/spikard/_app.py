"""The app: routes, dependencies and hooks, waiting to be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn, TypeVar

from spikard._config import ServerConfig
from spikard._missing import MISSING
from spikard._router import Router
from spikard._source import Source, caller, decorator_of

__all__ = ["Spikard"]

H = TypeVar("H", bound=Callable[..., Any])
E = TypeVar("E", bound=BaseException)

_HOW_TO_START = (
    "there is no host program to serve the app. A Go program serves it: spikard.Run, or "
    "the fx module of github.com/spikard/spikard-go, with this app's module:attribute"
)


class Provision(NamedTuple):
    """One use of app.provide."""

    key: Any
    value: Any  # MISSING: the key is a class that is built itself
    source: Source


class Hook(NamedTuple):
    """One use of a hook's decorator."""

    stage: str
    function: Any
    source: Source


class Spikard(Router):
    """An app.

    Making one, and registering with it, changes nothing outside of it.
    """

    def __init__(self, config: ServerConfig | None = None, *, lifespan: Any = None) -> None:
        super().__init__()
        if config is not None and not isinstance(config, ServerConfig):
            raise TypeError(f"config must be a ServerConfig, not {config!r}")
        self.config = config
        self._provisions: list[Provision] = []
        self._hooks: list[Hook] = []
        if lifespan is not None:
            self._unbuilt("lifespan")

    def provide(self, key: Any, value: Any = MISSING) -> None:
        """Registers a dependency by its type, or by a name.

        The value is what is injected, or a `Provide` that says how it is made.
        Without one, the key is a class, built from the annotations of its
        `__init__` for each request.
        """
        self._check_open()
        self._provisions.append(Provision(key, value, caller()))

    @contextmanager
    def override(self, key: Any, value: Any) -> Iterator[None]:
        """Replaces a dependency for as long as the context lasts, before the app is loaded."""
        from spikard._keys import key_of

        self._check_open()
        before = self._provisions
        wanted = key_of(key)
        kept = [p for p in before if key_of(p.key) != wanted]
        self._provisions = [*kept, Provision(key, value, caller())]
        try:
            yield
        finally:
            self._provisions = before

    def on_startup(self, hook: H) -> H:
        """Runs before the first request."""
        return self._hook("on_startup", hook)

    def on_shutdown(self, hook: H) -> H:
        """Runs after the last request."""
        return self._hook("on_shutdown", hook)

    def pre_handler(self, hook: H) -> H:
        """Runs ahead of each handler; a Response from it ends the request."""
        return self._hook("pre_handler", hook)

    def on_response(self, hook: H) -> H:
        """Runs with each answer; a Response from it takes the answer's place."""
        return self._hook("on_response", hook)

    def on_request(self, hook: H) -> H:
        """Runs ahead of everything else."""
        self._unbuilt("on_request")
        return hook

    def pre_validation(self, hook: H) -> H:
        """Runs before parameters are read."""
        self._unbuilt("pre_validation")
        return hook

    def on_error(self, hook: H) -> H:
        """Runs when a request fails."""
        self._unbuilt("on_error")
        return hook

    def exception_handler(self, exception: type[E]) -> Callable[[H], H]:
        """Turns exceptions of a type into answers."""
        return self._unbuilt("exception_handler")

    def mount(self, path: str, app: Any) -> None:
        """Serves an ASGI or WSGI app below a path."""
        self._unbuilt("mount")

    def run(self, *, config: ServerConfig | None = None) -> NoReturn:
        """Serves the app, where a host program is there to do it."""
        raise RuntimeError(f"app.run(): {_HOW_TO_START}")

    async def serve(self, *, config: ServerConfig | None = None) -> NoReturn:
        """Serves the app on the running event loop, where a host program is there to do it."""
        raise RuntimeError(f"app.serve(): {_HOW_TO_START}")

    def _hook(self, stage: str, hook: H) -> H:
        self._check_open()
        self._hooks.append(Hook(stage, hook, decorator_of(hook)))
        return hook
