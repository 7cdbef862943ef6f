"""What stands for the type variables of generic classes."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar, get_args, get_origin

Bindings = Mapping[Any, Any]  # type variables and what stands for them

NO_BASES = (object, Generic, Protocol, ABC)


def substitute(annotation: Any, bound: Bindings) -> Any:
    """The annotation with what stands for its type variables."""
    if isinstance(annotation, TypeVar):
        return bound.get(annotation, annotation)
    free = type_variables(annotation)
    if not any(v in bound for v in free):
        return annotation
    return annotation[tuple(bound.get(v, v) for v in free)]


def type_variables(annotation: Any) -> tuple[Any, ...]:
    """The type variables that nothing stands for."""
    if isinstance(annotation, TypeVar):
        return (annotation,)
    # A class without arguments has parameters of its own, which are not meant.
    return getattr(annotation, "__parameters__", ()) if get_origin(annotation) else ()


def bases_of(annotation: Any, cls: type) -> Iterator[tuple[type, dict[Any, Any]]]:
    """A class and its bases, each with what stands for its type variables."""
    parameters = getattr(cls, "__parameters__", ())
    bound = dict(zip(parameters, get_args(annotation), strict=False))
    yield cls, bound
    for base in getattr(cls, "__orig_bases__", cls.__bases__):
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin not in NO_BASES:
            yield from bases_of(substitute(base, bound), origin)


def bound_in(annotation: Any, cls: type, attribute: str) -> Bindings:
    """What stands for the type variables of the class that an attribute is from."""
    owner = next((base for base in cls.__mro__ if attribute in vars(base)), cls)
    return next((bound for base, bound in bases_of(annotation, cls) if base is owner), {})
