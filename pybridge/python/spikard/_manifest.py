"""All that an app registered, as data for Go.

The form is that of `Manifest` in pybridge/manifest.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spikard import _unbuilt
from spikard._app import Spikard
from spikard._every import Jobs
from spikard._faults import Faults
from spikard._functions import Bound, Functions
from spikard._graph import Graph
from spikard._hooks import ErrorHandlers, Hooks
from spikard._keys import LOGGER
from spikard._missing import MISSING, Factory
from spikard._overrides import effective
from spikard._providers import Providers
from spikard._routes import Gathering, Routes
from spikard._types import Types
from spikard._uploads import to_upload

__all__ = ["MISSING", "Bound", "Collected", "Factory", "collect"]

VERSION = 1

_UNBUILT_CONFIG = ("openapi", "jsonrpc")


@dataclass
class Collected:
    """The manifest, and the tables whose indexes it names."""

    manifest: dict[str, Any]
    callables: list[Bound]
    classes: list[type]
    converters: list[Callable[[Any], Any] | None]
    error_handlers: ErrorHandlers


def collect(app: Spikard, module: str) -> Collected:
    """Describes an app. What is wrong with it is in the manifest's faults.

    After this the app takes no more registrations.
    """
    faults, types = Faults(), Types()
    functions = Functions(types, faults)
    here = effective(app)
    providers = Providers(here, types, functions, faults)
    validate = app.config is not None and app.config.validate_responses
    hooks = Hooks(functions, providers.binding, faults)
    routes = Routes(functions, providers.binding, hooks, faults, validate=validate)
    manifest: dict[str, Any] = {
        "version": VERSION,
        "module": module,
        "callables": functions.described,
        "routes": _all(routes.describe, Gathering(app, module, faults).routes()),
        "hooks": hooks.described,
    }
    hooks.add(app._hooks)
    rescues = [(r.what, d) for r in app._rescues if (d := hooks.rescue(r)) is not None]
    if rescues:
        manifest["error_handlers"] = [d for _, d in rescues]
    if jobs := _all(Jobs(functions, providers.binding, faults).describe, app._jobs):
        manifest["jobs"] = jobs
    others = len(faults.found)
    providers.describe()
    if _wants_logger(functions, providers):
        providers.add_logger()
    manifest |= {"providers": providers.described, "types": types.table}
    if any(p["in"] == "form" for f in functions.described for p in f["params"]):
        manifest["upload"] = types.converter(to_upload)
    if config := _config(app, faults):
        manifest["config"] = config
    if faults.found:
        manifest["faults"] = [
            {"message": f.message, "source": f.source._asdict()} for f in faults.found
        ]
    if not here.overrides:
        app._graph = Graph(providers, faults.found[others:])
    handlers = ErrorHandlers([what for what, _ in rescues])
    return Collected(manifest, functions.bound, types.classes, types.converters, handlers)


def _wants_logger(functions: Functions, providers: Providers) -> bool:
    """Whether loggers are injected that the app doesn't provide."""
    keys = {p.get("key") for f in functions.described for p in f["params"]}
    return LOGGER in keys and LOGGER not in {d["key"] for d in providers.described}


def _all(describe: Callable[[Any], dict[str, Any] | None], registered: Any) -> list[dict[str, Any]]:
    return [d for r in registered if (d := describe(r)) is not None]


def _config(app: Spikard, faults: Faults) -> dict[str, Any]:
    """The settings that were made, as far as Go knows them."""
    if app.config is None:
        return {}
    faults.source = app._source
    settings = app.config._described()
    settings.pop("validate_responses", None)  # each route has its own
    for name in _UNBUILT_CONFIG:
        if settings.pop(name, None) is not None:
            faults.add(_unbuilt.message(f"ServerConfig({name}=...)"))
    if settings.pop("workers", 1) != 1:
        faults.add(_unbuilt.message("ServerConfig(workers=...) above 1"))
    return settings
