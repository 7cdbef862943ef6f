"""Routes: gathered from the routers of an app, and described."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from spikard import _unbuilt
from spikard._app import Spikard
from spikard._binding import Binding
from spikard._faults import Faults
from spikard._functions import Functions
from spikard._marked import template_names
from spikard._router import Include, Route, Router, default_router
from spikard._source import Source, name_of
from spikard._suspends import kind_of

_UNBUILT = ("body_schema", "response_schema", "parameter_schema", "file_params", "jsonrpc_method")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"})


class Gathering:
    """Walks the routers of an app, in order of registration."""

    def __init__(self, app: Spikard, module: str, faults: Faults) -> None:
        self._app = app
        self._package = _package(module)
        self._faults = faults

    def routes(self) -> Iterator[Route]:
        """Every route with its whole path."""
        yield from self._below(self._app, "")
        if not any(i.router is default_router for i in self._app._includes()):
            yield from self._of_own_package()

    def _below(self, router: Router, prefix: str) -> Iterator[Route]:
        prefix += self._checked(router._prefix, router._source)
        self._faults.found += router._faults
        if router is not default_router:
            router._sealed = True
        for entry in list(router._entries):
            if router is default_router:
                if not _is_live(entry):
                    continue
                default_router._taken[id(entry)] = entry
            yield from self._entry(entry, prefix)

    def _entry(self, entry: Route | Include, prefix: str) -> Iterator[Route]:
        if isinstance(entry, Route):
            yield entry._replace(path=prefix + entry.path)
        else:
            yield from self._below(entry.router, prefix + self._checked(entry.prefix, entry.source))

    def _of_own_package(self) -> Iterator[Route]:
        """What the module-level decorators registered.

        An app takes what its own package wrote. Two apps in one process are
        apart so, and what belongs to none isn't lost.
        """
        for entry in filter(_is_live, default_router._entries):
            if _package(str(entry.module.get("__name__"))) == self._package:
                default_router._taken[id(entry)] = entry
                yield from self._entry(entry, "")
            elif id(entry) not in default_router._taken:
                self._faults.source = entry.source
                self._faults.add(
                    "registered with a module-level decorator, outside of the app's package: add "
                    "app.include_router(spikard.default_router), or use a Router of your own"
                )

    def _checked(self, prefix: str, source: Source) -> str:
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            self._faults.source = source
            self._faults.add(f'prefix {prefix!r} must start with "/" and not end with one')
        return prefix


class Routes:
    """Describes routes and their handlers."""

    def __init__(self, functions: Functions, binding: Binding, faults: Faults) -> None:
        self._functions = functions
        self._binding = binding
        self._faults = faults

    def describe(self, route: Route) -> dict[str, Any] | None:
        """The route as data, or None where its handler can't be described."""
        self._faults.source = route.source
        where = f"{'/'.join(route.methods)} {route.path}"
        unknown = [m for m in route.methods if m not in _METHODS]
        if unknown or not route.methods:
            self._faults.add(f"{where}: {', '.join(unknown) or 'no method'} can't be routed")
        if not route.path.startswith("/"):
            self._faults.add(f'{where}: the path must start with "/"')
        for name in _UNBUILT:
            if route.options.get(name) is not None:
                self._faults.add(f"{where}: {_unbuilt.message(name + '=')}")
        index = self._handler(route, where)
        if index is None:
            return None
        described = {"methods": list(route.methods), "path": route.path, "callable": index}
        return described | self._options(route, where) | {"source": route.source._asdict()}

    def _options(self, route: Route, where: str) -> dict[str, Any]:
        options = route.options
        status, tags = options.get("status_code"), options.get("tags")
        if status is not None and not _is_status(status):
            self._faults.add(f"{where}: status_code={status!r} must be an int from 200 to 599")
            status = None
        if isinstance(tags, str):
            self._faults.add(f"{where}: tags must be a list, as [{tags!r}]")
            tags = None
        described = options.get("description")
        if described is None and inspect.isroutine(route.handler):
            described = inspect.getdoc(route.handler)
        out = {
            "status_code": status and int(status),
            "operation_id": options.get("operation_id"),
            "summary": options.get("summary"),
            "description": described,
            "tags": list(tags or ()),
            "deprecated": bool(options.get("deprecated")),
            "hidden": not options.get("include_in_schema", True),
        }
        return {name: value for name, value in out.items() if value}

    def _handler(self, route: Route, where: str) -> int | None:
        handler = route.handler
        if not callable(handler) or isinstance(handler, type):
            self._faults.add(f"{where}: the handler must be a function, not {handler!r}")
            return None
        kind, role = kind_of(handler), f"{where}: handler {name_of(handler)}"
        if kind in ("generator", "async_generator"):
            self._faults.add(f"{role}: {_unbuilt.message('a generator as a handler')}")
            return None
        names = template_names(route.path)
        index = self._functions.add(
            handler, kind, role, lambda p, _: self._binding.of_handler(p, names), returns=True
        )
        if index is not None:
            self._check(index, role)
        return index

    def _check(self, index: int, role: str) -> None:
        params = self._functions.params(index)
        bodies = [p["name"] for p in params if p["in"] == "body"]
        if len(bodies) > 1:
            self._faults.add(f"{role}: {' and '.join(bodies)} would both be the body")


def _is_status(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599


def _package(module: str) -> str:
    return module.partition(".")[0]


def _is_live(entry: Route | Include) -> bool:
    """Whether the module that wrote this is the one in use.

    A module that is imported anew, after a start that failed, registers anew.
    """
    module = sys.modules.get(str(entry.module.get("__name__")))
    return module is not None and vars(module) is entry.module
