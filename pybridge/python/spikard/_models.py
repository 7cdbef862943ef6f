"""Types that pydantic and msgspec read themselves, from the JSON text.

Neither package is imported here: without it in the process there is no type of
it.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

from spikard._decoders import decode_hook
from spikard._faults import BindingError
from spikard._fields import is_struct
from spikard._keys import UNIONS, alias_value, is_alias
from spikard._kinds import KNOWN
from spikard._source import shown

Convert = Callable[[Any], Any]


def is_pydantic(cls: type) -> bool:
    """Whether pydantic alone knows how the class is validated: its models, and EmailStr."""
    if "pydantic" not in sys.modules:
        return False
    return hasattr(cls, "__get_pydantic_core_schema__") or hasattr(cls, "__pydantic_validator__")


def holds_pydantic(annotation: Any) -> bool:
    """Whether pydantic has to read the type: it has a model in it.

    A model in a field of another class is that field's affair.
    """
    if "pydantic" not in sys.modules:
        return False
    if is_alias(annotation):
        return holds_pydantic(alias_value(annotation))
    if isinstance(annotation, typing.NewType):
        return holds_pydantic(annotation.__supertype__)
    if get_origin(annotation) is Annotated:
        return holds_pydantic(annotation.__origin__)
    if origin := get_origin(annotation):
        return origin in (*UNIONS, *KNOWN) and any(map(holds_pydantic, get_args(annotation)))
    return isinstance(annotation, type) and is_pydantic(annotation)


def pydantic_converter(annotation: Any) -> Convert:
    """Reads JSON text by pydantic's own core.

    Raises BindingError for what pydantic can't validate.
    """
    pydantic: Any = sys.modules["pydantic"]
    try:
        if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
            model: Any = annotation
            model.model_rebuild()
            convert: Convert = model.__pydantic_validator__.validate_json
        else:
            convert = pydantic.TypeAdapter(annotation).validate_json
    except Exception as exc:
        raise BindingError(f"pydantic can't validate it: {exc}") from exc
    return convert


def with_constraints(annotation: Any, constraints: Mapping[str, Any]) -> Any:
    """The annotation with constraints for pydantic to check."""
    if not constraints:
        return annotation
    pydantic: Any = sys.modules["pydantic"]
    return Annotated[annotation, pydantic.Field(**constraints)]


def answer_schema(annotation: Any) -> Any:
    """The JSON Schema of what a model is written as; None for what has no model in it."""
    if not holds_pydantic(annotation):
        return None
    pydantic: Any = sys.modules["pydantic"]
    try:
        return pydantic.TypeAdapter(annotation).json_schema(mode="serialization")
    except Exception as exc:
        raise BindingError(f"pydantic has no schema of the answer: {exc}") from exc


def form_shape(annotation: Any) -> Any:
    """A JSON Schema that tells which texts of a form are lists and numbers.

    None where the library has none; texts stay what they are then.
    """
    try:
        if holds_pydantic(annotation):
            return sys.modules["pydantic"].TypeAdapter(annotation).json_schema()
        return sys.modules["msgspec"].json.schema(annotation)
    except Exception:  # noqa: BLE001  # custom types have no schema, and raise as they please
        return None


def msgspec_alone(cls: type) -> bool:
    """Whether msgspec alone knows how the Struct is read."""
    config: Any = getattr(cls, "__struct_config__", None)
    return is_struct(cls) and bool(config.tag is not None or config.array_like)


def msgspec_converter(annotation: Any) -> Convert:
    """Reads JSON text by msgspec's own decoder.

    Raises BindingError for what msgspec can't read.
    """
    msgspec: Any = sys.modules["msgspec"]
    hook = decode_hook()
    try:
        unknown = None if hook else _custom_type(annotation)
        decoder = msgspec.json.Decoder(annotation, dec_hook=hook)
    except Exception as exc:
        raise BindingError(f"msgspec can't read it: {exc}") from exc
    if unknown is not None:
        raise BindingError(
            f"{shown(unknown)} is not a type that msgspec reads: "
            "give spikard.register_decoder() a function that does"
        )
    convert: Convert = decoder.decode
    return convert


def _custom_type(annotation: Any) -> Any:
    """A type within that msgspec asks a hook for; None where there is none."""
    from msgspec import inspect

    left: list[Any] = [inspect.type_info(annotation)]
    seen = set()
    while left:
        info = left.pop()
        if id(info) in seen:
            continue
        seen.add(id(info))
        if isinstance(info, inspect.CustomType):
            return info.cls
        values = [getattr(info, name) for name in info.__struct_fields__]
        parts = [p for v in values for p in (v if isinstance(v, tuple) else (v,))]
        left += [p for p in parts if isinstance(p, (inspect.Type, inspect.Field))]
    return None
