"""Short ways to what collect() says of an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikard import Spikard
from spikard._manifest import Collected, collect


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
