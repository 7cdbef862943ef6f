"""How a callable produces its value, and whether it can suspend.

A coroutine without a suspension point in its byte code runs to its end at its
first step, so it needs no event loop. Only a function's own code is looked at:
what it calls can suspend it through an await of its own alone.
"""

from __future__ import annotations

import dis
import inspect
from types import CodeType
from typing import Any, get_origin

from spikard._source import undecorated

# Every await and every step of async for and async with goes through one of
# these in some version: YIELD_FROM up to 3.10, SEND from 3.11 on.
_AWAITS = frozenset({"GET_AWAITABLE", "GET_ANEXT", "SEND", "YIELD_FROM"})


def kind_of(target: Any) -> str:
    """The kind of a callable, in the manifest's words."""
    if isinstance(target, type) or isinstance(get_origin(target), type):
        return "class"
    function = undecorated(target)
    if inspect.iscoroutinefunction(function):
        return "coroutine"
    if inspect.isasyncgenfunction(function):
        return "async_generator"
    return "generator" if inspect.isgeneratorfunction(function) else "function"


def suspends(target: Any) -> bool:
    """Whether a coroutine function or async generator may suspend.

    What can't be told, as of compiled or marked functions, may.
    """
    function = undecorated(target)
    code = getattr(function, "__code__", None)
    if not inspect.isfunction(function) or not isinstance(code, CodeType):
        return True
    if code.co_flags & inspect.CO_COROUTINE:
        return _has(code, _AWAITS | {"YIELD_VALUE"})
    if code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return _has(code, _AWAITS)  # its YIELD_VALUEs are its own yields
    return True


def _has(code: CodeType, names: frozenset[str]) -> bool:
    return any(i.opname in names for i in dis.get_instructions(code))
