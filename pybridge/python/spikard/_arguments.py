"""Parameters as data, before it is known where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from spikard._faults import BindingError
from spikard._missing import MISSING, Factory, fresh
from spikard._params import Marker
from spikard._provide import Provider
from spikard._signature import Parameter


class Argument(NamedTuple):
    """A parameter as data, and what is passed where nothing was given."""

    param: dict[str, Any]
    default: Any
    files: dict[str, Any] | None = None  # the rules for a file


def param_of(p: Parameter, place: str) -> dict[str, Any]:
    """The parameter with its default, under its own name."""
    return {"name": p.name, "in": place, "alias": p.name, "required": own_default(p) is MISSING}


def always(p: Parameter, place: str) -> Argument:
    """A parameter that is always given."""
    return Argument({**param_of(p, place), "required": True}, MISSING)


def own_default(p: Parameter) -> Any:
    """The default in the signature, where it isn't a marker."""
    return MISSING if isinstance(p.default, (Marker, Provider)) else fresh(p.default)


def default_of(p: Parameter, marker: Marker) -> Any:
    """The default that the marker gives, or the parameter's own."""
    own = own_default(p)
    if marker.default_factory is not None:
        given: Any = Factory(marker.default_factory)
    else:
        given = fresh(marker.default)
    if own is not MISSING and given is not MISSING:
        raise BindingError(f"has two defaults, one of them in {marker!r}")
    if marker.place == "path" and own is not MISSING:
        raise BindingError("comes from the path, where it is always given: drop its default")
    return own if given is MISSING else given


def clashes(params: list[dict[str, Any]], files: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a handler's parameters taken together: a request has one body."""
    bodies = [p["name"] for p in params if p["in"] == "body"]
    whole = [p["name"] for p in params if p.get("whole")]
    fields = [p["name"] for p in params if p["in"] in ("form", "file") and not p.get("whole")]
    if len(bodies) > 1:
        yield f"{' and '.join(bodies)} would both be the body"
    if len(whole) > 1:
        yield f"{' and '.join(whole)} would both be the whole form"
    if whole and fields:
        yield (
            f"{whole[0]} is the whole form, and {', '.join(fields)} would be fields of it: "
            "add them to its type, or make it a field by an alias"
        )
    if bodies and (whole or fields):
        yield f"{bodies[0]} is the body and {(whole + fields)[0]} from a form: it can't be both"
    elif bodies and files:
        yield f"{bodies[0]} is the body and file_params= rules for a form: it can't be both"
