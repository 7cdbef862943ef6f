"""Health checks of an app."""

from __future__ import annotations

import functools
import inspect
from typing import Any


def health_check(hook: Any) -> Any:
    """The hook with its `False` made an exception, which every caller sees."""
    if not callable(hook):
        return hook  # a fault when the app is loaded
    if inspect.iscoroutinefunction(hook):

        @functools.wraps(hook)
        async def run_async(*args: Any, **kwargs: Any) -> None:
            _judge(await hook(*args, **kwargs))

        return run_async

    @functools.wraps(hook)
    def run(*args: Any, **kwargs: Any) -> None:
        _judge(hook(*args, **kwargs))

    return run


def _judge(said: object) -> None:
    if said is False:
        raise RuntimeError("the check returned False")
