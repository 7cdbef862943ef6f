"""Hooks and exception handlers, described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spikard._app import Rescue
from spikard._arguments import Argument
from spikard._binding import Binding
from spikard._exceptions import HTTPException, RequestValidationError
from spikard._faults import BindingError, Faults
from spikard._functions import Functions
from spikard._router import Hook
from spikard._signature import Parameter
from spikard._source import name_of
from spikard._suspends import kind_of

# Those that a route may have for itself.
REQUEST_STAGES = ("on_request", "pre_validation", "pre_handler", "on_response", "on_error")

REQUEST_AND_ERRORS = (*REQUEST_STAGES, "exception_handler")


class Hooks:
    """The hooks of an app, of its routers and of its routes."""

    def __init__(self, functions: Functions, binding: Binding, faults: Faults) -> None:
        self.described: list[dict[str, Any]] = []
        self._functions = functions
        self._binding = binding
        self._faults = faults
        self._local: dict[tuple[str, int], int] = {}  # by stage and function

    def add(self, hooks: Sequence[Hook]) -> None:
        """Adds those of the app."""
        for hook in hooks:
            if (described := self._describe(hook)) is not None:
                self.described.append(described)

    def local(self, hook: Hook) -> int | None:
        """The number of a hook of a router or of a route, or None after a fault."""
        key = (hook.stage, id(hook.function))
        known = self._local.get(key)
        if known is None and (described := self._describe(hook)) is not None:
            known = self._local[key] = len(self.described)
            self.described.append({**described, "local": True})
        return known

    def _describe(self, hook: Hook) -> dict[str, Any] | None:
        self._faults.source = hook.source
        index = self._function(hook.function, hook.stage, f"{hook.stage} hook")
        if index is None:
            return None
        return {"stage": hook.stage, "callable": index, "source": hook.source._asdict()}

    def _function(self, function: Any, stage: str, what: str) -> int | None:
        if not callable(function) or isinstance(function, type):
            self._faults.add(f"{stage}: a hook must be a function, not {function!r}")
            return None
        kind, role = kind_of(function), f"{what} {name_of(function)}"
        if kind in ("generator", "async_generator"):
            self._faults.add(f"{role}: a hook returns what it has to say and has no yield")
            return None
        return self._functions.add(
            function, kind, role, lambda p, first: self._argument(p, stage, first=first)
        )

    def _argument(self, p: Parameter, stage: str, *, first: bool) -> Argument:
        argument = self._binding.of_hook(p, stage, first=first)
        if argument.param["in"] == "request" and stage not in REQUEST_AND_ERRORS:
            raise BindingError(f"there is no request when an {stage} hook runs")
        return argument

    def rescue(self, rescue: Rescue) -> dict[str, Any] | None:
        """An exception handler as data, or None after a fault."""
        self._faults.source = rescue.source
        what = rescue.what
        if isinstance(what, bool) or not isinstance(what, (int, type)):
            self._faults.add(f"exception_handler takes a class or a status, not {what!r}")
            return None
        if isinstance(what, type) and not issubclass(what, Exception):
            self._faults.add(f"exception_handler: {what.__qualname__} is no subclass of Exception")
            return None
        index = self._function(rescue.function, "exception_handler", "exception handler")
        if index is None:
            return None
        return {
            "name": str(what) if isinstance(what, int) else what.__qualname__,
            "callable": index,
            "refusals": _takes_refusals(what),
            "source": rescue.source._asdict(),
        }


class ErrorHandlers:
    """What each exception handler is for, in the order of the manifest."""

    def __init__(self, kinds: Sequence[type[BaseException] | int]) -> None:
        self._numbers = {kind: n for n, kind in enumerate(kinds)}

    def of(self, error: BaseException) -> int | None:
        """The number of the handler for an exception."""
        if isinstance(error, HTTPException) and error.status_code in self._numbers:
            return self._numbers[error.status_code]
        for cls in type(error).__mro__:
            if cls in self._numbers:
                return self._numbers[cls]
        return None


def _takes_refusals(what: type | int) -> bool:
    if isinstance(what, int):
        return what >= 400
    # Of Exception itself too few would expect to be given every 404.
    return what in (HTTPException, RequestValidationError)
