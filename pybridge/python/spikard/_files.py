"""Rules for the files of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spikard import _checks as checks
from spikard._faults import BindingError

MEDIA_TYPE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+/[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# The members of file_params, and what Go calls them.
_MEMBERS = {
    "required": "required",
    "content_type": "content_types",
    "max_size": "max_size",
    "validate_magic_numbers": "magic_numbers",
}


def rules_of(file_params: Any, marked: frozenset[str]) -> dict[str, dict[str, Any]]:
    """What `file_params=` says, by the fields; not for those that have rules in File()."""
    if not isinstance(file_params, Mapping):
        raise BindingError(f"file_params must be a dict of fields, not {file_params!r}")
    if twice := sorted(marked & set(file_params)):
        raise BindingError(f"{twice[0]!r} has rules in File() and in file_params")
    return {name: _rule_of(name, given) for name, given in file_params.items()}


def _rule_of(field: Any, given: Any) -> dict[str, Any]:
    where = f"file_params[{field!r}]"
    if not isinstance(field, str) or not isinstance(given, Mapping):
        raise BindingError(f"{where} must be a dict of rules, not {given!r}")
    unknown = [n for n in given if n not in _MEMBERS]
    if unknown:
        raise BindingError(f"{where} has {unknown[0]!r}: the rules are {', '.join(_MEMBERS)}")
    return rule_of({_MEMBERS[n]: v for n, v in given.items()}, where)


def rule_of(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The rules for one field, as far as they say anything."""
    rule = {name: value for name, value in given.items() if value is not None}
    types = rule.get("content_types", ())
    if isinstance(types, str):
        types = [types]
    if not isinstance(types, (list, tuple, set, frozenset)):
        raise BindingError(f"{where}: content types must be a list, not {types!r}")
    bad = [t for t in types if not isinstance(t, str) or not MEDIA_TYPE.fullmatch(t)]
    if bad:
        raise BindingError(f'{where}: {bad[0]!r} is no media type, as "image/png" or "image/*"')
    faults = [checks.flag(n, rule[n]) for n in ("required", "magic_numbers") if n in rule]
    if "max_size" in rule:
        faults.append(checks.integer("max_size", rule["max_size"], 1))
    if fault := next(filter(None, faults), ""):
        raise BindingError(f"{where}: {fault}")
    if types:
        rule["content_types"] = [t.lower() for t in types]
    return {name: value for name, value in rule.items() if value}
