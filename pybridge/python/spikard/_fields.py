"""The fields of classes whose instances are built from fields."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from spikard._faults import BindingError
from spikard._signature import EMPTY, hints_of, signature_of

_WRAPPERS = ("Required", "NotRequired", "ReadOnly", "Final")


class Member(NamedTuple):
    """One field that a request may set."""

    name: str  # in JSON
    attribute: str
    argument: str  # of the constructor
    hint: Any
    required: bool
    keyword: bool = False  # the constructor takes it by keyword only


def kind_of(cls: type) -> str | None:
    """How instances are built from fields, in the manifest's words; None if they aren't."""
    if is_typeddict(cls):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return "namedtuple"
    if is_struct(cls):
        return "struct"
    if hasattr(cls, "__attrs_attrs__"):
        return "attrs"
    return "dataclass" if dataclasses.is_dataclass(cls) else None


def is_typeddict(cls: Any) -> bool:
    """Also for those made with typing_extensions."""
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def is_struct(cls: type) -> bool:
    """Whether this is a msgspec.Struct."""
    loaded = sys.modules.get("msgspec")
    return loaded is not None and issubclass(cls, loaded.Struct)


def members_of(cls: type) -> list[Member]:
    """The fields, in the order of the constructor."""
    read = _READERS[kind_of(cls) or ""]
    return list(read(cls, hints_of(cls)))


def check_constructor(cls: Any) -> None:
    """Refuses classes whose constructor takes something else than the fields."""
    kind, known = kind_of(cls), {m.argument for m in members_of(cls)}
    if kind not in ("dataclass", "attrs"):
        return
    taken = [p for p in inspect.signature(cls).parameters if p not in known]
    if taken:
        what = f"its constructor takes {', '.join(taken)}"
    elif kind == "dataclass" and not cls.__dataclass_params__.init:
        what = "it has a constructor of its own"
    else:
        return
    raise BindingError(f"{cls.__qualname__}: {what}, which is not supported here")


Hints = dict[str, Any]


def _of_typeddict(cls: Any, hints: Hints) -> Iterator[Member]:
    for name in hints:
        hint, required = _unwrapped(hints[name], required=name in cls.__required_keys__)
        yield Member(name, name, name, hint, required)


def _of_namedtuple(cls: Any, hints: Hints) -> Iterator[Member]:
    defaults = getattr(cls, "_field_defaults", {})
    for name in cls._fields:
        yield Member(name, name, name, hints.get(name, Any), name not in defaults)


def _of_dataclass(cls: Any, hints: Hints) -> Iterator[Member]:
    missing = dataclasses.MISSING
    for f in dataclasses.fields(cls):
        if f.init:
            hint, _ = _unwrapped(hints.get(f.name, Any))
            required = f.default is missing and f.default_factory is missing
            yield Member(f.name, f.name, f.name, hint, required, f.kw_only is True)


def _of_struct(cls: Any, hints: Hints) -> Iterator[Member]:
    parameters = inspect.signature(cls).parameters
    names = zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)
    for name, encoded in names:
        p = parameters[name]
        hint, _ = _unwrapped(hints.get(name, Any))
        yield Member(encoded, name, name, hint, p.default is EMPTY, p.kind is p.KEYWORD_ONLY)


def _of_attrs(cls: Any, hints: Hints) -> Iterator[Member]:
    nothing = sys.modules["attr"].NOTHING
    for a in cls.__attrs_attrs__:
        if a.init:
            hint, _ = _unwrapped(hints.get(a.name, Any if a.type is None else a.type))
            if a.converter is not None:
                hint = _taken_by(a.converter)
            yield Member(a.name, a.name, a.alias, hint, a.default is nothing, a.kw_only)


def _taken_by(converter: Any) -> Any:
    """The type that a converter of attrs is to be given."""
    converter = getattr(converter, "converter", converter)  # of an attrs.Converter
    try:
        first = signature_of(converter).parameters[0].annotation
    except (TypeError, ValueError, IndexError):
        return Any
    return Any if first is EMPTY else first


_READERS = {
    "typeddict": _of_typeddict,
    "namedtuple": _of_namedtuple,
    "dataclass": _of_dataclass,
    "struct": _of_struct,
    "attrs": _of_attrs,
}


def _unwrapped(hint: Any, *, required: bool = True) -> tuple[Any, bool]:
    """The type within qualifiers, and what they say."""
    while (wrapper := _wrapper(hint)) or isinstance(hint, dataclasses.InitVar):
        if wrapper in ("Required", "NotRequired"):
            required = wrapper == "Required"
        hint = get_args(hint)[0] if wrapper else hint.type
    return hint, required


def _wrapper(hint: Any) -> str:
    """The name of a qualifier like NotRequired; that of typing_extensions is another object."""
    name = getattr(get_origin(hint), "_name", "")
    return name if name in _WRAPPERS else ""
