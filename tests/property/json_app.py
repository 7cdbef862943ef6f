"""Handlers that compare what they are given with what json.loads makes of it."""

import json
from typing import Any

from spikard import Body, Request, Spikard

app = Spikard()

MAX_DEPTH = 512


@app.post("/given")
def given(request: Request, value: Any = Body()) -> dict[str, str]:
    """Tell where the value differs, or that json.loads would have refused it."""
    try:
        expected = loads(request.body())
    except ValueError as refusal:
        return {"difference": f"json.loads refuses it: {refusal}"}
    return {"difference": difference(value, expected, "$")}


@app.post("/verdict")
def verdict(request: Request) -> dict[str, str]:
    """Tell why the body is refused, or nothing for one that is taken."""
    try:
        loads(request.body())
    except ValueError as refusal:
        return {"refusal": str(refusal)}
    return {"refusal": ""}


def loads(body: bytes) -> Any:
    """Read JSON as json.loads does, but for what is refused on purpose."""
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=no_constant, object_pairs_hook=members)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    encodable(value)
    if depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return value


def no_constant(name: str) -> None:
    raise ValueError(name)


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Look at all members, those that another of the same name replaces too."""
    for key, value in pairs:
        encodable(key)
        encodable(value)
    return dict(pairs)


def encodable(value: Any) -> None:
    """Refuse lone surrogates. Dicts have been looked at when they were made."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, list):
        for item in value:
            encodable(item)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def difference(got: Any, expected: Any, place: str) -> str:
    """Name the first place at which two values differ, types, signs and order included."""
    if type(got) is not type(expected):
        return f"{place}: {got!r:.50}, not {expected!r:.50}"
    if isinstance(got, list) and len(got) == len(expected):
        for i, (one, other) in enumerate(zip(got, expected, strict=True)):
            if found := difference(one, other, f"{place}[{i}]"):
                return found
        return ""
    if isinstance(got, dict) and list(got) == list(expected):
        for key in got:
            if found := difference(got[key], expected[key], f"{place}[{key!r}]"):
                return found
        return ""
    # As texts, since -0.0 == 0.0; those of ints would be limited to 4,300 digits.
    same = repr(got) == repr(expected) if isinstance(got, float) else got == expected
    return "" if same else f"{place}: {got!r:.50}, not {expected!r:.50}"
