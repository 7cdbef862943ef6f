"""Hooks, described."""

from __future__ import annotations

from typing import Any

from spikard._app import Hook
from spikard._arguments import Argument
from spikard._binding import Binding
from spikard._faults import BindingError, Faults
from spikard._functions import Functions
from spikard._signature import Parameter
from spikard._source import name_of
from spikard._suspends import kind_of


class Hooks:
    """The hooks of an app."""

    def __init__(self, functions: Functions, binding: Binding, faults: Faults) -> None:
        self._functions = functions
        self._binding = binding
        self._faults = faults

    def describe(self, hook: Hook) -> dict[str, Any] | None:
        """The hook as data, or None where it can't be described."""
        self._faults.source = hook.source
        if not callable(hook.function) or isinstance(hook.function, type):
            self._faults.add(f"{hook.stage}: a hook must be a function, not {hook.function!r}")
            return None
        kind, role = kind_of(hook.function), f"{hook.stage} hook {name_of(hook.function)}"
        if kind in ("generator", "async_generator"):
            self._faults.add(f"{role}: a hook returns what it has to say and has no yield")
            return None
        index = self._functions.add(
            hook.function, kind, role, lambda p, first: self._argument(p, hook.stage, first=first)
        )
        if index is None:
            return None
        return {"stage": hook.stage, "callable": index, "source": hook.source._asdict()}

    def _argument(self, p: Parameter, stage: str, *, first: bool) -> Argument:
        argument = self._binding.of_hook(p, stage, first=first)
        if argument.param["in"] == "request" and stage in ("on_startup", "on_shutdown"):
            raise BindingError(f"there is no request when an {stage} hook runs")
        return argument
