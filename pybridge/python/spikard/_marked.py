"""What a marker makes of a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spikard._faults import BindingError
from spikard._params import Marker
from spikard._signature import EMPTY, Parameter
from spikard._types import is_scalar, is_text
from spikard._unbuilt import message

_TEMPLATE = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")

# What a path parameter is where the handler has no annotation.
_CONVERTERS = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "uuid": "uuid.UUID",
    "date": "datetime.date",
    "datetime": "datetime.datetime",
}


def template_names(path: str) -> dict[str, str]:
    """The parameters of a path template, with their converters."""
    return {name.strip(): converter or "str" for name, converter in _TEMPLATE.findall(path)}


def alias_of(p: Parameter, marker: Marker) -> str:
    """The parameter's name on the wire."""
    if marker.place != "header":
        return marker.alias or p.name
    if marker.alias is not None:
        return marker.alias.lower()
    return (p.name.replace("_", "-") if marker.convert_underscores else p.name).lower()


def of_path(annotation: Any, alias: str, names: Mapping[str, str]) -> Any:
    """The annotation of a path parameter, or what the template says it is."""
    if alias not in names:
        known = ", ".join(f"{{{n}}}" for n in names) or "no parameters"
        raise BindingError(f"comes from the path, whose template has {known}, not {{{alias}}}")
    if annotation is not EMPTY:
        return annotation
    module, _, name = _CONVERTERS.get(names[alias], "str").rpartition(".")
    return getattr(__import__(module or "builtins"), name)


def check_fits(marker: Marker, described: dict[str, Any]) -> None:
    """Refuses types that the place can't hold."""
    if marker.place == "body":
        return
    if described["kind"] != "any" and not is_text(described):
        raise BindingError(
            f"{marker!r} holds text: a scalar or a list of scalars, not a {described['kind']}"
        )
    several = described["kind"] != "any" and not is_scalar(described)
    if marker.separator is not None and not (marker.separator and several):
        raise BindingError("separator= needs a text to split at and the annotation of a list")
    if several and marker.place == "path":
        raise BindingError(message("a list in the path"))
