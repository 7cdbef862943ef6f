"""Makes the interpreter a good guest in a Go process. Run once, at its start."""

from __future__ import annotations

import os
import signal
import sys
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
    sys.meta_path.insert(0, _SpawnFinder())
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


class _SpawnFinder:
    """Sets multiprocessing's start method to spawn when it is imported."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "multiprocessing":
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _SpawnLoader(spec.loader)
        return spec


class _SpawnLoader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        module.set_start_method("spawn")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
