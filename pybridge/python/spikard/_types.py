"""Annotations described as data for Go."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, ForwardRef, Literal, TypeVar, get_args, get_origin

from spikard import _classes
from spikard._constraints import constrain, constraints_in, neutral_constraints
from spikard._decoders import Decode, decode_hook
from spikard._faults import BindingError
from spikard._fields import is_struct, kind_of
from spikard._generics import Bindings, substitute
from spikard._keys import UNIONS, alias_value, is_alias, key_of, type_key
from spikard._kinds import CONVERTED, DICTS, LISTS, NO_CLASSES, PLAIN, SETS, Described, is_scalar
from spikard._models import (
    holds_pydantic,
    is_pydantic,
    msgspec_alone,
    msgspec_converter,
    pydantic_converter,
    with_constraints,
)
from spikard._signature import Unresolved
from spikard._source import name_of, shown, source_of
from spikard._tables import Tables

_NONE: Mapping[str, Any] = {}


class Types(Tables):
    """Describes the annotations of an app."""

    def describe(self, annotation: Any, constraints: Mapping[str, Any] = _NONE) -> Described:
        """The type of an annotation, with constraints besides its own.

        Raises BindingError. Then no class stays in the table for it.
        """
        with self.undone_on_fault():
            if constraints and holds_pydantic(annotation):
                return self._by_pydantic(with_constraints(annotation, constraints))
            return constrain(self._type(annotation, {}), constraints)

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
            described = self.describe(_classes.unnamed(annotation))
        except BindingError:
            described = {"kind": "json"}
        if described["kind"] == "json" or (described["kind"] == "any" and "converter" in described):
            self._add_plain(annotation, methods=methods)
        key, bare = key_of(annotation), type_key(annotation)
        if bare in self.table:
            self.table.setdefault(key, self.table[bare])

    def _add_plain(self, annotation: Any, *, methods: bool) -> None:
        key, cls = type_key(annotation), _classes.class_of(annotation)
        if cls is None or cls.__module__ in NO_CLASSES:
            return
        described = self.table.get(key)
        if described is None:
            described = {"name": _name(key), "kind": "plain", "index": self.add(cls)}
            self.table[key] = described
        elif described["kind"] != "plain" or "methods" in described:
            return
        # Annotated gives a class several keys, and Go may provide but one of them.
        if methods and not (is_pydantic(cls) or is_struct(cls)):
            described |= {"methods": found} if (found := _classes.methods_of(cls, self)) else {}
        described.setdefault("source", source_of(cls)._asdict())

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
        if holds_pydantic(whole := substitute(annotation, bound)):
            return self._by_pydantic(whole)
        origin = get_origin(annotation)
        if origin is Annotated:
            described = self._type(annotation.__origin__, bound)
            return constrain(described, constraints_in(annotation.__metadata__))
        if origin in UNIONS:
            return self._union(annotation, bound)
        if origin is Literal:
            return _literal(get_args(annotation))
        return self._simple(annotation) or self._container(annotation, bound)

    def _type_variable(self, variable: Any, bound: Bindings) -> Described:
        if variable in bound:
            return self._type(bound[variable], {})
        if variable.__constraints__:
            return self._union(typing.Union[variable.__constraints__], bound)  # noqa: UP007
        return self._type(variable.__bound__ or Any, bound)

    def _simple(self, annotation: Any) -> Described | None:
        try:
            kind = PLAIN.get(annotation)
        except TypeError:  # not hashable, as a Callable's list of parameters
            raise BindingError(f"{annotation!r} is not a type that a request can hold") from None
        if kind is not None:
            return {"kind": kind}
        if annotation in CONVERTED:
            kind, convert = CONVERTED[annotation]
            return {"kind": kind, "converter": self.converter(convert)}
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self._enum(annotation)
        return None

    def _container(self, annotation: Any, bound: Bindings) -> Described:
        origin = get_origin(annotation) or annotation
        arguments = get_args(annotation)
        if origin is tuple:
            return self._tuple(annotation, bound)
        if origin in LISTS:
            return {"kind": "list", "items": self._items(arguments, 1, bound)}
        if origin in SETS or origin is frozenset:
            kind, convert = ("frozenset", frozenset) if origin is frozenset else ("set", set)
            items = self._items(arguments, 1, bound)
            return {"kind": kind, "items": items, "converter": self.converter(convert)}
        if origin in DICTS:
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
            described["converter"] = self.converter(dict)  # from pairs
        return described

    def _enum(self, cls: type[Enum]) -> Described:
        values = [member.value for member in cls]
        if not values or not all(_is_json(v) for v in values):
            raise BindingError(f"{name_of(cls)} needs members whose values are texts or numbers")
        return {
            "kind": "enum",
            "ref": type_key(cls),
            "values": values,
            "converter": self.converter(cls),
        }

    def _union(self, annotation: Any, bound: Bindings) -> Described:
        items = [self._type(a, bound) for a in get_args(annotation)]
        if any(i["kind"] == "json" for i in items):
            # Which of them it is, only their library can tell.
            return self._json(msgspec_converter(substitute(annotation, bound)))
        return {"kind": "union", "items": items}

    def _by_pydantic(self, annotation: Any) -> Described:
        if get_origin(annotation) is Annotated:
            annotation = with_constraints(annotation, neutral_constraints(annotation.__metadata__))
        return self._json(pydantic_converter(annotation))

    def _json(self, convert: Callable[[Any], Any]) -> Described:
        return {"kind": "json", "converter": self.converter(convert)}

    def _class(self, annotation: Any, bound: Bindings) -> Described:
        cls = _classes.class_of(annotation)
        if cls is None:
            raise BindingError(f"{shown(annotation)} is not a type that a request can hold")
        annotation = substitute(annotation, bound)
        kind = kind_of(cls)
        if kind is None:
            return self._unknown(annotation, cls)
        if kind != "struct":
            return self._with_fields(annotation, cls, kind)
        if msgspec_alone(cls):
            return self._json(msgspec_converter(annotation))
        try:
            with self.undone_on_fault():
                return self._with_fields(annotation, cls, kind)
        except BindingError as exc:
            try:
                return self._json(msgspec_converter(annotation))
            except BindingError:
                raise exc from None

    def _with_fields(self, annotation: Any, cls: type, kind: str) -> Described:
        key = type_key(annotation)
        if key not in self.table:
            self.table[key] = described = {
                "name": _name(key),
                "kind": kind,
                "index": self.add(cls),
            }
            described["fields"] = _classes.fields_of(annotation, cls, self._field)
            if kind == "struct" and cls.__struct_config__.forbid_unknown_fields:  # type: ignore[attr-defined]
                described["closed"] = True
            described["source"] = source_of(cls)._asdict()
        elif self.table[key]["kind"] == "plain":
            raise BindingError(f"{shown(cls)} can be injected only")
        return {"kind": "class", "ref": key}

    def _unknown(self, annotation: Any, cls: type) -> Described:
        refused = f"{shown(annotation)} is not a type that a request can hold"
        if cls.__module__ in NO_CLASSES:
            raise BindingError(refused)
        hook = decode_hook()
        if hook is None:
            raise BindingError(f"{refused} without a decoder: see spikard.register_decoder")
        return {"kind": "any", "converter": self.converter(Decode(annotation, hook))}

    def _field(self, name: str, annotation: Any, bound: Bindings) -> Described:
        try:
            return self._type(annotation, bound)
        except BindingError as exc:
            raise BindingError(f"field {name}: {exc}") from exc


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
