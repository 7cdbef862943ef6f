"""Features that have a name but are not built yet.

Using one is a fault at start where a registration shows it, and an error where
only running it does; it is never ignored.
"""

from __future__ import annotations

from typing import NoReturn


def message(feature: str) -> str:
    """What users read."""
    return f"{feature} is not supported by this version"


def refuse(feature: str) -> NoReturn:
    """Raises for a feature that is only seen when it runs."""
    raise NotImplementedError(message(feature))
