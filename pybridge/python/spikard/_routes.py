"""Routes: gathered from the routers of an app, and described."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from spikard import _checks as checks
from spikard import _unbuilt
from spikard._app import Spikard
from spikard._arguments import Argument, clashes
from spikard._binding import Binding
from spikard._faults import BindingError, Faults
from spikard._files import rules_of
from spikard._functions import Functions, answer_type
from spikard._hooks import REQUEST_STAGES, Hooks
from spikard._marked import template_names
from spikard._models import answer_schema
from spikard._parameter_schema import ParameterSchema
from spikard._router import Hook, Include, Route, Router, default_router
from spikard._schemas import schema_of
from spikard._security import requirements
from spikard._sessions import SessionOptions, events, is_raw_message, parts_of, session
from spikard._signature import EMPTY, Parameter, Signature, signature_of
from spikard._source import Source, name_of
from spikard._suspends import kind_of

R = TypeVar("R")
Files = dict[str, dict[str, Any]]  # rules, by the field

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

    def _below(self, router: Router, prefix: str, hooks: tuple[Hook, ...] = ()) -> Iterator[Route]:
        if router is not self._app:  # whose hooks are for all that it has
            hooks += tuple(router._hooks)
        prefix += self._checked(router._prefix, router._source)
        self._faults.found += router._faults
        if router is not default_router:
            router._sealed = True
        for entry in list(router._entries):
            if router is default_router:
                if not _is_live(entry):
                    continue
                default_router._taken[id(entry)] = entry
            yield from self._entry(entry, prefix, hooks)

    def _entry(
        self, entry: Route | Include, prefix: str, hooks: tuple[Hook, ...] = ()
    ) -> Iterator[Route]:
        if isinstance(entry, Route):
            yield entry._replace(path=prefix + entry.path, hooks=hooks)
        else:
            below = prefix + self._checked(entry.prefix, entry.source)
            yield from self._below(entry.router, below, hooks)

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

    def __init__(
        self,
        functions: Functions,
        binding: Binding,
        hooks: Hooks,
        faults: Faults,
        *,
        validate: bool,
    ) -> None:
        self._functions = functions
        self._hooks = hooks
        self._binding = binding
        self._faults = faults
        self._validate = validate  # answers, where a route doesn't say

    def describe(self, route: Route) -> dict[str, Any] | None:
        """The route as data, or None where its handler can't be described."""
        self._faults.source = route.source
        where = f"{'/'.join(route.methods)} {route.path}"
        unknown = [m for m in route.methods if m not in _METHODS]
        if unknown or not route.methods:
            self._faults.add(f"{where}: {', '.join(unknown) or 'no method'} can't be routed")
        if not route.path.startswith("/"):
            self._faults.add(f'{where}: the path must start with "/"')
        if route.options.get("jsonrpc_method") is not None:
            self._faults.add(f"{where}: {_unbuilt.message('jsonrpc_method=')}")
        files: Files = {}
        described: dict[str, Any] = {"methods": list(route.methods), "path": route.path}
        index = self._handler(route, where, files, described)
        if index is None:
            return None
        described["callable"] = index
        described |= self._options(route, where)
        described |= self._contract(route, where, files)
        described |= self._guards(route, where)
        described |= self._places(route, where)
        return described | {"source": route.source._asdict()}

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

    def _contract(self, route: Route, where: str, files: Files) -> dict[str, Any]:
        """What requests and answers must be besides the handler's types."""
        options = route.options
        out: dict[str, Any] = {}
        for name in ("body_schema", "response_schema"):
            if options.get(name) is not None:
                out[name] = self._tried(where, schema_of, options[name], name)
        validate = options.get("validate_responses")
        if validate is not None and not isinstance(validate, bool):
            self._faults.add(f"{where}: validate_responses={validate!r} must be True or False")
        if self._validate if validate is None else validate:
            out["validate_responses"] = True
            if options.get("response_schema") is None:
                # Go can tell by the type alone, but for models.
                returns = answer_type(signature_of(route.handler).returns)
                out["response_schema"] = self._tried(where, answer_schema, returns)
        if files:
            out["files"] = files
        return {name: value for name, value in out.items() if value is not None}

    def _guards(self, route: Route, where: str) -> dict[str, Any]:
        """What runs around the handler, and what clients must show."""
        hooks = [*route.hooks]
        for stage in REQUEST_STAGES:
            given = route.options.get(stage, ())
            if callable(given) or isinstance(given, str):
                self._faults.add(f"{where}: {stage} must be a list, as [{name_of(given)}]")
                continue
            hooks += [Hook(stage, function, route.source) for function in given]
        numbers = [n for h in hooks if (n := self._hooks.local(h)) is not None]
        self._faults.source = route.source
        out: dict[str, Any] = {"hooks": numbers} if numbers else {}
        if (security := route.options.get("security")) is not None:
            out["security"] = self._tried(where, requirements, security)
        return out

    def _places(self, route: Route, where: str) -> dict[str, int]:
        """How many calls may be inside, and how many may wait for that."""
        out: dict[str, int] = {}
        bounds = (("threads", 1, checks.MOST_THREADS), ("queue", 0, checks.MOST_WAITING))
        for name, least, most in bounds:
            value = route.options.get(name)
            if value is None:
                continue
            if fault := checks.integer(name, value, least, most):
                self._faults.add(f"{where}: {fault}")
                continue
            out[name] = value
        return out

    def _handler(
        self, route: Route, where: str, files: Files, described: dict[str, Any]
    ) -> int | None:
        """The handler's index; its rules for files, and the route's, are added to files.

        What the route is like besides, as for sessions, is added to `described`.
        """
        handler = route.handler
        if not callable(handler) or isinstance(handler, type):
            self._faults.add(f"{where}: the handler must be a function, not {handler!r}")
            return None
        kind, role = kind_of(handler), f"{where}: handler {name_of(handler)}"
        is_generator = kind in ("generator", "async_generator")
        if is_generator != (route.form == "sse"):
            self._faults.add(
                f"{role}: a generator is a handler of app.sse; elsewhere return "
                "StreamingResponse(generator())"
                if is_generator
                else f"{role}: a handler of events must be a generator, with a yield"
            )
            return None
        names = template_names(route.path)
        schema = self._tried(where, ParameterSchema, route.options.get("parameter_schema"))
        bind = _Bind(self._binding, names, schema or ParameterSchema(None))
        if (options := route.session) is not None:
            index = self._session(handler, options, role, bind, names, described)
        elif route.form == "sse":
            described["events"] = True
            signature = signature_of(handler)
            index = self._functions.add(
                events(handler), "coroutine", role, bind, signature=signature, named=handler
            )
        else:
            index = self._functions.add(handler, kind, role, bind, returns=True)
        if index is None:
            return None
        if route.options.get("stream_body"):
            described["stream_body"] = True
            self._check_streamed(role, index)
        files |= bind.files
        if (file_params := route.options.get("file_params")) is not None:
            files |= self._tried(where, rules_of, file_params, frozenset(files)) or {}
        faults = (*clashes(self._functions.params(index), files), *bind.left())
        for fault in faults:
            self._faults.add(f"{role}: {fault}")
        return index

    def _session(
        self,
        handler: Any,
        options: SessionOptions,
        role: str,
        bind: _Bind,
        names: Mapping[str, str],
        described: dict[str, Any],
    ) -> int | None:
        """The index of what is called for a session; what the session is like is described."""
        parts = parts_of(signature_of(handler), tuple(names))
        out: dict[str, Any] = {"subprotocols": list(options.subprotocols)}
        if options.message_schema is not None:
            if parts.message is None:
                self._faults.add(f"{role}: message_schema is for handlers of single messages")
            out["schema"] = self._tried(role, schema_of, options.message_schema, "message_schema")
        if parts.message is None:
            if not inspect.iscoroutinefunction(handler):
                self._faults.add(f"{role}: a handler that takes the socket must be async")
        elif not is_raw_message(parts.message):
            index = self._message(handler, role, parts.message)
            out["message"] = 0 if index is None else 1 + index
        described["session"] = {name: value for name, value in out.items() if value}
        return self._functions.add(
            session(handler, parts, options),
            "coroutine",
            role,
            bind,
            signature=parts.signature,
            named=handler,
        )

    def _message(self, handler: Any, role: str, p: Parameter) -> int | None:
        """The index of what describes the messages of a session: their one parameter."""
        if p.annotation is EMPTY:
            p = p._replace(annotation=Any)
        return self._functions.add(
            handler,
            "function",
            role,
            lambda p, _: self._binding.of_message(p),
            signature=Signature([p], [], EMPTY),
        )

    def _check_streamed(self, role: str, index: int) -> None:
        for p in self._functions.params(index):
            if p["in"] in ("body", "form", "file"):
                self._faults.add(
                    f"{role}, parameter {p['name']}: with stream_body=True the body is read from "
                    "request.stream() alone"
                )

    def _tried(self, where: str, make: Callable[..., R], *given: Any) -> R | None:
        """What is made of a keyword, or None after a fault."""
        try:
            return make(*given)
        except BindingError as exc:
            self._faults.add(f"{where}: {exc}")
            return None


class _Bind:
    """Decides for the parameters of one handler."""

    def __init__(self, binding: Binding, names: Mapping[str, str], schema: ParameterSchema) -> None:
        self.files: Files = {}
        self._binding = binding
        self._names = names
        self._schema = schema

    def __call__(self, p: Parameter, _: bool) -> Argument:
        argument = self._binding.of_handler(p, self._names, self._schema)
        if argument.files:
            self.files[argument.param["alias"]] = argument.files
        return argument

    def left(self) -> Iterator[str]:
        """What is wrong with the schema's properties that no parameter has taken."""
        for name in self._schema.left():
            yield f"parameter_schema describes {name!r}, and no parameter has that name"


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
