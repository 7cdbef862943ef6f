"""Python objects that stand for Go values.

A proxy is an instance of a subclass of the user's class, so that `isinstance`
and annotations hold. Its methods have the signatures that the class declares
and are answered by Go.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from _spikard import go_call

if TYPE_CHECKING:
    from spikard._runtime import App

# What a proxy knows of its value: the ticket of the call that it belongs to, 0
# for a value that the app keeps, and its number. The shim sets and reads them.
SLOTS = ("_spikard_ticket", "_spikard_number")

Method = Callable[..., Any]


def proxy_class(app: App, class_index: int, export: int) -> type:
    """The class of the proxies for an exported Go type. Raises TypeError."""
    cls = app.collected.classes[class_index]
    described = next(
        c for c in app.collected.manifest["types"].values() if c["index"] == class_index
    )
    if described["kind"] != "plain":
        raise TypeError(
            f"{described['name']} is a {described['kind']}: its instances are data, "
            f"and not objects whose methods Go could answer"
        )
    namespace: dict[str, Any] = {
        m["name"]: _method(app, cls, m, export, number)
        for number, m in enumerate(described.get("methods") or ())
    }
    namespace["__module__"] = cls.__module__
    namespace["__qualname__"] = cls.__qualname__
    namespace["__slots__"] = SLOTS
    namespace["__repr__"] = lambda self: f"<{cls.__qualname__} from Go>"
    proxy = types.new_class(cls.__name__, (cls,), exec_body=lambda ns: ns.update(namespace))
    # What Go does not answer is absent and not abstract.
    proxy.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]  # Go has them all
    # The shim makes instances in this way. A class whose __init__ wants
    # arguments is not initialised: Go holds the state.
    object.__new__(proxy)
    return proxy


def kept_proxy(proxy: type, handle: int) -> object:
    """The proxy of a Go value that the app keeps."""
    instance: object = object.__new__(proxy)
    for name, value in zip(SLOTS, (0, handle), strict=True):
        object.__setattr__(instance, name, value)
    return instance


def _method(app: App, cls: type, described: dict[str, Any], export: int, number: int) -> Method:
    name: str = described["name"]
    declared = inspect.getattr_static(cls, name)
    method = (_async if described["async"] else _blocking)(
        app, _arguments(inspect.signature(declared)), export, number
    )
    method.__name__ = name
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    method.__module__ = cls.__module__
    method.__doc__ = getattr(declared, "__doc__", None)
    method.__wrapped__ = declared  # type: ignore[attr-defined]  # has the signature
    return method


def _blocking(app: App, arguments: Method, export: int, number: int) -> Method:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return go_call(app, self, export, number, arguments(self, args, kwargs), None)

    return method


def _async(app: App, arguments: Method, export: int, number: int) -> Method:
    from spikard import _runtime_await  # asyncio is loaded where there is a loop

    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        values = arguments(self, args, kwargs)
        return await _runtime_await.method(
            app, lambda future: go_call(app, self, export, number, values, future)
        )

    return method


def _arguments(signature: inspect.Signature) -> Method:
    """A function of (self, args, kwargs) that gives a call's values in order."""
    parameters = list(signature.parameters.values())[1:]
    names = [p.name for p in parameters]
    ordered = all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    count = len(parameters) if ordered else -1

    def arguments(self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if len(args) == count and not kwargs:
            return args
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments[n] for n in names)

    return arguments
