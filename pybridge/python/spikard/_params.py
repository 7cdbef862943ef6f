"""Markers that say where a parameter comes from.

Each is written as a default (`limit: int = Query(default=10, ge=1)`) or in an
annotation (`limit: Annotated[int, Query(ge=1)] = 10`). They are functions that
promise Any, so that type checkers accept them as defaults of any type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from spikard._missing import MISSING

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Body", "Cookie", "File", "Form", "Header", "Path", "Query"]


# A JSON Schema, 2020-12.
Schema = Mapping[str, Any] | bool


class Constraints(TypedDict, total=False):
    """Limits of a value, in pydantic's names."""

    gt: float
    ge: float
    lt: float
    le: float
    multiple_of: float
    min_length: int
    max_length: int
    pattern: str


CONSTRAINTS = (
    "gt",
    "ge",
    "lt",
    "le",
    "multiple_of",
    "min_length",
    "max_length",
    "pattern",
)


class Marker:
    """What a marker says."""

    __slots__ = (
        "alias",
        "constraints",
        "convert_underscores",
        "default",
        "default_factory",
        "files",
        "media_type",
        "place",
        "schema",
        "separator",
    )

    def __init__(
        self,
        place: str,
        default: Any = MISSING,
        default_factory: Callable[[], Any] | None = None,
        alias: str | None = None,
        schema: Schema | None = None,
        constraints: Mapping[str, Any] | None = None,
        *,
        separator: str | None = None,
        convert_underscores: bool = True,
        media_type: str | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> None:
        unknown = sorted(set(constraints or ()) - set(CONSTRAINTS))
        if unknown:
            raise TypeError(f"{place.title()}() got an unexpected keyword argument {unknown[0]!r}")
        if default is not MISSING and default is not ... and default_factory is not None:
            raise TypeError(f"{place.title()}(): give default or default_factory, not both")
        self.place = place
        self.default = MISSING if default is ... else default
        self.default_factory = default_factory
        self.alias = alias
        self.schema = schema
        self.constraints = {n: v for n, v in (constraints or {}).items() if v is not None}
        self.separator = separator
        self.convert_underscores = convert_underscores
        self.media_type: Any = media_type
        self.files = {n: v for n, v in (files or {}).items() if v is not None and v is not False}

    def __repr__(self) -> str:
        return f"{self.place.title()}()"


def Query(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    schema: Schema | None = None,
    separator: str | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """A parameter of the query. `separator` splits one value into a list."""
    return Marker(
        "query", default, default_factory, alias, schema, constraints, separator=separator
    )


def Path(
    *,
    alias: str | None = None,
    schema: Schema | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """A parameter of the path. It is always there, so it has no default."""
    return Marker("path", alias=alias, schema=schema, constraints=constraints)


def Header(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    schema: Schema | None = None,
    convert_underscores: bool = True,
    separator: str | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """A header: `user_agent` is `User-Agent` unless `convert_underscores` is off."""
    return Marker(
        "header",
        default,
        default_factory,
        alias,
        schema,
        constraints,
        separator=separator,
        convert_underscores=convert_underscores,
    )


def Cookie(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    schema: Schema | None = None,
    separator: str | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """A cookie."""
    return Marker(
        "cookie", default, default_factory, alias, schema, constraints, separator=separator
    )


def Body(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    schema: Schema | None = None,
    media_type: str | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """The body, as JSON.

    With `media_type` ("text/plain", "image/*") it is taken as it is: the
    parameter is `bytes`, or `str` by the charset that the client names. A
    `bytes` parameter without one takes the body of any type.
    """
    return Marker(
        "body", default, default_factory, None, schema, constraints, media_type=media_type
    )


def Form(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    schema: Schema | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """A field of a form; or the whole form, where the type is a class or a dict.

    A class with an `alias` is a field, sent as `alias[name]=...`.
    """
    return Marker("form", default, default_factory, alias, schema, constraints)


def File(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    max_size: int | None = None,
    content_types: Sequence[str] | None = None,
    magic_numbers: bool = False,
    schema: Schema | None = None,
    **constraints: Unpack[Constraints],
) -> Any:
    """An uploaded file, as `UploadFile` or `bytes`, or a list of them.

    `max_size` is in bytes, `content_types` are those allowed ("image/png",
    "image/*"), and `magic_numbers` checks that the content begins as that of
    the type the client declares.
    """
    files = {
        "content_types": content_types,
        "max_size": max_size,
        "magic_numbers": magic_numbers,
    }
    return Marker("file", default, default_factory, alias, schema, constraints, files=files)
