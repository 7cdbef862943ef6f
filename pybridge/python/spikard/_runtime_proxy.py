"""Python objects that stand for Go values.

A proxy is an instance of a subclass of the user's class, so that `isinstance`
and annotations hold. Its methods have the signatures that the class declares
and are answered by Go.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from _spikard import go_call

if TYPE_CHECKING:
    from spikard._runtime import App


def make_proxy(app: App, class_index: int, handle: int) -> object:
    """An instance of the class whose methods call the Go value's."""
    cls = app.collected.classes[class_index]
    described = next(
        c for c in app.collected.manifest["types"].values() if c["index"] == class_index
    )
    namespace: dict[str, Any] = {
        m["name"]: _method(app, cls, m["name"], handle, number)
        for number, m in enumerate(described.get("methods") or ())
    }
    namespace["__module__"] = cls.__module__
    namespace["__qualname__"] = cls.__qualname__
    namespace["__repr__"] = lambda self: f"<{cls.__qualname__} from Go>"
    # A class whose __init__ wants arguments is not initialised: Go holds the
    # state.
    proxy = type(cls.__name__, (cls,), namespace)
    return object.__new__(proxy)


def _method(app: App, cls: type, name: str, handle: int, number: int) -> Callable[..., Any]:
    declared = inspect.getattr_static(cls, name)
    signature = inspect.signature(declared)
    names = list(signature.parameters)[1:]

    def method(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = tuple(bound.arguments[n] for n in names)
        return go_call(app, handle, number, values)

    method.__name__ = name
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    method.__doc__ = getattr(declared, "__doc__", None)
    return method
