"""Dependencies, described."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, get_origin

from spikard import _classes
from spikard._app import Provision
from spikard._arguments import Argument
from spikard._binding import Binding
from spikard._faults import BindingError, Faults
from spikard._functions import Functions
from spikard._keys import LOGGER, PREFIX, key_or_none
from spikard._missing import MISSING
from spikard._overrides import Effective
from spikard._provide import Provider
from spikard._signature import Parameter
from spikard._source import name_of, source_of
from spikard._suspends import kind_of
from spikard._types import Types

LOGGER_NAME = "spikard.request"

_PRIVATE = "__provide__"  # keys of factories that parameters name themselves


class Providers:
    """The dependencies of an app."""

    def __init__(
        self,
        here: Effective,
        types: Types,
        functions: Functions,
        faults: Faults,
    ) -> None:
        self.described: list[dict[str, Any]] = []
        self.types = types
        self.functions = functions
        self.faults = faults
        provided = {key for p in here.provisions if (key := key_or_none(p.key)) is not None}
        self.binding = Binding(types, frozenset({*provided, LOGGER}), self._private_key)
        self.overridden = {key_or_none(o.provision.key) for o in here.overrides}
        self._here = here
        self._private: dict[str, Provider] = {}

    def describe(self) -> None:
        """Describes every use of app.provide."""
        for provision in self._here.registered():
            self._add(provision)

    def add_logger(self) -> None:
        """Adds the provider of `logging.Logger`. It is for apps that have none of their own."""
        import logging  # not for apps that don't log

        self.faults.source = source_of(logging.Logger)
        index = self.functions.add_value(label(LOGGER), logging.getLogger(LOGGER_NAME))
        self._append(LOGGER, "singleton", index)

    def _add(self, provision: Provision) -> None:
        self.faults.source = provision.source
        key = key_or_none(provision.key)
        if key is None or not names_a_type(provision.key):
            self.faults.add(f"provide(): {provision.key!r} is neither a type nor a name")
            return
        value = provision.value
        if value is MISSING:
            cls = None if isinstance(provision.key, str) else _classes.class_of(provision.key)
            if cls is None:
                self.faults.add(f"provide({provision.key!r}) needs a value: the key is no class")
                return
            value = Provider(_classes.unnamed(provision.key))
        if isinstance(value, Provider):
            self._add_factory(key, value)
            return
        if what := _unlike(provision.key, value):
            name = value.__name__
            self.faults.add(
                f"provide({label(key)}, {name}): {what} isn't such a value; "
                f"to have it called, write Provide({name})"
            )
        self._append(key, "singleton", self.functions.add_value(key.removeprefix(PREFIX), value))

    def _add_factory(self, key: str, provider: Provider) -> None:
        fault = provider.fault() or _factory_fault(provider.factory)
        if fault:
            self.faults.add(f"provider of {label(key)}: {fault}")
            return
        role = _role(key, provider.factory)
        names = self._depends_on(provider, role)
        index = self.functions.add(
            provider.factory,
            kind_of(provider.factory),
            role,
            lambda p, _: self._argument(p, provider, names),
            # What a partial gives by keyword is settled, not a default.
            without=provider.factory.keywords if isinstance(provider.factory, partial) else (),
        )
        if index is None:
            return
        unknown = names - {p["name"] for p in self.functions.params(index)}
        if unknown:
            self.faults.add(
                f"{role}: depends_on names {', '.join(sorted(unknown))}: no parameter of it"
            )
        self._append(key, provider.scope, index, lazy=provider.lazy)

    def _depends_on(self, provider: Provider, role: str) -> frozenset[str]:
        names = provider.depends_on or ()
        if isinstance(names, str) or not all(isinstance(n, str) for n in names):
            self.faults.add(f"{role}: depends_on must be a list of names, not {names!r}")
            return frozenset()
        return frozenset(names)

    def _argument(self, p: Parameter, provider: Provider, names: frozenset[str]) -> Argument:
        argument = self.binding.of_provider(p, names)
        if argument.param["in"] == "request" and provider.scope == "singleton":
            raise BindingError("a singleton is made once, when there is no request")
        return argument

    def _append(self, key: str, scope: str, index: int, *, lazy: bool = False) -> None:
        described: dict[str, Any] = {"key": key, "scope": scope, "callable": index}
        if lazy:
            described["lazy"] = True
        self.described.append(described | {"source": self.faults.source._asdict()})

    def _private_key(self, provider: Provider) -> str:
        """The key of a dependency that a parameter asks for by its factory.

        A factory named in several places is one dependency, made once for a
        request.
        """
        stem = _PRIVATE + name_of(provider.factory)
        key, n = stem, 1
        while key in self._private:
            if self._private[key].same(provider):
                return key
            n += 1
            key = f"{stem}#{n}"
        self._private[key] = provider
        value: Any = provider
        if (stand_in := self._here.stand_in(provider.factory)) is not None:
            self.overridden.add(key)
            value = stand_in.value
        if isinstance(value, Provider):
            self._add_factory(key, value)
        else:
            self._append(key, "singleton", self.functions.add_value(label(key), value))
        return key


def names_a_type(key: Any) -> bool:
    """Whether this can be the key of a dependency."""
    if isinstance(key, str):
        return key != "" and not key.startswith(PREFIX)
    return (
        _classes.class_of(key) is not None
        or key is Any
        or get_origin(key) is not None
        or hasattr(key, "__supertype__")
    )


def _unlike(key: Any, value: Any) -> str:
    """What a value is that was meant as the factory of an instance, or an empty text."""
    if isinstance(key, str):
        return ""
    cls = _classes.class_of(key)
    bases = cls.__mro__ if cls is not None else ()
    if inspect.isroutine(value):
        # Callable, or a protocol of functions.
        return "" if any("__call__" in vars(base) for base in bases) else "a function"
    return "a class" if isinstance(value, type) and cls in value.__mro__ else ""


def _role(key: str, factory: Any) -> str:
    """The provider as messages name it."""
    name = name_of(factory)
    return f"provider {name}" if name in key else f"provider {name} of {label(key)}"


def is_private(key: str) -> bool:
    """Whether this is the key of a factory that a parameter names itself."""
    return key.startswith(_PRIVATE)


def label(key: str) -> str:
    """A key as messages show it."""
    if is_private(key):
        return f"Provide({key.removeprefix(_PRIVATE)})"
    return key.removeprefix(PREFIX) if key.startswith(PREFIX) else repr(key)


def _factory_fault(factory: Any) -> str | None:
    """What is wrong with a factory before its parameters are looked at."""
    cls = get_origin(factory) or factory
    if isinstance(cls, type):
        if inspect.isabstract(cls) or getattr(cls, "_is_protocol", False):
            return "an abstract class or a protocol can't be built: give a factory"
        return None
    code = getattr(factory, "__code__", None)
    if code is not None and code.co_filename.endswith("contextlib.py"):
        return f"{name_of(factory)} is a context manager: give the generator without its decorator"
    return None
