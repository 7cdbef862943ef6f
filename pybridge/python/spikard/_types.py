"""Annotations described as data for Go."""

from __future__ import annotations

import collections.abc as abc
import sys
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ForwardRef, Literal, TypeVar, get_args, get_origin
from uuid import UUID

from spikard import _classes
from spikard._constraints import constrain, constraints_in
from spikard._converters import to_timedelta
from spikard._faults import BindingError
from spikard._keys import UNIONS, alias_value, is_alias, key_of, type_key
from spikard._signature import Unresolved
from spikard._source import name_of, source_of
from spikard._unbuilt import message
from spikard._uploads import UploadFile

Described = dict[str, Any]
Bindings = Mapping[Any, Any]  # type variables and what stands for them

_PLAIN: dict[Any, str] = {
    Any: "any",
    object: "any",
    None: "none",
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
}
_CONVERTED: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    UUID: ("uuid", UUID),
    Decimal: ("decimal", Decimal),
    datetime: ("datetime", datetime.fromisoformat),
    date: ("date", date.fromisoformat),
    time: ("time", time.fromisoformat),
    timedelta: ("timedelta", to_timedelta),
}
_LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
_SETS = (set, abc.Set, abc.MutableSet)
_DICTS = (dict, abc.Mapping, abc.MutableMapping)
_SCALARS = frozenset(
    {"none", "bool", "int", "float", "str", "literal", "enum"} | {k for k, _ in _CONVERTED.values()}
)
# Their classes are neither injected by their types nor described.
NO_CLASSES = frozenset({"builtins", "collections.abc", "typing"})
_SEQUENCES = frozenset({"list", "set", "frozenset", "vartuple", "tuple"})


class Types:
    """The classes and converters that the annotations of an app name."""

    def __init__(self) -> None:
        self.table: dict[str, Described] = {}
        self.classes: list[type] = []
        self.converters: list[Callable[[Any], Any] | None] = [None]

    def describe(self, annotation: Any) -> Described:
        """The type of an annotation.

        Raises BindingError. Then no class stays in the table for it.
        """
        keys, classes = len(self.table), len(self.classes)
        try:
            return self._type(annotation, {})
        except BindingError as exc:
            for key in list(self.table)[keys:]:
                del self.table[key]
            del self.classes[classes:]
            raise BindingError(str(exc)) from exc

    def describe_or_any(self, annotation: Any) -> Described:
        """The type of an annotation, any where it can't be told."""
        try:
            return self.describe(annotation)
        except BindingError:
            return {"kind": "any"}

    def add_class(self, annotation: Any, *, methods: bool) -> None:
        """Puts a class that is injected into the table, by its key.

        `methods` describes those that a Go value in its place must have.
        """
        try:
            self.describe(_classes.unnamed(annotation))
        except BindingError:
            self._add_plain(annotation, methods=methods)
        key, bare = key_of(annotation), type_key(annotation)
        if bare in self.table:
            self.table.setdefault(key, self.table[bare])

    def _add_plain(self, annotation: Any, *, methods: bool) -> None:
        key, cls = type_key(annotation), _classes.class_of(annotation)
        if cls is None or key in self.table or cls.__module__ in NO_CLASSES:
            return
        self.table[key] = described = {"name": _name(key), "kind": "plain", "index": self._add(cls)}
        if methods and foreign_model(cls) is None:
            described |= {"methods": found} if (found := _classes.methods_of(cls, self)) else {}
        described["source"] = source_of(cls)._asdict()

    def _type(self, annotation: Any, bound: Bindings) -> Described:
        if isinstance(annotation, Unresolved):
            raise BindingError(annotation.reason)
        if isinstance(annotation, (str, ForwardRef)):
            raise BindingError(f"{annotation!r} can't be resolved")
        if isinstance(annotation, TypeVar):
            return self._type_variable(annotation, bound)
        if is_alias(annotation):
            return self._type(alias_value(annotation), bound)
        if isinstance(annotation, typing.NewType):
            return self._type(annotation.__supertype__, bound)
        origin = get_origin(annotation)
        if origin is Annotated:
            described = self._type(annotation.__origin__, bound)
            return constrain(described, constraints_in(annotation.__metadata__))
        if origin in UNIONS:
            return _union([self._type(a, bound) for a in get_args(annotation)])
        if origin is Literal:
            return _literal(get_args(annotation))
        return self._simple(annotation) or self._container(annotation, bound)

    def _type_variable(self, variable: Any, bound: Bindings) -> Described:
        if variable in bound:
            return self._type(bound[variable], {})
        if variable.__constraints__:
            return _union([self._type(c, bound) for c in variable.__constraints__])
        return self._type(variable.__bound__ or Any, bound)

    def _simple(self, annotation: Any) -> Described | None:
        try:
            kind = _PLAIN.get(annotation)
        except TypeError:  # not hashable, as a Callable's list of parameters
            raise BindingError(f"{annotation!r} is not a type that a request can hold") from None
        if kind is not None:
            return {"kind": kind}
        if annotation in _CONVERTED:
            kind, convert = _CONVERTED[annotation]
            return {"kind": kind, "converter": self._converter(convert)}
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self._enum(annotation)
        return None

    def _container(self, annotation: Any, bound: Bindings) -> Described:
        origin = get_origin(annotation) or annotation
        arguments = get_args(annotation)
        if origin is tuple:
            return self._tuple(annotation, bound)
        if origin in _LISTS:
            return {"kind": "list", "items": self._items(arguments, 1, bound)}
        if origin in _SETS or origin is frozenset:
            kind, convert = ("frozenset", frozenset) if origin is frozenset else ("set", set)
            items = self._items(arguments, 1, bound)
            return {"kind": kind, "items": items, "converter": self._converter(convert)}
        if origin in _DICTS:
            return self._dict(arguments, bound)
        return self._class(annotation, bound)

    def _items(self, arguments: tuple[Any, ...], n: int, bound: Bindings) -> list[Described]:
        return [self._type(a, bound) for a in arguments or (Any,) * n]

    def _tuple(self, annotation: Any, bound: Bindings) -> Described:
        arguments = get_args(annotation)
        if annotation in (tuple, typing.Tuple):  # noqa: UP006  # the old name
            return {"kind": "vartuple", "items": [{"kind": "any"}]}
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {"kind": "vartuple", "items": [self._type(arguments[0], bound)]}
        if arguments == ((),):  # tuple[()] in Python 3.10
            arguments = ()
        return {"kind": "tuple", "items": [self._type(a, bound) for a in arguments]}

    def _dict(self, arguments: tuple[Any, ...], bound: Bindings) -> Described:
        key, value = self._items(arguments, 2, bound)
        described: Described = {"kind": "dict", "items": [key, value]}
        if not is_scalar(key) and key["kind"] != "any":
            raise BindingError(f"the keys of a dict must be scalars, not {key['kind']}")
        if key["kind"] not in ("str", "any"):
            described["converter"] = self._converter(dict)  # from pairs
        return described

    def _enum(self, cls: type[Enum]) -> Described:
        values = [member.value for member in cls]
        if not values or not all(_is_json(v) for v in values):
            raise BindingError(f"{name_of(cls)} needs members whose values are texts or numbers")
        return {
            "kind": "enum",
            "ref": type_key(cls),
            "values": values,
            "converter": self._converter(cls),
        }

    def _class(self, annotation: Any, bound: Bindings) -> Described:
        cls = _classes.class_of(annotation)
        if cls is UploadFile:
            raise BindingError(message("UploadFile"))
        if cls is None or cls in (bytes, bytearray):
            raise BindingError(f"{_show(annotation)} is not a type that a request can hold")
        if model := foreign_model(cls):
            raise BindingError(f"{model} {name_of(cls)} as part of a request: {message(model)}")
        annotation = _classes.substitute(annotation, bound)
        key = type_key(annotation)
        if key not in self.table:
            kind = _classes.kind_of(cls)
            if kind is None:
                raise BindingError(f"{_show(cls)} is not a type that a request can hold")
            self.table[key] = described = {
                "name": _name(key),
                "kind": kind,
                "index": self._add(cls),
            }
            described["fields"] = _classes.fields_of(annotation, cls, self._field)
            described["source"] = source_of(cls)._asdict()
        elif self.table[key]["kind"] == "plain":
            raise BindingError(f"{_show(cls)} can be injected only")
        return {"kind": "class", "ref": key}

    def _field(self, name: str, annotation: Any, bound: Bindings) -> Described:
        try:
            return self._type(annotation, bound)
        except BindingError as exc:
            raise BindingError(f"field {name}: {exc}") from exc

    def _add(self, cls: type) -> int:
        self.classes.append(cls)
        return len(self.classes) - 1

    def _converter(self, convert: Callable[[Any], Any]) -> int:
        if convert not in self.converters:
            self.converters.append(convert)
        return self.converters.index(convert)


def is_scalar(described: Described) -> bool:
    """Whether a value fits into one text: a query parameter, a header."""
    if described["kind"] == "union":
        return all(map(is_scalar, described["items"]))
    return described["kind"] in _SCALARS


def is_text(described: Described) -> bool:
    """Whether a value fits into one text, or into one for each item."""
    if described["kind"] == "union":
        return all(map(is_text, described["items"]))
    if described["kind"] in _SEQUENCES:
        return all(map(is_scalar, described.get("items", ())))
    return is_scalar(described)


def foreign_model(cls: type) -> str | None:
    """The name of the library whose model this is, where it is one."""
    for module, base in (("pydantic", "BaseModel"), ("msgspec", "Struct")):
        loaded = sys.modules.get(module)
        if loaded is not None and issubclass(cls, getattr(loaded, base)):
            return f"{module}.{base}"
    return "an attrs class" if hasattr(cls, "__attrs_attrs__") else None


def _union(items: list[Described]) -> Described:
    return {"kind": "union", "items": items}


def _literal(values: tuple[Any, ...]) -> Described:
    bad = [v for v in values if not (v is None or _is_json(v))]
    if bad:
        raise BindingError(f"Literal[{bad[0]!r}] is not a text, a number or a bool")
    return {"kind": "literal", "values": list(values)}


def _is_json(value: Any) -> bool:
    # A member of an Enum may itself be a str or an int.
    if isinstance(value, Enum):
        return False
    return isinstance(value, (str, int)) or (isinstance(value, float) and value - value == 0)


def _name(key: str) -> str:
    return key.removeprefix("__type__")


def _show(annotation: Any) -> str:
    return name_of(annotation) if isinstance(annotation, type) else str(annotation)
