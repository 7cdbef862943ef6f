"""Where the parameters of handlers, factories and hooks come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from spikard import _classes
from spikard._constraints import constrain
from spikard._faults import BindingError
from spikard._keys import UNIONS, alias_value, bare_type, is_alias, key_of, qualifier
from spikard._marked import alias_of, check_fits, of_path
from spikard._missing import MISSING, Factory, fresh
from spikard._params import Marker
from spikard._provide import Provider
from spikard._request import Request
from spikard._responses import Response
from spikard._signature import EMPTY, Parameter, Unresolved
from spikard._types import NO_CLASSES, Types, foreign_model, is_text
from spikard._unbuilt import message
from spikard._uploads import UploadFile


class Argument(NamedTuple):
    """A parameter as data, and what is passed where nothing was given."""

    param: dict[str, Any]
    default: Any


class Binding:
    """Decides for the parameters of one app."""

    def __init__(
        self, types: Types, provided: frozenset[str], private: Callable[[Provider], str]
    ) -> None:
        self._types = types
        self._provided = provided
        self._private = private

    def of_handler(self, p: Parameter, names: Mapping[str, str]) -> Argument:
        """A handler's: from the request, or injected."""
        self._check_resolved(p)
        annotation, marker, provider = _split(p)
        if provider is not None:
            return self._injected(p, annotation, self._private(provider))
        if marker is None and p.name in names:
            marker = Marker("path")
        if marker is not None:
            return self._marked(p, annotation, marker, names)
        if _is_request(p, annotation):
            return _argument(p, "request")
        if key := self._key_in_app(p, annotation):
            return self._injected(p, annotation, key)
        return self._unmarked(p, annotation)

    def of_provider(self, p: Parameter, depends_on: frozenset[str] = frozenset()) -> Argument:
        """A factory's or a hook's: the request, or injected."""
        if p.name in depends_on:
            return self._injected(p, Any, p.name)
        self._check_resolved(p)
        annotation, marker, provider = _split(p)
        if provider is not None:
            return self._injected(p, annotation, self._private(provider))
        if marker is not None:
            raise BindingError(
                message(f"{marker!r} outside of handlers") + ": take the request and read it there"
            )
        if _is_request(p, annotation):
            return _argument(p, "request")
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
        annotation = _split(p)[0]
        untold = annotation in (EMPTY, Any, object) and p.name not in self._provided
        if stage == "on_response":
            if _is_a(annotation, Response) or (untold and (first or p.name == "response")):
                return _argument(p, "response")
        elif stage == "pre_handler" and untold and first:
            return _argument(p, "request")
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
        param = _param(p, "inject")
        param["key"] = key
        if p.default is MISSING and _allows_none(annotation):
            return Argument({**param, "required": False}, None)
        return Argument(param, _default(p))

    def _marked(
        self, p: Parameter, annotation: Any, marker: Marker, names: Mapping[str, str]
    ) -> Argument:
        if marker.place in ("form", "file"):
            raise BindingError(message(repr(marker)))
        if marker.schema is not None:
            raise BindingError(message(f"{marker!r} with schema="))
        param = _param(p, marker.place)
        param["alias"] = alias_of(p, marker)
        if marker.place == "path":
            annotation = of_path(annotation, param["alias"], names)
        default = _default_of(p, marker)
        param["required"] = default is MISSING
        described = constrain(self._describe(annotation), marker.constraints)
        check_fits(marker, described)
        if marker.separator:
            param["separator"] = marker.separator
        param["type"] = described
        return Argument(param, default)

    def _unmarked(self, p: Parameter, annotation: Any) -> Argument:
        if annotation in (EMPTY, Any, object):
            annotation, place = _untold(p, annotation)
        elif _is_class(annotation):
            return self._class(p, annotation)
        else:
            place = ""
        described = self._describe(annotation)
        in_query = is_text(described) and described["kind"] != "tuple"
        param = _param(p, place or ("query" if in_query else "body"))
        param["type"] = described
        return Argument(param, _default(p))

    def _class(self, p: Parameter, annotation: Any) -> Argument:
        """A class without a marker: a dependency, or else the body."""
        key = key_of(annotation)
        provided = key in self._provided
        param = _param(p, "auto")
        param["key"] = key
        try:
            param["type"] = self._types.describe(annotation)
        except BindingError as exc:
            cls = _classes.class_of(annotation)
            if cls is None:
                raise
            if not provided and (_classes.kind_of(cls) or foreign_model(cls)):
                raise BindingError(
                    f"has no provider in this app and can't be the body: {exc}"
                ) from exc
            if cls is UploadFile:
                raise BindingError(message("UploadFile")) from exc
            if issubclass(cls, Response):
                raise BindingError("is a Response: a handler makes its own and returns it") from exc
            injected = self._injected(p, annotation, key)
            return Argument({**injected.param, "in": "auto"}, injected.default)
        self._types.add_class(annotation, methods=not provided)
        return Argument(param, _default(p))

    def _describe(self, annotation: Any) -> dict[str, Any]:
        if annotation is EMPTY:
            annotation = Any
        return self._types.describe(annotation)


def _split(p: Parameter) -> tuple[Any, Marker | None, Provider | None]:
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


def _param(p: Parameter, place: str) -> dict[str, Any]:
    return {"name": p.name, "in": place, "alias": p.name, "required": _default(p) is MISSING}


def _argument(p: Parameter, place: str) -> Argument:
    return Argument({**_param(p, place), "required": True}, MISSING)


def _default(p: Parameter) -> Any:
    return MISSING if isinstance(p.default, (Marker, Provider)) else fresh(p.default)


def _default_of(p: Parameter, marker: Marker) -> Any:
    """The default that the marker gives, or the parameter's own."""
    own = _default(p)
    if marker.default_factory is not None:
        given: Any = Factory(marker.default_factory)
    else:
        given = fresh(marker.default)
    if own is not MISSING and given is not MISSING:
        raise BindingError(f"has two defaults, one of them in {marker!r}")
    if marker.place == "path" and own is not MISSING:
        raise BindingError("comes from the path, where it is always given: drop its default")
    return own if given is MISSING else given


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


def _is_class(annotation: Any) -> bool:
    """Whether the annotation names a user's class, so that it may be a dependency."""
    annotation = _classes.unnamed(annotation)
    cls = _classes.class_of(annotation)
    if cls is None or _classes.is_typeddict(cls) or issubclass(cls, Enum):
        return False
    try:
        return bool(Types().describe(annotation)["kind"] == "class")
    except BindingError:
        return cls.__module__ not in NO_CLASSES


def _allows_none(annotation: Any) -> bool:
    bare = bare_type(annotation)
    members: tuple[Any, ...] = get_args(bare) if get_origin(bare) in UNIONS else ()
    return type(None) in members
