"""Classes described as data: their fields, and the methods Go stands in for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args, get_origin

from spikard._fields import check_constructor, members_of
from spikard._generics import NO_BASES, bases_of
from spikard._keys import UNIONS, bare_type, without_none
from spikard._missing import MISSING
from spikard._signature import EMPTY, Signature, own_annotations, signature_of
from spikard._source import source_of

if TYPE_CHECKING:
    from spikard._types import Types

Describe = Callable[[str, Any, Mapping[Any, Any]], dict[str, Any]]


def class_of(annotation: Any) -> type | None:
    """The class that an annotation names, without its arguments; None for no class."""
    annotation = without_none(bare_type(without_none(annotation)))
    origin = get_origin(annotation) or annotation
    # From 3.14 on Union is a class.
    return origin if isinstance(origin, type) and origin not in UNIONS else None


def unnamed(annotation: Any) -> Any:
    """The annotation without Annotated and without None."""
    return without_none(bare_type(without_none(annotation)))


def allows_none(annotation: Any) -> bool:
    """Whether this is a union with None."""
    bare = bare_type(annotation)
    members: tuple[Any, ...] = get_args(bare) if get_origin(bare) in UNIONS else ()
    return type(None) in members


def fields_of(annotation: Any, cls: type, describe: Describe) -> list[dict[str, Any]]:
    """What a request may set, in the order of the constructor."""
    check_constructor(cls)
    owners = _bindings(annotation, cls)
    return [
        {
            "name": m.name,
            "type": describe(m.attribute, m.hint, owners.get(m.attribute, {})),
            "required": m.required,
        }
        for m in members_of(cls)
    ]


def _bindings(annotation: Any, cls: type) -> dict[str, dict[Any, Any]]:
    """For each field what the type variables of the class that declares it stand for."""
    out: dict[str, dict[Any, Any]] = {}
    for base, bound in bases_of(annotation, cls):
        for name in own_annotations(base):
            out.setdefault(name, bound)
    return out


def methods_of(cls: type, types: Types) -> list[dict[str, Any]]:
    """The public methods of a class and of its bases, and __call__, which a Go func answers."""
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        if base not in NO_BASES:
            names.update(dict.fromkeys(n for n in vars(base) if _is_public(n)))
    found = ((n, inspect.getattr_static(cls, n)) for n in names)
    described = [_method(n, f, types) for n, f in found if inspect.isfunction(f)]
    return [m for m in described if m is not None]


def _is_public(name: str) -> bool:
    return name == "__call__" or not name.startswith("_")


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
