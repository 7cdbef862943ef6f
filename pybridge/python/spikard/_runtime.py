"""The engine's half in Python: one `App` for each app that Go has loaded.

Nothing here is for users. The C shim reads the attributes of `App` and calls
its methods; what a request needs is prepared when a program is compiled.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from spikard import _beside, _encode, _keys
from spikard._manifest import MISSING, Collected, collect
from spikard._request import Request
from spikard._responses import Response
from spikard._runtime_background import Background
from spikard._runtime_construct import constructors
from spikard._runtime_errors import describe
from spikard._runtime_exec import close_held, execute
from spikard._runtime_fields import builder_of
from spikard._runtime_go import Host, current_ticket
from spikard._runtime_held import Held
from spikard._runtime_import import Importer
from spikard._runtime_iterate import end_iteration, iteration, next_item
from spikard._runtime_objects import awaited, call_method, has_async_code, may_start_coroutines
from spikard._runtime_plan import Plan
from spikard._runtime_proxy import kept_proxy, proxy_class
from spikard._runtime_refuse import refuse
from spikard._runtime_shape import shape_of
from spikard._runtime_stream import next_part, streamed

__all__ = ["App", "load"]


def load(app_id: int, address: int, request: str) -> tuple[App, str]:
    """Imports the app that `request` (JSON) names and describes it."""
    spec = json.loads(request)
    importer = Importer(spec["dir"], spec["module"], spec["attribute"])
    loading = _beside.current.set(None)
    try:
        target = importer.load()
    finally:
        _beside.current.reset(loading)
    try:
        collected = collect(target, spec["module"])
        app = App(app_id, address, collected, importer)
        if spec["host"]:
            target._host = Host(app)
    except BaseException:
        importer.forget()
        raise
    return app, json.dumps(collected.manifest)


class App:
    """What Go and C know of a loaded app."""

    missing = MISSING
    response_type = Response
    held_type = Held
    streamed = staticmethod(streamed)
    next_part = staticmethod(next_part)
    describe = staticmethod(describe)
    refuse = staticmethod(refuse)
    encode_default = staticmethod(_encode.default)
    shape = staticmethod(shape_of)
    call_method = staticmethod(call_method)
    awaited = staticmethod(awaited)
    iteration = staticmethod(iteration)
    next_item = staticmethod(next_item)
    end_iteration = staticmethod(end_iteration)

    def __init__(self, app_id: int, address: int, collected: Collected, importer: Importer) -> None:
        self.id = app_id
        self.address: int | None = address
        self.collected = collected
        self.context = contextvars.copy_context()
        self.classes: list[Callable[..., Any]] = [builder_of(c) for c in collected.classes]
        self.constructors = constructors(collected, self.classes)
        self.converters = collected.converters
        self.proxies: list[type] = []  # by export
        self.kept: list[object] = []  # by handle
        self.ticket = current_ticket
        self.request_type: Any = _request_type(self)
        self.parts = Response._parts
        self.execute = execute
        self.close_held = close_held
        self._importer = importer
        self._loop = self._make_loop()
        self.loop = self._loop.loop if self._loop else None
        self._background = Background(self)
        self.context.run(_beside.current.set, self._background)
        self.later, self.begin_later = self._background.later, self._background.begin
        self.drain = self._background.drain
        self.ready = self._loop.ready if self._loop else ()
        driver: Any = self._loop or _NoLoop()
        self.submit, self.cancel, self.step = driver.submit, driver.cancel, driver.step
        self.begin, self.end, self.resolve = driver.begin, driver.end, driver.resolve

    def _make_loop(self) -> Any:
        # asyncio takes a third of the start-up time, so it is left out where
        # no code is asynchronous.
        modules = self._importer.modules
        if not (has_async_code(self.collected) or may_start_coroutines(modules)):
            return None
        from spikard._runtime_loop import Loop

        return Loop(self)

    def compile(self, description: str) -> Plan:
        """Prepares a pybridge.Program, given as JSON."""
        return Plan(self, json.loads(description))

    def export(self, class_index: int) -> int:
        """Makes the class of the proxies for a Go type and gives its number."""
        export = len(self.proxies)
        self.proxies.append(proxy_class(self, class_index, export))
        return export

    def keep(self, export: int) -> int:
        """Makes the proxy for a Go value that the app keeps and gives its handle."""
        handle = len(self.kept)
        self.kept.append(kept_proxy(self.proxies[export], handle))
        return handle

    def key_of(self, value: object) -> str:
        """The key of an object's type."""
        return _keys.key_of(type(value))

    def close(self) -> None:
        """Ends the app. Its loop has ended."""
        self.address = None
        self.request_type._app = None
        self._background.close()
        self._importer.forget()
        self.proxies.clear()
        self.kept.clear()


def _request_type(app: App) -> type[Request]:
    """The class of an app's requests, which can ask Go about their clients."""
    names = {"__slots__": (), "__module__": Request.__module__, "_app": app}
    return type(Request.__name__, (Request,), names)


class _NoLoop:
    """Stands in for the loop of an app without asynchronous code."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object) -> Any:
            raise RuntimeError(f"{name}: the app has no asynchronous code")

        return refuse
