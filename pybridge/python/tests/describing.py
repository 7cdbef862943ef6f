"""Short ways to what collect() says of an app."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from spikard import Spikard
from spikard._manifest import Collected, collect
from spikard._types import Types


def collected(app: Spikard, module: str = "tests") -> Collected:
    return collect(app, module)


def faults(app: Spikard) -> list[str]:
    return [f["message"] for f in collected(app).manifest.get("faults", [])]


def only_fault(app: Spikard) -> str:
    found = faults(app)
    assert len(found) == 1, found
    return found[0]


def handler_params(
    handler: Callable[..., Any], path: str = "/", method: str = "POST", app: Spikard | None = None
) -> dict[str, dict[str, Any]]:
    """The parameters of a handler by their names; no faults are allowed."""
    app = app or Spikard()
    app.route(path, methods=[method])(handler)
    manifest = collected(app).manifest
    assert "faults" not in manifest, manifest["faults"]
    function = manifest["callables"][manifest["routes"][0]["callable"]]
    return {p["name"]: p for p in function["params"]}


def only_class(annotation: Any) -> tuple[dict[str, Any], type]:
    """The description of a class that has fields, and the class."""
    types = Types()
    assert types.describe(annotation)["kind"] == "class"
    [described] = types.table.values()
    return described, types.classes[0]


def fields(described: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(f["name"], f["type"]["kind"], f["required"]) for f in described["fields"]]


def read(annotation: Any, value: Any, **constraints: Any) -> Any:
    """What the converter of a type of the kind json makes of a value's text."""
    types = Types()
    described = types.describe(annotation, constraints)
    assert described["kind"] == "json", described
    convert = types.converters[described["converter"]]
    assert convert is not None
    return convert(json.dumps(value).encode())
