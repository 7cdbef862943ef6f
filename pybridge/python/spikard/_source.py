"""Places in the user's code, for messages."""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import sys
import typing
from types import FrameType
from typing import Any, NamedTuple

_PACKAGE = __name__.partition(".")[0]


class Source(NamedTuple):
    """A place in somebody's code."""

    file: str
    line: int


def caller() -> Source:
    """The innermost line on the stack that is not this package's."""
    frame = _caller_frame()
    return Source(frame.f_code.co_filename, frame.f_lineno) if frame else Source("", 0)


def decorator_of(function: Any) -> Source:
    """The innermost line on the stack that is not this package's, for a bare decorator.

    Up to Python 3.10 that is the line of the `def`, not the decorator's.
    """
    source, own = caller(), source_of(function)
    if own.file == source.file and own.line < source.line:
        text = linecache.getline(source.file, source.line).lstrip()
        if text.startswith(("def ", "async def ")):
            return own
    return source


def caller_module() -> dict[str, Any]:
    """The globals of the module that line is in."""
    frame = _caller_frame()
    return frame.f_globals if frame else {}


def _caller_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        frame = frame.f_back
    return frame


def undecorated(target: Any) -> Any:
    """The function behind partials, bound methods and callables; the class of Repo[User]."""
    while True:
        if isinstance(target, functools.partial):
            target = target.func
        elif isinstance(origin := typing.get_origin(target), type):
            target = origin
        elif inspect.ismethod(target):
            target = target.__func__
        elif isinstance(target, type) or inspect.isroutine(target) or not callable(target):
            return target
        else:
            call = type(target).__call__
            if not inspect.isfunction(call):
                return target
            target = call


def source_of(target: Any, default: Source = Source("", 0)) -> Source:  # noqa: B008  # immutable
    """Where a function or class is written."""
    target = undecorated(target)
    if isinstance(target, type):
        return _source_of_class(target, default)
    code = getattr(inspect.unwrap(target), "__code__", None)
    return Source(code.co_filename, code.co_firstlineno) if code else default


def _source_of_class(cls: type, default: Source) -> Source:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is None:
        return default
    # inspect.getsourcelines would parse the whole file. From 3.13 on the class
    # knows the line of its first decorator.
    first = max(getattr(cls, "__firstlineno__", 0) - 1, 0)
    pattern = re.compile(rf"\s*class\s+{re.escape(cls.__name__)}\b")
    lines = enumerate(linecache.getlines(file)[first:], first + 1)
    return Source(file, next((n for n, text in lines if pattern.match(text)), 0))


def name_of(target: Any) -> str:
    """module.qualname, as messages show it."""
    target = undecorated(target)
    name = getattr(target, "__qualname__", None) or type(target).__qualname__
    module = getattr(target, "__module__", None) or type(target).__module__
    return f"{module}.{name}"


def shown(annotation: Any) -> str:
    """A type as messages show it."""
    return name_of(annotation) if isinstance(annotation, type) else str(annotation)
