"""Keeps the signals of crashes with the engine, which writes Python's stacks and then Go's."""

from __future__ import annotations

import faulthandler
import logging
import threading
from typing import Any, NoReturn

from _spikard import signal_stack

_logger = logging.getLogger("spikard")


def keep() -> None:
    """Takes away what would put faulthandler's signal handlers in the place of Go's.

    A nil dereference in Go, which is a panic there, would end the process. What
    `enable` is for is done already; that it was asked for is noted, as pytest looks
    whether it is enabled. Functions that only write stacks stay as they are.
    """
    enabled = faulthandler.is_enabled()  # by PYTHONFAULTHANDLER

    def enable(*_: object, **__: object) -> None:
        nonlocal enabled
        enabled = True
        _logger.debug("faulthandler.enable: crashes are reported by the Go program already")

    def disable() -> bool:
        nonlocal enabled
        before, enabled = enabled, False
        return before

    def is_enabled() -> bool:
        return enabled

    def refuse(*_: object, **__: object) -> NoReturn:
        raise ValueError(
            "signals are handled by the Go program; SIGQUIT writes all stacks, and "
            "faulthandler.dump_traceback those of Python"
        )

    module: Any = faulthandler
    module.enable, module.disable, module.is_enabled = enable, disable, is_enabled
    module.register = module.unregister = refuse
    _give_signal_stacks()


def _give_signal_stacks() -> None:
    thread: Any = threading.Thread
    bootstrap = thread._bootstrap

    def with_signal_stack(self: threading.Thread) -> None:
        signal_stack()
        bootstrap(self)

    thread._bootstrap = with_signal_stack
