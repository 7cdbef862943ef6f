"""Features that have a name but are not built yet.

Using one is a fault at start where a registration shows it, and an error where
only running it does; it is never ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any, NoReturn

from spikard._source import undecorated

RESPONSES = ("FileResponse", "StreamingResponse")


def message(feature: str) -> str:
    """What users read."""
    return f"{feature} is not supported by this version"


def refuse(feature: str) -> NoReturn:
    """Raises for a feature that is only seen when it runs."""
    raise NotImplementedError(message(feature))


def names_used(target: Any) -> Iterator[str]:
    """The unbuilt names of this package that a function's code refers to."""
    from spikard import _responses

    unbuilt = (_responses.FileResponse, _responses.StreamingResponse)
    function = undecorated(target)
    code = getattr(function, "__code__", None)
    if code is None:
        return
    values = [function.__globals__.get(n) for n in sorted(_global_names(code))]
    for cls in unbuilt:
        if any(v is cls for v in values):
            yield cls.__name__


def _global_names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _global_names(constant)
    return names
