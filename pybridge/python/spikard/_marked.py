"""What a marker makes of a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spikard import _classes
from spikard._arguments import Argument, default_of
from spikard._faults import BindingError
from spikard._files import MEDIA_TYPE, rule_of
from spikard._kinds import (
    LISTS,
    SETS,
    Described,
    is_file,
    is_raw,
    is_scalar,
    is_text,
    members,
)
from spikard._missing import MISSING
from spikard._models import form_shape
from spikard._params import Marker
from spikard._schemas import schema_of
from spikard._signature import EMPTY, Parameter
from spikard._types import Types
from spikard._unbuilt import message
from spikard._uploads import UploadFile

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

_STRUCTURED = frozenset({"any", "dict", "class", "json"})
_NAMES = {"json": "a model", "upload": "a file"}


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


def marked(
    types: Types, p: Parameter, annotation: Any, marker: Marker, names: Mapping[str, str]
) -> Argument:
    """A parameter that says where it comes from."""
    alias = alias_of(p, marker)
    if marker.place == "path":
        annotation = of_path(annotation, alias, names)
    if annotation is EMPTY:
        annotation = UploadFile if marker.place == "file" else Any
    default = default_of(p, marker)
    described = types.describe(annotation, marker.constraints)
    param = {"name": p.name, "in": marker.place, "alias": alias, "required": default is MISSING}
    if marker.place == "body":
        _check_body(types, marker, described)
    elif marker.place == "form":
        param |= _form(marker, annotation, described)
        if described["kind"] == "json" and (shape := form_shape(annotation)) is not None:
            described = {**described, "shape": shape}
    elif marker.place == "file":
        _check_file(marker, described)
    else:
        _check_text(marker, described)
    if marker.separator:
        param["separator"] = marker.separator
    if marker.media_type:
        param["media_type"] = marker.media_type.lower()
    if marker.schema is not None:
        param["schema"] = schema_of(marker.schema, f"schema= of {marker!r}")
    param["type"] = described
    return Argument(param, default, rule_of(marker.files, repr(marker)) or None)


def is_whole(annotation: Any, described: Described) -> bool:
    """Whether a form with all its fields is such a value."""
    if _classes.class_of(annotation) in (*LISTS, *SETS, tuple, frozenset):
        return False
    return any(m["kind"] in _STRUCTURED for m in members(described))


def _form(marker: Marker, annotation: Any, described: Described) -> dict[str, Any]:
    if is_file(described, "upload"):
        return {"in": "file"}
    # With a name of its own it is the field of that name.
    return {"whole": True} if marker.alias is None and is_whole(annotation, described) else {}


def _check_body(types: Types, marker: Marker, described: Described) -> None:
    if types.holds_file(described):
        raise BindingError("has a file, which comes in a form: mark it with File() or Form()")
    if marker.media_type is None:
        return
    if not isinstance(marker.media_type, str) or not MEDIA_TYPE.fullmatch(marker.media_type):
        raise BindingError(
            f'media_type={marker.media_type!r} is no media type, as "text/plain" or "image/*"'
        )
    if not (is_raw(described, "str") or is_raw(described, "bytes")):
        raise BindingError(
            f"media_type={marker.media_type!r} has the body taken as it is, as str or bytes, "
            f"not as {described['kind']}"
        )


def _check_file(marker: Marker, described: Described) -> None:
    if not is_file(described, "upload", "bytes"):
        raise BindingError(
            f"{marker!r} is an UploadFile or bytes, or a list of them, not {described['kind']}"
        )


def _check_text(marker: Marker, described: Described) -> None:
    if described["kind"] != "any" and not is_text(described):
        what = _NAMES.get(described["kind"], f"a {described['kind']}")
        raise BindingError(f"{marker!r} holds text: a scalar or a list of scalars, not {what}")
    several = described["kind"] != "any" and not is_scalar(described)
    if marker.separator is not None and not (marker.separator and several):
        raise BindingError("separator= needs a text to split at and the annotation of a list")
    if several and marker.place == "path":
        raise BindingError(message("a list in the path"))
