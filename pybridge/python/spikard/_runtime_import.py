"""Imports an app's module so that several apps can live in one interpreter.

Two apps may both be called `app` and have modules of the same names beside
them. While one is imported, the others' modules are out of `sys.modules`, so
that each gets its own; `__name__`, and with it every type key, stays what the
user wrote.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

from spikard._app import Spikard

_lock = threading.RLock()
_loaded: list[Importer] = []


class Importer:
    """The modules of one app."""

    def __init__(self, directory: str, module: str, attribute: str) -> None:
        self.directory = directory
        self.module = module
        self.attribute = attribute
        self._modules: dict[str, ModuleType] = {}

    def load(self) -> Spikard:
        """Imports the module and gives the app in it.

        On failure everything that was imported from the app's folder is
        forgotten, so that a second try starts afresh.
        """
        with _lock:
            hidden = _hide_others()
            sys.path.insert(0, self.directory)
            importlib.invalidate_caches()
            try:
                app = self._app_of(importlib.import_module(self.module))
            except BaseException:
                self.forget()
                raise
            else:
                self._claim()
                _loaded.append(self)
                return app
            finally:
                _show(hidden)

    @property
    def modules(self) -> list[ModuleType]:
        """The app's own."""
        return list(self._modules.values())

    def _app_of(self, module: ModuleType) -> Spikard:
        target: Any = module
        for name in self.attribute.split("."):
            target = getattr(target, name, None)
        if not isinstance(target, Spikard):
            raise TypeError(
                f"{self.module}:{self.attribute} is {_describe(target)}, not a Spikard app; "
                f"{_suggest(module)}"
            )
        return target

    def _claim(self) -> None:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if file.startswith(self.directory.rstrip("/") + "/") and "site-packages" not in file:
                self._modules[name] = module

    def _drop(self) -> None:
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        self._modules.clear()

    def forget(self) -> None:
        """Takes the app's modules and its folder out of the interpreter."""
        with _lock:
            self._claim()
            self._drop()
            if self in _loaded:
                _loaded.remove(self)
            if self.directory in sys.path:
                sys.path.remove(self.directory)
            for other in _loaded:
                _show(other._modules)


def _show(modules: dict[str, ModuleType]) -> None:
    for name, module in modules.items():
        sys.modules.setdefault(name, module)


def _hide_others() -> dict[str, ModuleType]:
    hidden: dict[str, ModuleType] = {}
    for other in _loaded:
        for name, module in other._modules.items():
            if sys.modules.get(name) is module:
                hidden[name] = sys.modules.pop(name)
    return hidden


def _describe(target: object) -> str:
    return "missing" if target is None else f"a {type(target).__name__}"


def _suggest(module: ModuleType) -> str:
    names = [n for n, v in vars(module).items() if isinstance(v, Spikard)]
    if not names:
        return "the module has no app: write `app = Spikard()`"
    return "did you mean " + " or ".join(f"{module.__name__}:{n}" for n in names) + "?"
