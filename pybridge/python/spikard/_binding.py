"""Where the parameters of handlers, factories and hooks come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, get_args, get_origin

from spikard import _classes
from spikard._arguments import Argument, always, own_default, param_of
from spikard._faults import BindingError
from spikard._fields import is_typeddict, kind_of
from spikard._generics import type_variables
from spikard._keys import UNIONS, alias_value, bare_type, is_alias, key_of, qualifier
from spikard._kinds import KNOWN, NO_CLASSES, Described, is_file, is_raw, is_text
from spikard._marked import alias_of, is_whole, marked
from spikard._missing import MISSING
from spikard._models import is_pydantic
from spikard._parameter_schema import ParameterSchema
from spikard._params import Marker
from spikard._provide import Provider
from spikard._request import Request
from spikard._responses import Response
from spikard._signature import EMPTY, Parameter, Unresolved
from spikard._source import shown
from spikard._types import Types
from spikard._unbuilt import message


class Binding:
    """Decides for the parameters of one app."""

    def __init__(
        self, types: Types, provided: frozenset[str], private: Callable[[Provider], str]
    ) -> None:
        self._types = types
        self._provided = provided
        self._private = private

    def of_handler(
        self, p: Parameter, names: Mapping[str, str], schema: ParameterSchema
    ) -> Argument:
        """A handler's: from the request, or injected."""
        self._check_resolved(p)
        annotation, marker, provider = split(p)
        if provider is not None:
            return self._injected(p, annotation, self._private(provider))
        if marker is None and p.name in names:
            marker = Marker("path")
        found = schema.take(p.name, alias_of(p, marker) if marker else "")
        if found is not None:
            p, annotation, marker = found.applied(p, annotation, marker)
        if marker is not None:
            return marked(self._types, p, annotation, marker, names)
        if _is_request(p, annotation):
            return always(p, "request")
        if key := self._key_in_app(p, annotation):
            return self._injected(p, annotation, key)
        return self._unmarked(p, annotation)

    def of_message(self, p: Parameter) -> Argument:
        """A message of a session: as a body."""
        self._check_resolved(p)
        annotation, marker, _ = split(p)
        return marked(self._types, p, annotation, marker or Marker("body"), {})

    def of_provider(self, p: Parameter, depends_on: frozenset[str] = frozenset()) -> Argument:
        """A factory's or a hook's: the request, or injected."""
        if p.name in depends_on:
            return self._injected(p, Any, p.name)
        self._check_resolved(p)
        annotation, marker, provider = split(p)
        if provider is not None:
            return self._injected(p, annotation, self._private(provider))
        if marker is not None:
            raise BindingError(
                message(f"{marker!r} outside of handlers") + ": take the request and read it there"
            )
        if free := type_variables(_classes.unnamed(annotation)):
            raise BindingError(
                f"{shown(annotation)} has the type variable {free[0]}: provide the class with "
                "arguments, as app.provide(Repo[User])"
            )
        if _is_request(p, annotation):
            return always(p, "request")
        if key := self._key_in_app(p, annotation):
            return self._injected(p, annotation, key)
        if annotation in (EMPTY, Any, object):
            if p.default is not MISSING:
                return self._injected(p, Any, p.name)
            raise BindingError(
                "has no annotation that says what to inject: annotate it with a class, or "
                f"register app.provide({p.name!r}, ...)"
            )
        return self._injected(p, annotation, key_of(annotation))

    def of_hook(self, p: Parameter, stage: str, *, first: bool) -> Argument:
        """A hook's: as a factory's, but the first may be what the stage is about."""
        annotation = split(p)[0]
        untold = annotation in (EMPTY, Any, object) and p.name not in self._provided
        if stage == "on_response":
            if _is_a(annotation, Response) or (untold and (first or p.name == "response")):
                return always(p, "response")
        elif stage in ("on_error", "exception_handler"):
            if _is_error(annotation) or (untold and _may_be_error(p, first)):
                return always(p, "error")
        elif stage in ("on_request", "pre_validation", "pre_handler") and untold and first:
            return always(p, "request")
        return self.of_provider(p)

    def _check_resolved(self, p: Parameter) -> None:
        if isinstance(p.annotation, Unresolved):
            raise BindingError(p.annotation.reason)

    def _key_in_app(self, p: Parameter, annotation: Any) -> str:
        """The key of what this app provides by a name, or for a type that is no class."""
        if annotation is EMPTY:
            return p.name if p.name in self._provided else ""
        key = key_of(annotation)
        if qualifier(annotation) and (key in self._provided or bare_type(annotation) is Any):
            return key
        if p.name in self._provided and key not in self._provided:
            return p.name
        return key if key in self._provided and not _is_class(annotation) else ""

    def _injected(self, p: Parameter, annotation: Any, key: str) -> Argument:
        if annotation is not EMPTY:
            self._types.add_class(annotation, methods=key not in self._provided)
        param = param_of(p, "inject")
        param["key"] = key
        if p.default is MISSING and _classes.allows_none(annotation):
            return Argument({**param, "required": False}, None)
        return Argument(param, own_default(p))

    def _unmarked(self, p: Parameter, annotation: Any) -> Argument:
        place = ""
        if annotation in (EMPTY, Any, object):
            annotation, place = _untold(p, annotation)
        elif _is_class(annotation):
            return self._class(p, annotation)
        described = self._types.describe(annotation)
        if self._types.holds_file(described):
            return _in_form(p, annotation, described)
        # Raw bytes are hardly ever meant to come in a query.
        in_query = is_text(described) and described["kind"] != "tuple"
        in_query = in_query and not is_raw(described, "bytes")
        param = param_of(p, place or ("query" if in_query else "body"))
        param["type"] = described
        return Argument(param, own_default(p))

    def _class(self, p: Parameter, annotation: Any) -> Argument:
        """A class without a marker: a dependency, or else the body."""
        key = key_of(annotation)
        provided = key in self._provided
        param = param_of(p, "auto")
        param["key"] = key
        try:
            param["type"] = self._types.describe(annotation)
        except BindingError as exc:
            cls = _classes.class_of(annotation)
            if cls is None:
                raise
            if not provided and (kind_of(cls) or is_pydantic(cls)):
                raise BindingError(
                    f"has no provider in this app and can't be the body: {exc}"
                ) from exc
            if issubclass(cls, Response):
                raise BindingError("is a Response: a handler makes its own and returns it") from exc
            injected = self._injected(p, annotation, key)
            return Argument({**injected.param, "in": "auto"}, injected.default)
        if not provided and self._types.holds_file(param["type"]):
            return _in_form(p, annotation, param["type"])
        self._types.add_class(annotation, methods=not provided)
        return Argument(param, own_default(p))


def split(p: Parameter) -> tuple[Any, Marker | None, Provider | None]:
    """The annotation, and the marker or provider that the parameter carries."""
    found = [m for m in _metadata(p.annotation) if isinstance(m, (Marker, Provider))]
    if isinstance(p.default, (Marker, Provider)):
        found.append(p.default)
    if len(found) > 1:
        raise BindingError(f"has {len(found)} markers; one says where it comes from")
    marker = found[0] if found else None
    if isinstance(marker, Provider):
        if fault := marker.fault():
            raise BindingError(fault)
        return p.annotation, None, marker
    return p.annotation, marker, None


def _metadata(annotation: Any) -> tuple[Any, ...]:
    """What Annotated carries, also where it is a member of a union."""
    if is_alias(annotation):
        return _metadata(alias_value(annotation))
    if get_origin(annotation) in UNIONS:
        return tuple(m for a in get_args(annotation) for m in _metadata(a))
    return annotation.__metadata__ if get_origin(annotation) is Annotated else ()


def _in_form(p: Parameter, annotation: Any, described: Described) -> Argument:
    """What has files in it."""
    place = "file" if is_file(described, "upload") else "form"
    param = param_of(p, place)
    if place == "form" and is_whole(annotation, described):
        param["whole"] = True
    return Argument({**param, "type": described}, own_default(p))


def _untold(p: Parameter, annotation: Any) -> tuple[Any, str]:
    """What a parameter without an annotation is, if its name or default tells."""
    if p.name == "body":
        return Any, "body"
    if annotation is EMPTY and p.default is None:
        return str, "query"
    if annotation is EMPTY and type(p.default) in (bool, int, float, str):
        return type(p.default), "query"
    raise BindingError(
        "can't be told: annotate it, mark it with Query(), Header(), Cookie() or Body(), or "
        f"register app.provide({p.name!r}, ...)"
    )


def _is_request(p: Parameter, annotation: Any) -> bool:
    if annotation in (EMPTY, Any, object):
        return p.name == "request"
    return _is_a(annotation, Request)


def _is_a(annotation: Any, cls: type) -> bool:
    found = _classes.class_of(annotation)
    return found is not None and issubclass(found, cls)


# What exceptions are called where no annotation tells; FastAPI's have the request first.
_ERROR_NAMES = frozenset({"error", "exc", "exception", "err", "e"})


def _may_be_error(p: Parameter, first: bool) -> bool:
    return p.name in _ERROR_NAMES or (first and p.name != "request")


def _is_error(annotation: Any) -> bool:
    if get_origin(annotation) in UNIONS:
        return all(_is_error(a) for a in get_args(annotation))
    return _is_a(annotation, BaseException)


def _is_class(annotation: Any) -> bool:
    """Whether the annotation names a user's class, so that it may be a dependency."""
    annotation = _classes.unnamed(annotation)
    cls = _classes.class_of(annotation)
    if cls is None or is_typeddict(cls) or issubclass(cls, Enum):
        return False
    return cls not in KNOWN and cls.__module__ not in NO_CLASSES
