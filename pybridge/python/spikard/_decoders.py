"""Decoders of the user's, for classes that nothing else knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikard._source import shown

__all__ = ["register_decoder"]

Decoder = Callable[[Any, Any], Any]

# Of all apps in the process, as in Spikard's own binding: what makes a Money
# doesn't hang on who asks for one.
_registered: list[Decoder] = []


def register_decoder(decoder: Decoder) -> None:
    """Has `decoder(type, value)` make values of classes that a request can't hold by itself.

    It is given the parameter's or field's type and the JSON value, and raises
    NotImplementedError for a type that isn't its own; then the next one is
    asked. A ValueError or TypeError from it is the client's mistake (422).

    Register ahead of the app's start. From then on a parameter of a class that
    is not known, has no provider and no marker is the body.
    """
    if not callable(decoder):
        raise TypeError(f"register_decoder() takes a function(type, value), not {decoder!r}")
    if decoder not in _registered:
        _registered.append(decoder)


def decode_hook() -> Decoder | None:
    """What asks the decoders of now in turn; None where there are none."""
    decoders = tuple(_registered)

    def decode(wanted: Any, value: Any) -> Any:
        for decoder in decoders:
            try:
                return decoder(wanted, value)
            except NotImplementedError:  # not its type
                continue
        raise NotImplementedError(f"no decoder of register_decoder() makes a {shown(wanted)}")

    return decode if decoders else None


class Decode:
    """Makes values of one type."""

    __slots__ = ("_hook", "_wanted")

    def __init__(self, wanted: Any, hook: Decoder) -> None:
        self._wanted = wanted
        self._hook = hook

    def __call__(self, value: Any) -> Any:
        return self._hook(self._wanted, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decode) and self._wanted == other._wanted

    def __hash__(self) -> int:
        return hash(self._wanted)
