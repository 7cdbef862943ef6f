"""What Go does with Python objects that it holds."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Coroutine, Iterable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from spikard._runtime_errors import qualified_name

if TYPE_CHECKING:
    from spikard._manifest import Collected


def call_method(value: Any, name: str, arguments: list[Any]) -> tuple[Any, bool]:
    """What a method gives, or for an empty name the object itself, when it is called.

    True with it: it is a coroutine, which is yet to be run.
    """
    result = (getattr(value, name) if name else value)(*arguments)
    return result, isinstance(result, Coroutine)


async def _await(value: Any) -> Any:
    return await value


def awaited(value: Any) -> tuple[Any, bool]:
    """A coroutine that awaits the value, and True. Raises TypeError.

    One that can't be run is closed, which leaves the value as it was.
    """
    if not inspect.isawaitable(value):
        raise TypeError(f"'{qualified_name(type(value))}' object can't be awaited")
    return _await(value), True


def has_async_code(collected: Collected) -> bool:
    """Whether there is anything for a loop: of what is registered, or a method that Go may call."""
    classes = list(collected.classes)
    for bound in collected.callables:
        if bound.kind in ("coroutine", "async_generator"):
            return True
        if bound.kind in ("class", "value"):
            target = bound.target
            classes.append(target if isinstance(target, type) else type(target))
    return any(_has_async_methods(cls) for cls in classes)


_ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def may_start_coroutines(modules: Iterable[ModuleType]) -> bool:
    """Whether an app's modules have what may become background work on a loop.

    That is a coroutine function, registered or not, or `spikard.background`.
    """
    background = sys.modules.get("spikard.background")
    known = () if background is None else (background, vars(background)["run"])
    return any(
        any(value is k for k in known)
        or (isinstance(value, FunctionType) and value.__code__.co_flags & inspect.CO_COROUTINE)
        for module in modules
        for value in list(vars(module).values())
    )


def _has_async_methods(cls: type) -> bool:
    # inspect.iscoroutinefunction looks deeper, and takes ten times as long: the
    # models of a large app have many members.
    return any(
        isinstance(member, FunctionType) and member.__code__.co_flags & _ASYNC
        for base in cls.__mro__
        for member in vars(base).values()
    )
