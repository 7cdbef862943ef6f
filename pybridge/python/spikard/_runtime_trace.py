"""Traces that Go has begun, continued in Python."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec


def attach() -> Callable[[tuple[str, str]], None] | None:
    """What makes Go's span the current one of a request, or None without OpenTelemetry.

    The request's contextvars are its own, so nothing has to be detached.
    """
    if find_spec("opentelemetry") is None:
        return None
    try:
        from opentelemetry import context  # type: ignore[import-not-found, unused-ignore]
        from opentelemetry.trace.propagation.tracecontext import (  # type: ignore[import-not-found, unused-ignore]
            TraceContextTextMapPropagator,
        )
    except ImportError:
        return None  # another distribution of the namespace
    propagator = TraceContextTextMapPropagator()

    def attached(trace: tuple[str, str]) -> None:
        carrier = {"traceparent": trace[0], "tracestate": trace[1]}
        context.attach(propagator.extract(carrier, context.get_current()))

    return attached
