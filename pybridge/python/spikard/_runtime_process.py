"""Makes the interpreter a good guest in a Go process. Run once, at its start."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

# In seconds; CPython's own is ten times as long. RATIONALE.md has the figures.
_SWITCH_INTERVAL = 0.0005


def prepare(log_level: int) -> None:
    """Settles output, logging, signals, child processes and how the GIL is shared."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    _flush_lines()
    _keep_signals()
    _refuse_fork()
    _after_import("multiprocessing", _spawn)
    _after_import("asyncio", _know_inline_calls)
    from spikard import _runtime_crash, _runtime_inspect, _runtime_log  # noqa: F401  # Go's

    _runtime_crash.keep()
    _runtime_log.install(log_level)


def _flush_lines() -> None:
    # Into a pipe, Python would keep output back until the buffer is full, and
    # the process does not end through Python's own exit, which flushes it.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)


def flush() -> None:
    """Writes what print(end="") has left in the buffers."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _keep_signals() -> None:
    # Go's runtime needs its handlers, on its own signal stacks.
    def refuse(*_: object) -> NoReturn:
        raise ValueError(
            "signals are handled by the Go program; use on_shutdown to act before it stops"
        )

    module: Any = signal
    module.signal = module.set_wakeup_fd = module.setitimer = module.siginterrupt = refuse


def _refuse_fork() -> None:
    # The child of a fork has one thread; Go's scheduler can't run in it.
    def refuse() -> NoReturn:
        raise RuntimeError(
            "os.fork() is not possible inside a Go process; use subprocess, or "
            "multiprocessing with the start method 'spawn'"
        )

    module: Any = os
    module.fork = module.forkpty = refuse


def _after_import(name: str, then: Callable[[Any], None]) -> None:
    # These are not imported here: they would make every start slower.
    if name in sys.modules:  # by a .pth file
        then(sys.modules[name])
    else:
        sys.meta_path.insert(0, _Finder(name, then))


def _spawn(multiprocessing: Any) -> None:
    multiprocessing.set_start_method("spawn")


def _know_inline_calls(_: Any) -> None:
    from spikard import _runtime_current

    _runtime_current.install()


class _Finder:
    """Has a function called with a module when that has been imported."""

    def __init__(self, name: str, then: Callable[[Any], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._then)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Any, then: Callable[[Any], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
