"""What a converter or a class of the app's refused, as errors for the client."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any

from spikard import _encode
from spikard._missing import MISSING

if TYPE_CHECKING:
    from spikard._runtime import App
    from spikard._runtime_plan import Plan

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_CONVERTER = -1  # in place of a class' index

_PLACES = {"query": "query", "path": "path", "header": "headers", "cookie": "cookie"}

# As in Go: a request can be made so that its answer is many times its size.
_MAX_ERRORS = 1000
_MAX_INPUT = 1 << 20

_MSGSPEC_PATH = re.compile(r" - at (?:`key` in )?`\$([^`]*)`$")
_MSGSPEC_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")

Error = dict[str, Any]


def refuse(
    plan: Plan, exc: BaseException, number: int, steps: list[object], raw: object, index: int
) -> bytes | None:
    """The errors as JSON; None where the exception is not the client's mistake.

    `steps` lead from the input to the value `raw`, the innermost first. `raw`
    was refused by the class with that index, as the tuple of its fields, or by
    a converter.
    """
    described = plan.inputs[number]
    if described["callable"] < 0 or not _is_clients(plan.app, exc, index):
        return None
    function = plan.app.collected.manifest["callables"][described["callable"]]
    loc = [*_place(function["params"][described["param"]]), *map(_step, reversed(steps))]
    try:
        errors = _errors(plan.app, exc, loc, raw, index)
    except Exception:
        errors = [_error("validation_error", loc, "The value was refused", None)]
    return _written(errors)


def _place(param: dict[str, Any]) -> list[str]:
    place = _PLACES.get(param["in"])
    if place is not None:
        return [place, param["alias"]]
    if param["in"] in ("form", "file") and not param.get("whole"):
        return ["body", param["alias"]]
    return ["body"]


def _step(step: object) -> str:
    if isinstance(step, (str, int, float)):
        return str(step)
    text = _encode.default(step)  # a dict's key
    return text if isinstance(text, str) else str(text)


# --- whose mistake it is ---


def _is_clients(app: App, exc: BaseException, index: int) -> bool:
    if _is_validation_error(exc, "pydantic_core") or _is_validation_error(exc, "msgspec"):
        return True
    if index == _CONVERTER:
        # Arithmetic: numbers that are out of a Decimal's or a timedelta's range.
        return isinstance(exc, (ValueError, TypeError, AssertionError, ArithmeticError))
    if not isinstance(exc, (ValueError, TypeError, AssertionError)):
        return False
    codes = list(_codes(exc))
    if all(c.co_filename.startswith(_HERE) for c in codes):
        return False  # of the call itself: none of the class' code has run
    return _factories(app.collected.classes[index]).isdisjoint(codes)


def _is_validation_error(exc: BaseException, package: str) -> bool:
    module = sys.modules.get(package)
    error: Any = getattr(module, "ValidationError", None)
    if isinstance(error, type) and isinstance(exc, error):
        return True
    decode_error: Any = getattr(module, "DecodeError", None)
    return isinstance(decode_error, type) and isinstance(exc, decode_error)


def _codes(exc: BaseException) -> Iterator[CodeType]:
    tb = exc.__traceback__
    while tb is not None:
        yield tb.tb_frame.f_code
        tb = tb.tb_next


def _factories(cls: Any) -> set[CodeType]:
    """The code of a class' default factories: what they raise is no client's doing."""
    fields = [
        *getattr(cls, "__dataclass_fields__", {}).values(),
        *(a.default for a in getattr(cls, "__attrs_attrs__", ())),
        *getattr(cls, "__struct_defaults__", ()),
    ]
    out = set()
    for field in fields:
        factory = getattr(field, "default_factory", None) or getattr(field, "factory", None)
        for function in (factory, getattr(factory, "__init__", None)):
            if isinstance(code := getattr(function, "__code__", None), CodeType):
                out.add(code)
    return out


# --- the errors ---


def _errors(app: App, exc: Any, loc: list[str], raw: object, index: int) -> list[Error]:
    if _is_validation_error(exc, "pydantic_core"):
        return [_pydantic(e, loc) for e in exc.errors(include_url=False)[:_MAX_ERRORS]]
    if _is_validation_error(exc, "msgspec"):
        text = str(exc)
        steps = [a or b for a, b in _MSGSPEC_STEP.findall(_msgspec_path(text))]
        message = _MSGSPEC_PATH.sub("", text)
        return [_error("validation_error", [*loc, *steps], message, None)]
    kind, prefix = "value_error", "Value error"
    if isinstance(exc, AssertionError):
        kind, prefix = "assertion_error", "Assertion failed"
    # A Decimal's error has the names of Python's classes for a text.
    text = "" if isinstance(exc, ArithmeticError) else _text(exc)
    message = f"{prefix}, {text}" if text else prefix
    return [_error(kind, loc, message, _given(app, raw, index))]


def _pydantic(error: Any, loc: list[str]) -> Error:
    steps = [str(step) for step in error["loc"]]
    out = _error(error["type"], [*loc, *steps], error["msg"], error["input"])
    if ctx := error.get("ctx"):
        out["ctx"] = {k: _text(v) if isinstance(v, Exception) else v for k, v in ctx.items()}
    return out


def _msgspec_path(text: str) -> str:
    found = _MSGSPEC_PATH.search(text)
    return found[1] if found else ""


def _text(exc: BaseException) -> str:
    try:
        return str(exc).encode(errors="replace").decode()
    except Exception:
        return ""


def _given(app: App, raw: Any, index: int) -> object:
    """The refused value as far as it is known."""
    if index == _CONVERTER:
        return json.loads(raw) if isinstance(raw, bytes) else raw  # bytes are JSON text
    names = app.constructors[index][2]
    if not isinstance(raw, tuple) or len(raw) != len(names):
        return None
    return {n: v for n, v in zip(names, raw, strict=True) if v is not MISSING}


def _error(kind: str, loc: list[str], message: str, value: object) -> Error:
    return {"type": kind, "loc": loc, "msg": message, "input": value}


# --- as JSON ---


def _written(errors: list[Error]) -> bytes:
    budget = _MAX_INPUT
    parts = []
    for error in errors:
        value = _json(error["input"]) if budget > 0 else "null"
        if (budget := budget - len(value)) < 0:
            value = "null"
        texts = [f'"type":{_json(error["type"])}', f'"loc":{_json(error["loc"])}']
        texts += [f'"msg":{_json(error["msg"])}', f'"input":{value}']
        if "ctx" in error:
            texts.append(f'"ctx":{_json(error["ctx"])}')
        parts.append("{" + ",".join(texts) + "}")
    return ("[" + ",".join(parts) + "]").encode()


def _json(value: object) -> str:
    """The JSON text, null where there is none."""
    try:
        text = json.dumps(
            value,
            default=_encode.default,
            allow_nan=False,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        text.encode()
    except Exception:
        return "null"
    return text
