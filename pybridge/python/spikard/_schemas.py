"""JSON Schemas that users give. Go compiles them; here they become data."""

from __future__ import annotations

import json
from typing import Any

from spikard._faults import BindingError


def schema_of(value: Any, name: str) -> Any:
    """A copy of the schema, as JSON has it."""
    if not isinstance(value, (dict, bool)):
        raise BindingError(f"{name} must be a JSON Schema, a dict or a bool, not {value!r}")
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as exc:
        raise BindingError(f"{name} can't be written as JSON: {exc}") from exc
