"""The engine's half in Python: one `App` for each app that Go has loaded.

Nothing here is for users. The C shim reads the attributes of `App` and calls
its methods; what a request needs is prepared when a program is compiled.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Callable
from typing import Any

from spikard import _encode, _keys
from spikard._manifest import MISSING, Collected, collect
from spikard._request import Request
from spikard._responses import Response
from spikard._runtime_construct import constructors
from spikard._runtime_errors import describe, report
from spikard._runtime_exec import Held, close_held, close_singletons, execute, run_inline
from spikard._runtime_fields import builder_of
from spikard._runtime_import import Importer
from spikard._runtime_plan import Plan
from spikard._runtime_proxy import make_proxy
from spikard._runtime_refuse import refuse
from spikard._runtime_shape import shape_of

__all__ = ["App", "load"]


def load(app_id: int, address: int, request: str) -> tuple[App, str]:
    """Imports the app that `request` (JSON) names and describes it."""
    spec = json.loads(request)
    importer = Importer(spec["dir"], spec["module"], spec["attribute"])
    target = importer.load()
    try:
        collected = collect(target, spec["module"])
        app = App(app_id, address, collected, importer)
    except BaseException:
        importer.forget()
        raise
    return app, json.dumps(collected.manifest)


class App:
    """What Go and C know of a loaded app."""

    missing = MISSING
    request_type = Request
    response_type = Response
    held_type = Held
    describe = staticmethod(describe)
    refuse = staticmethod(refuse)
    encode_default = staticmethod(_encode.default)
    shape = staticmethod(shape_of)

    def __init__(self, app_id: int, address: int, collected: Collected, importer: Importer) -> None:
        self.id = app_id
        self.address: int | None = address
        self.collected = collected
        self.context = contextvars.copy_context()
        self.classes: list[Callable[..., Any]] = [builder_of(c) for c in collected.classes]
        self.constructors = constructors(collected, self.classes)
        self.converters = collected.converters
        self.exports: list[object] = []
        self.singletons: dict[int, object] = {}
        self.closers: list[Any] = []
        self.lock = threading.RLock()  # of singletons that are built by code that can't suspend
        self._loop_lock: Any = None
        self.parts = Response._parts
        self.execute = execute
        self.close_held = close_held
        self._importer = importer
        self._loop = self._make_loop()
        self.loop = self._loop.loop if self._loop else None
        self.ready = self._loop.ready if self._loop else ()
        driver: Any = self._loop or _NoLoop()
        self.submit, self.cancel, self.step = driver.submit, driver.cancel, driver.step
        self.begin, self.end = driver.begin, driver.end

    def _make_loop(self) -> Any:
        # asyncio takes a third of the start-up time, so it is left out where
        # no code is asynchronous.
        if not any(b.kind in ("coroutine", "async_generator") for b in self.collected.callables):
            return None
        from spikard._runtime_loop import Loop

        return Loop(self)

    def compile(self, description: str) -> Plan:
        """Prepares a pybridge.Program, given as JSON."""
        return Plan(self, json.loads(description))

    def export(self, class_index: int) -> int:
        """Makes the proxy for a Go value and gives its handle."""
        handle = len(self.exports)
        self.exports.append(make_proxy(self, class_index, handle))
        return handle

    def loop_lock(self) -> Any:
        """The lock of singletons that are built on the event loop."""
        if self._loop_lock is None:
            from asyncio import Lock  # asyncio is loaded where there is a loop

            self._loop_lock = Lock()
        return self._loop_lock

    def key_of(self, value: object) -> str:
        """The key of an object's type."""
        return _keys.key_of(type(value))

    def close(self) -> None:
        """Ends the app. With a loop, its end() has closed the singletons."""
        try:
            if self._loop is None:
                run_inline(close_singletons(self))
        except BaseException as exc:
            report(exc, "clean-up of singletons failed")
        finally:
            self.address = None
            self._importer.forget()
            self.singletons.clear()
            self.exports.clear()


class _NoLoop:
    """Stands in for the loop of an app without asynchronous code."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object) -> Any:
            raise RuntimeError(f"{name}: the app has no asynchronous code")

        return refuse
