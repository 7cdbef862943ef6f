"""The one rule that turns a type into the key of a dependency.

The Go side reads the same keys (di.ParseKey); both are tested with the same
cases, di/testdata/keys.json.

=======================  ================================
``User``                 ``__type__module.User``
``Repo[User]``           ``__type__module.Repo[module.User]``
``Annotated[User, "a"]``  ``__type__module.User#a``
``Annotated[Any, "a"]``  ``a``
``User | None``          ``__type__module.User``
``"a"``                  ``a``
=======================  ================================
"""

from __future__ import annotations

import types
import typing
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

PREFIX = "__type__"
LOGGER = "__type__logging.Logger"  # provided without being registered
UNIONS = (Union, types.UnionType)


def key_of(annotation: Any) -> str:
    """The key of a type, or of a plain name."""
    if isinstance(annotation, str):
        return annotation
    bare, name = _unwrapped(annotation)
    if bare in (Any, object) and name:
        return name
    return PREFIX + type_name(bare) + (f"#{name}" if name else "")


def key_or_none(key: Any) -> str | None:
    """The key of what a user gave as one, which may be any object."""
    try:
        return key_of(key)
    except Exception:  # noqa: BLE001  # reading the attributes of any object
        return None


def type_key(annotation: Any) -> str:
    """The key of the type alone, without the name that Annotated gives it."""
    return PREFIX + type_name(_unwrapped(annotation)[0])


def qualifier(annotation: Any) -> str:
    """The name in `Annotated[T, "name"]`, or an empty text."""
    return _unwrapped(annotation)[1]


def _unwrapped(annotation: Any) -> tuple[Any, str]:
    """The type without Annotated, aliases and None, and the name that Annotated gives it."""
    name = ""
    while True:
        if get_origin(annotation) is Annotated:
            texts = (m for m in annotation.__metadata__ if isinstance(m, str))
            name = name or next(texts, "")
            annotation = annotation.__origin__
        elif is_alias(annotation):
            annotation = alias_value(annotation)
        elif (member := without_none(annotation)) is not annotation:
            annotation = member
        else:
            return annotation, name


def bare_type(annotation: Any) -> Any:
    """The type inside Annotated and type aliases."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = annotation.__origin__
        elif is_alias(annotation):
            annotation = alias_value(annotation)
        else:
            return annotation


def is_alias(annotation: Any) -> bool:
    """Whether this is `type X = ...` (PEP 695), with or without arguments."""
    alias = getattr(typing, "TypeAliasType", None)
    if alias is None:
        return False
    return isinstance(annotation, alias) or isinstance(get_origin(annotation), alias)


def alias_value(annotation: Any) -> Any:
    """What a type alias stands for."""
    origin = get_origin(annotation)
    if origin is None:
        return annotation.__value__
    return origin.__value__[get_args(annotation)]


def without_none(annotation: Any) -> Any:
    """T of `T | None`; any other annotation as it is."""
    if get_origin(annotation) not in UNIONS:
        return annotation
    members = [a for a in get_args(annotation) if a is not type(None)]
    return members[0] if len(members) == 1 else annotation


def type_name(annotation: Any) -> str:
    """module.qualname, with type arguments of the same form."""
    annotation = bare_type(annotation)
    if annotation in (None, type(None)):
        return "None"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, list):  # the parameters of a Callable
        return f"[{','.join(map(type_name, annotation))}]"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in UNIONS:
        return "|".join(map(type_name, arguments))
    if origin is None:
        return _plain_name(annotation)
    if origin is Literal:
        return f"typing.Literal[{','.join(map(_literal, arguments))}]"
    if arguments in ((), ((),)):  # typing.List; tuple[()], which Python 3.10 gives an argument
        return _plain_name(origin)
    return f"{_plain_name(origin)}[{','.join(map(type_name, arguments))}]"


def _literal(value: Any) -> str:
    """A value as it is written; a member of an Enum by its name."""
    return f"{_plain_name(type(value))}.{value.name}" if isinstance(value, Enum) else repr(value)


def _plain_name(annotation: Any) -> str:
    name = getattr(annotation, "__qualname__", None) or getattr(annotation, "__name__", None)
    if name is None:
        return str(annotation)
    return f"{annotation.__module__}.{name}"
