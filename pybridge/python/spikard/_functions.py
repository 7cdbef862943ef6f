"""The table of callables: described for Go, and bound for the engine."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, NamedTuple, Union, get_args, get_origin

from spikard import _classes
from spikard._arguments import Argument
from spikard._faults import BindingError, Faults
from spikard._keys import UNIONS, bare_type
from spikard._missing import MISSING
from spikard._responses import Response
from spikard._signature import EMPTY, Parameter, Signature, signature_of
from spikard._source import name_of, source_of
from spikard._suspends import suspends
from spikard._types import Types

# Decides for a parameter; the second argument says whether it is the first.
Bind = Callable[[Parameter, bool], Argument]


class Bound(NamedTuple):
    """A callable as the engine calls it."""

    target: Any
    kind: str
    suspends: bool
    defaults: tuple[Any, ...]  # one a parameter
    positional: int  # so many parameters go by position, the others by keyword
    keywords: tuple[str, ...]


class Functions:
    """The callables of an app, by index."""

    def __init__(self, types: Types, faults: Faults) -> None:
        self.described: list[dict[str, Any]] = []
        self.bound: list[Bound] = []
        self._types = types
        self._faults = faults

    def add(
        self,
        target: Any,
        kind: str,
        role: str,
        bind: Bind,
        *,
        returns: bool = False,
        without: Container[str] = (),
        signature: Signature | None = None,
        named: Any = None,
    ) -> int | None:
        """Adds a callable and gives its index, or None where it can't be read.

        What it returns is described for handlers. The parameters in `without`
        are left to their defaults. For a wrapper, `named` is what users know it
        by, and `signature` what it takes.
        """
        named = target if named is None else named
        if signature is None:
            try:
                signature = signature_of(target, without=without)
            except (TypeError, ValueError) as exc:
                self._faults.add(f"{role}: its parameters can't be read ({exc})")
                return None
        arguments = self._arguments(signature, role, bind)
        may_suspend = kind in ("coroutine", "async_generator") and suspends(target)
        described: dict[str, Any] = {
            "name": name_of(named),
            "kind": kind,
            "suspends": may_suspend,
            "params": [a.param for a in arguments],
        }
        if returns and (result := self._returns(signature)) is not None:
            described["returns"] = result
        described["source"] = source_of(named, self._faults.source)._asdict()
        keywords = tuple(p.name for p in signature.parameters if p.keyword)
        defaults = tuple(a.default for a in arguments)
        positional = len(arguments) - len(keywords)
        return self._append(
            described, Bound(target, kind, may_suspend, defaults, positional, keywords)
        )

    def add_value(self, name: str, value: Any) -> int:
        """Adds a value that is injected as it is."""
        described = {
            "name": name,
            "kind": "value",
            "suspends": False,
            "params": [],
            "source": self._faults.source._asdict(),
        }
        return self._append(described, Bound(value, "value", False, (), 0, ()))

    def params(self, index: int) -> list[dict[str, Any]]:
        """The described parameters of a callable."""
        params: list[dict[str, Any]] = self.described[index]["params"]
        return params

    def _append(self, described: dict[str, Any], bound: Bound) -> int:
        self.described.append(described)
        self.bound.append(bound)
        return len(self.bound) - 1

    def _arguments(self, signature: Signature, role: str, bind: Bind) -> list[Argument]:
        for name in signature.variadic:
            self._faults.add(
                f"{role}: {name} can't be supplied; a decorator keeps the parameters of what it "
                "wraps with functools.wraps"
            )
        out = []
        for n, p in enumerate(signature.parameters):
            try:
                out.append(bind(p, n == 0))
            except BindingError as exc:
                self._faults.add(f"{role}, parameter {p.name}: {exc}")
                out.append(_refused(p.name))
        return out

    def _returns(self, signature: Signature) -> dict[str, Any] | None:
        """The answer's type, where the annotation tells one. It documents only."""
        annotation = signature.returns
        if annotation is EMPTY:
            return None
        try:
            return self._types.describe(answer_type(annotation))
        except BindingError:
            return None


def answer_type(returns: Any) -> Any:
    """What a handler answers as a value: a Response in the annotation is its own affair."""
    bare = bare_type(returns)
    if get_origin(bare) not in UNIONS:
        return returns
    kept = tuple(a for a in get_args(bare) if not _is_response(a))
    return Union[kept] if kept else returns  # noqa: UP007  # they are in a tuple


def _is_response(annotation: Any) -> bool:
    cls = _classes.class_of(annotation)
    return cls is not None and issubclass(cls, Response)


def _refused(name: str) -> Argument:
    """Stands for a parameter with a fault, which keeps the app from starting."""
    param = {"name": name, "in": "query", "alias": name, "required": False, "type": {"kind": "any"}}
    return Argument(param, MISSING)
