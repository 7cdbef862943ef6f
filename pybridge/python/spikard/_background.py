"""Background work: what may be given, and what is made of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from spikard._source import name_of

Work = Callable[..., Any]


class Once:
    """A coroutine that is run once. One that never is is closed, without a warning."""

    __slots__ = ("_coroutine", "name")

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine: Coroutine[Any, Any, Any] | None = coroutine
        self.name: str = getattr(coroutine, "__qualname__", type(coroutine).__qualname__)

    def __call__(self) -> Coroutine[Any, Any, Any]:
        """The coroutine, which is the caller's from then on."""
        if self._coroutine is None:
            raise RuntimeError(f"the coroutine {self.name} runs already")
        coroutine, self._coroutine = self._coroutine, None
        return coroutine

    def __del__(self) -> None:
        if self._coroutine is not None:
            self._coroutine.close()


def one(value: Any) -> Work:
    """A coroutine or a function as what is called to run it."""
    if isinstance(value, Coroutine):
        return Once(value)
    if not callable(value):
        raise TypeError(f"background work is a coroutine or a function, not {value!r}")
    return value  # type: ignore[no-any-return]  # it is callable


def accepted(value: Any) -> Work | list[Work] | None:
    """What `Response.background` is when it has been set to a value."""
    if isinstance(value, (list, tuple)):
        return [one(v) for v in value]
    return None if value is None else one(value)


def is_async(work: Work) -> bool:
    """Whether work is for the event loop: it gives a coroutine when it is called."""
    while isinstance(work, functools.partial):
        work = work.func
    if isinstance(work, Once) or inspect.iscoroutinefunction(work):
        return True
    # As Starlette's BackgroundTask; a class is called to be made.
    return not isinstance(work, type) and inspect.iscoroutinefunction(type(work).__call__)


def work_name(work: Work) -> str:
    """The name of work, for messages."""
    while isinstance(work, functools.partial):
        work = work.func
    if isinstance(work, Once):
        return work.name
    # Of an object with a __call__ it is the class that has a name.
    return name_of(work if isinstance(work, type) or inspect.isroutine(work) else type(work))
