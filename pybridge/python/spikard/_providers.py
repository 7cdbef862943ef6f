"""Dependencies, described."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

from spikard import _classes
from spikard._app import Provision
from spikard._arguments import Argument
from spikard._binding import Binding
from spikard._faults import BindingError, Faults
from spikard._functions import Functions
from spikard._keys import PREFIX, key_of
from spikard._missing import MISSING
from spikard._provide import Provider
from spikard._signature import Parameter
from spikard._source import name_of
from spikard._suspends import kind_of
from spikard._types import Types


class Providers:
    """The dependencies of an app."""

    def __init__(
        self, provided: frozenset[str], types: Types, functions: Functions, faults: Faults
    ) -> None:
        self.described: list[dict[str, Any]] = []
        self.binding = Binding(types, provided, self._private_key)
        self._private: dict[str, Provider] = {}
        self._functions = functions
        self._faults = faults

    def add(self, provision: Provision) -> None:
        """Describes one use of app.provide."""
        self._faults.source = provision.source
        key = key_or_none(provision.key)
        if key is None or not _names_a_type(provision.key):
            self._faults.add(f"provide(): {provision.key!r} is neither a type nor a name")
            return
        value = provision.value
        if value is MISSING:
            cls = None if isinstance(provision.key, str) else _classes.class_of(provision.key)
            if cls is None:
                self._faults.add(f"provide({provision.key!r}) needs a value: the key is no class")
                return
            value = Provider(cls, None, None, use_cache=True, singleton=False)
        if isinstance(value, Provider):
            self._add_factory(key, value)
            return
        if not isinstance(provision.key, str) and inspect.isroutine(value):
            name = value.__name__
            self._faults.add(
                f"provide({_label(key)}, {name}): a function isn't such a value; "
                f"to have it called, write Provide({name})"
            )
        self._append(key, "singleton", self._functions.add_value(_label(key), value))

    def _add_factory(self, key: str, provider: Provider) -> None:
        fault = provider.fault() or _factory_fault(provider.factory)
        if fault:
            self._faults.add(f"provider of {_label(key)}: {fault}")
            return
        role = f"provider {name_of(provider.factory)}"
        names = self._depends_on(provider, role)
        index = self._functions.add(
            provider.factory,
            kind_of(provider.factory),
            role,
            lambda p, _: self._argument(p, provider, names),
        )
        if index is None:
            return
        unknown = names - {p["name"] for p in self._functions.params(index)}
        if unknown:
            self._faults.add(
                f"{role}: depends_on names {', '.join(sorted(unknown))}: no parameter of it"
            )
        self._append(key, provider.scope, index)

    def _depends_on(self, provider: Provider, role: str) -> frozenset[str]:
        names = provider.depends_on or ()
        if isinstance(names, str) or not all(isinstance(n, str) for n in names):
            self._faults.add(f"{role}: depends_on must be a list of names, not {names!r}")
            return frozenset()
        return frozenset(names)

    def _argument(self, p: Parameter, provider: Provider, names: frozenset[str]) -> Argument:
        argument = self.binding.of_provider(p, names)
        if argument.param["in"] == "request" and provider.scope == "singleton":
            raise BindingError("a singleton is made once, when there is no request")
        return argument

    def _append(self, key: str, scope: str, index: int) -> None:
        source = self._faults.source._asdict()
        self.described.append({"key": key, "scope": scope, "callable": index, "source": source})

    def _private_key(self, provider: Provider) -> str:
        """The key of a dependency that a parameter asks for by its factory.

        A factory named in several places is one dependency, made once for a
        request.
        """
        stem = "__provide__" + name_of(provider.factory)
        key, n = stem, 1
        while key in self._private:
            if self._private[key].same(provider):
                return key
            n += 1
            key = f"{stem}#{n}"
        self._private[key] = provider
        self._add_factory(key, provider)
        return key


def key_or_none(key: Any) -> str | None:
    """The key of what a user gave as one, which may be any object."""
    try:
        return key_of(key)
    except Exception:  # noqa: BLE001  # reading the attributes of any object
        return None


def _names_a_type(key: Any) -> bool:
    if isinstance(key, str):
        return key != "" and not key.startswith(PREFIX)
    return (
        _classes.class_of(key) is not None
        or key is Any
        or get_origin(key) is not None
        or hasattr(key, "__supertype__")
    )


def _label(key: str) -> str:
    return key.removeprefix(PREFIX)


def _factory_fault(factory: Any) -> str | None:
    """What is wrong with a factory before its parameters are looked at."""
    if isinstance(factory, type):
        if inspect.isabstract(factory) or getattr(factory, "_is_protocol", False):
            return "an abstract class or a protocol can't be built: give a factory"
        return None
    code = getattr(factory, "__code__", None)
    if code is not None and code.co_filename.endswith("contextlib.py"):
        return f"{name_of(factory)} is a context manager: give the generator without its decorator"
    return None
