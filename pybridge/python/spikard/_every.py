"""Jobs that are run at intervals."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Any

from spikard._app import Job
from spikard._arguments import Argument
from spikard._binding import Binding
from spikard._faults import BindingError, Faults
from spikard._functions import Functions
from spikard._signature import Parameter
from spikard._source import Source, name_of
from spikard._suspends import kind_of

# In nanoseconds, as Go counts time.
_UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_LONGEST = 2**63 - 1


class Jobs:
    """The jobs of an app, as data."""

    def __init__(self, functions: Functions, binding: Binding, faults: Faults) -> None:
        self._functions = functions
        self._binding = binding
        self._faults = faults
        self._named: dict[str, Source] = {}

    def describe(self, job: Job) -> dict[str, Any] | None:
        """A job as data, or None after a fault."""
        self._faults.source = job.source
        before = len(self._faults.found)
        every, name = self._interval(job.interval), self._name(job)
        index = self._function(job.function, name)
        if len(self._faults.found) > before or index is None:
            return None
        return {
            "name": name,
            "every": every,
            "immediately": bool(job.immediately),
            "callable": index,
            "source": job.source._asdict(),
        }

    def _interval(self, interval: Any) -> int:
        try:
            return nanoseconds(interval)
        except ValueError as exc:
            self._faults.add(f"every: {exc}")
            return 0

    def _name(self, job: Job) -> str:
        name = name_of(job.function) if job.name is None else job.name
        if not isinstance(name, str) or not name:
            self._faults.add(f"every: name must be a text, not {name!r}")
            return repr(name)
        if (other := self._named.setdefault(name, job.source)) is not job.source:
            self._faults.add(
                f"every: there is a job {name} already, at {other.file}:{other.line}; "
                'give this one another name, as name="..."'
            )
        return name

    def _function(self, function: Any, name: str) -> int | None:
        if not callable(function) or isinstance(function, type):
            self._faults.add(f"every: a job must be a function, not {function!r}")
            return None
        kind = kind_of(function)
        if kind in ("generator", "async_generator"):
            self._faults.add(f"job {name}: a job is called for each run and has no yield")
            return None
        return self._functions.add(function, kind, f"job {name}", lambda p, _: self._argument(p))

    def _argument(self, p: Parameter) -> Argument:
        argument = self._binding.of_provider(p)
        if argument.param["in"] == "request":
            raise BindingError("there is no request when a job runs")
        return argument


def nanoseconds(interval: Any) -> int:
    """The interval of a job: "1h30m", "500ms", a timedelta, or a number of seconds.

    Raises ValueError.
    """
    if isinstance(interval, timedelta):
        count = round(interval / timedelta(microseconds=1)) * 1000
    elif isinstance(interval, (int, float)) and not isinstance(interval, bool):
        if not math.isfinite(interval):
            raise ValueError(f"{interval} seconds are no interval")
        count = round(interval * 10**9)
    else:
        count = _parsed(interval)
    if not 0 < count <= _LONGEST:
        raise ValueError(f"the interval {interval!r} must be above 0 and below 292 years")
    return count


def _parsed(text: Any) -> int:
    parts = _PART.findall(text) if isinstance(text, str) else []
    if not parts or "".join(n + unit for n, unit in parts) != text:
        raise ValueError(
            f"{text!r} is no interval: it is a text as '30s', '1h30m' or '500ms', a timedelta, "
            "or a number of seconds"
        )
    return sum(round(float(n) * _UNITS[unit]) for n, unit in parts)
