"""The parameters of a callable with their annotations resolved."""

from __future__ import annotations

import functools
import inspect
import sys
import types
import typing
from collections.abc import Container
from types import SimpleNamespace
from typing import Any, NamedTuple

from spikard._generics import bound_in, substitute
from spikard._missing import MISSING
from spikard._source import undecorated

EMPTY: Any = inspect.Parameter.empty

_VARIADIC = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


class Unresolved(NamedTuple):
    """An annotation that names something unknown."""

    reason: str


class Parameter(NamedTuple):
    """One parameter."""

    name: str
    annotation: Any  # EMPTY, Unresolved or a type
    default: Any  # MISSING where there is none
    keyword: bool


class Signature(NamedTuple):
    """What a callable takes and gives."""

    parameters: list[Parameter]
    variadic: list[str]
    returns: Any


def signature_of(target: Any, *, without: Container[str] = ()) -> Signature:
    """The signature of a callable, without some of its parameters.

    Raises ValueError for one that has none, as some that are written in C.
    """
    signature = _inspect(target)
    hints = _hints_of_callable(target)
    parameters: list[Parameter] = []
    variadic: list[str] = []
    for p in signature.parameters.values():
        if p.name in without:
            continue
        if p.kind in _VARIADIC:
            variadic.append(_VARIADIC[p.kind] + p.name)
            continue
        default = MISSING if p.default is EMPTY else p.default
        keyword = p.kind is inspect.Parameter.KEYWORD_ONLY
        parameters.append(Parameter(p.name, hints.get(p.name, EMPTY), default, keyword))
    return Signature(parameters, variadic, hints.get("return", EMPTY))


def hints_of(owner: Any) -> dict[str, Any]:
    """The annotations of a function or class; `Unresolved` for those that can't be had."""
    try:
        if sys.version_info >= (3, 11):
            return typing.get_type_hints(owner, include_extras=True)
        return _hints_in_310(owner)
    except Exception:  # noqa: BLE001  # evaluating an annotation may raise anything
        return _hints_with_faults(owner)


def _hints_with_faults(owner: Any) -> dict[str, Any]:
    if isinstance(owner, type):
        out: dict[str, Any] = {}
        for cls in reversed(owner.__mro__):
            module = vars(sys.modules.get(cls.__module__, SimpleNamespace()))
            out |= _one_by_one(own_annotations(cls), module)
        return out
    inner = inspect.unwrap(owner)
    return _one_by_one(own_annotations(inner), getattr(inner, "__globals__", {}))


def _hints_in_310(owner: Any) -> dict[str, Any]:
    """What later versions give.

    Python 3.10 adds None to the type of a parameter whose default is None, and
    leaves texts in built-in types, as in `list["Node"]`.
    """
    module = vars(sys.modules.get(owner.__module__, SimpleNamespace()))
    if not isinstance(owner, type):
        owner = inspect.unwrap(owner)
        module = owner.__globals__
        owner = SimpleNamespace(__annotations__=owner.__annotations__)
    out = {}
    namespace = None if isinstance(owner, type) else module
    for name, hint in typing.get_type_hints(owner, namespace, include_extras=True).items():
        marked = _mark_nested(hint)
        out[name] = hint if marked is hint else _resolve(marked, module)
    return out


def _mark_nested(hint: Any) -> Any:
    arguments = typing.get_args(hint)
    in_alias = isinstance(hint, types.GenericAlias)
    marked = tuple(
        typing.ForwardRef(a) if in_alias and isinstance(a, str) else _mark_nested(a)
        for a in arguments
    )
    if all(a is b for a, b in zip(arguments, marked, strict=True)):
        return hint
    if isinstance(hint, types.UnionType):
        return typing.Union[marked]  # noqa: UP007  # the members are in a tuple
    if in_alias:
        return types.GenericAlias(hint.__origin__, marked)
    # Annotated gives its metadata among its arguments, but copies without it.
    return hint.copy_with(marked[: len(hint.__args__)])


def own_annotations(owner: Any) -> dict[str, Any]:
    """The annotations as they are written, without those of base classes."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations

        return get_annotations(owner, format=Format.FORWARDREF)
    return inspect.get_annotations(owner)


def _inspect(target: Any) -> inspect.Signature:
    # Repo[User] has the signature of its own __call__.
    if isinstance(target, functools.partial):
        target = functools.partial(_without_arguments(target.func), *target.args, **target.keywords)
    else:
        target = _without_arguments(target)
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(target, annotation_format=Format.FORWARDREF)
    return inspect.signature(target)


def _hints_of_callable(target: Any) -> dict[str, Any]:
    function = undecorated(target)
    if not isinstance(function, type):
        return hints_of(function) if inspect.isfunction(inspect.unwrap(function)) else {}
    for name in ("__init__", "__new__"):
        if inspect.isfunction(maker := getattr(function, name)):
            bound = bound_in(_without_partial(target), function, name)
            return {n: substitute(h, bound) for n, h in hints_of(maker).items() if n != "return"}
    return {}


def _without_arguments(target: Any) -> Any:
    origin = typing.get_origin(target)
    return origin if isinstance(origin, type) else target


def _without_partial(target: Any) -> Any:
    while isinstance(target, functools.partial):
        target = target.func
    return target


def _one_by_one(annotations: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    return {n: _resolve(a, namespace) for n, a in annotations.items()}


def _resolve(annotation: Any, namespace: dict[str, Any]) -> Any:
    owner = SimpleNamespace(__annotations__={"x": annotation})
    try:
        return typing.get_type_hints(owner, namespace, include_extras=True)["x"]
    except Exception as exc:  # noqa: BLE001  # as above
        text = (
            annotation
            if isinstance(annotation, str)
            else getattr(annotation, "__forward_arg__", annotation)
        )
        return Unresolved(
            f"annotation {text!r} can't be resolved ({type(exc).__name__}: {exc}): what it names "
            "must be in the module when the app is loaded, not under TYPE_CHECKING or in a function"
        )
