"""Classes described as data: their fields, and the methods Go stands in for."""

from __future__ import annotations

import dataclasses
import inspect
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, get_args, get_origin

from spikard._faults import BindingError
from spikard._keys import UNIONS, bare_type, without_none
from spikard._missing import MISSING
from spikard._signature import EMPTY, Signature, hints_of, own_annotations, signature_of
from spikard._source import source_of

if TYPE_CHECKING:
    from spikard._types import Types

Describe = Callable[[str, Any, Mapping[Any, Any]], dict[str, Any]]

_NOT_DESCRIBED = (object, Generic, Protocol, ABC)
_WRAPPERS = ("Required", "NotRequired", "ReadOnly", "Final")


def class_of(annotation: Any) -> type | None:
    """The class that an annotation names, without its arguments; None for no class."""
    annotation = without_none(bare_type(without_none(annotation)))
    origin = get_origin(annotation) or annotation
    # From 3.14 on Union is a class.
    return origin if isinstance(origin, type) and origin not in UNIONS else None


def unnamed(annotation: Any) -> Any:
    """The annotation without Annotated and without None."""
    return without_none(bare_type(without_none(annotation)))


def kind_of(cls: type) -> str | None:
    """How instances are built from fields, in the manifest's words; None if they aren't."""
    if is_typeddict(cls):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return "namedtuple"
    return "dataclass" if dataclasses.is_dataclass(cls) else None


def is_typeddict(cls: Any) -> bool:
    """Also for those made with typing_extensions."""
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def fields_of(annotation: Any, cls: type, describe: Describe) -> list[dict[str, Any]]:
    """What a request may set, in the order of the constructor."""
    hints = hints_of(cls)
    owners = _bindings(annotation, cls)
    out = []
    for name, required in _names(cls):
        hint = hints.get(name, Any)
        while (wrapper := _wrapper(hint)) or isinstance(hint, dataclasses.InitVar):
            if wrapper in ("Required", "NotRequired"):
                required = wrapper == "Required"
            hint = get_args(hint)[0] if wrapper else hint.type
        described = describe(name, hint, owners.get(name, {}))
        out.append({"name": name, "type": described, "required": required})
    return out


def _names(cls: type) -> Iterator[tuple[str, bool]]:
    """Each field and whether it must be given."""
    if is_typeddict(cls):
        required: Any = vars(cls)["__required_keys__"]
        for name in hints_of(cls):
            yield name, name in required
    elif not dataclasses.is_dataclass(cls):
        defaults = getattr(cls, "_field_defaults", {})
        for name in vars(cls)["_fields"]:
            yield name, name not in defaults
    else:
        yield from _dataclass_names(cls)


def _dataclass_names(cls: Any) -> Iterator[tuple[str, bool]]:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    taken = [p for p in inspect.signature(cls).parameters if p not in fields]
    if taken or not cls.__dataclass_params__.init:
        what = (
            f"its constructor takes {', '.join(taken)}"
            if taken
            else "it has a constructor of its own"
        )
        raise BindingError(f"{cls.__qualname__}: {what}, which is not supported here")
    for f in fields.values():
        yield f.name, f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING


def _wrapper(hint: Any) -> str:
    """The name of a qualifier like NotRequired; that of typing_extensions is another object."""
    name = getattr(get_origin(hint), "_name", "")
    return name if name in _WRAPPERS else ""


def _bindings(annotation: Any, cls: type) -> dict[str, dict[Any, Any]]:
    """For each field what the type variables of the class that declares it stand for."""
    out: dict[str, dict[Any, Any]] = {}
    for base, bound in _bases(annotation, cls):
        for name in own_annotations(base):
            out.setdefault(name, bound)
    return out


def _bases(annotation: Any, cls: type) -> Iterator[tuple[type, dict[Any, Any]]]:
    parameters = getattr(cls, "__parameters__", ())
    bound = dict(zip(parameters, get_args(annotation), strict=False))
    yield cls, bound
    for base in getattr(cls, "__orig_bases__", cls.__bases__):
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin not in _NOT_DESCRIBED:
            yield from _bases(substitute(base, bound), origin)


def substitute(annotation: Any, bound: Mapping[Any, Any]) -> Any:
    """The annotation with what stands for its type variables."""
    if isinstance(annotation, TypeVar):
        return bound.get(annotation, annotation)
    # A class without arguments has parameters of its own, which are not meant.
    free = getattr(annotation, "__parameters__", ()) if get_origin(annotation) else ()
    if not any(v in bound for v in free):
        return annotation
    return annotation[tuple(bound.get(v, v) for v in free)]


def methods_of(cls: type, types: Types) -> list[dict[str, Any]]:
    """The public methods of a class and of its bases."""
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        if base not in _NOT_DESCRIBED:
            names.update(dict.fromkeys(n for n in vars(base) if not n.startswith("_")))
    found = ((n, inspect.getattr_static(cls, n)) for n in names)
    described = [_method(n, f, types) for n, f in found if inspect.isfunction(f)]
    return [m for m in described if m is not None]


def _method(name: str, function: Any, types: Types) -> dict[str, Any] | None:
    signature = signature_of(function)
    if signature.variadic:  # its arguments can't be told, so Go can't take them
        return None
    described: dict[str, Any] = {
        "name": name,
        "async": inspect.iscoroutinefunction(function),
        "params": _method_params(signature, types),
    }
    if signature.returns is not EMPTY:
        described["returns"] = types.describe_or_any(signature.returns)
    return {**described, "source": source_of(function)._asdict()}


def _method_params(signature: Signature, types: Types) -> list[dict[str, Any]]:
    return [
        {
            "name": p.name,
            "in": "body",
            "alias": p.name,
            "required": p.default is MISSING,
            "type": types.describe_or_any(Any if p.annotation is EMPTY else p.annotation),
        }
        for p in signature.parameters[1:]
    ]
