"""Variables and matching, as sdk/scenario/README.md has them."""

from __future__ import annotations

import re
from typing import Any, Dict

REFERENCE = re.compile(r"\$\{([a-z_]+(?:\.[a-z0-9_]+)*)\}")


def member(value: Any, path: str) -> Any:
    """What stands at a path such as `codes.0`; the empty path is the whole."""
    for name in path.split(".") if path else []:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def filled(value: Any, variables: Dict[str, Any]) -> Any:
    """A value with its references replaced."""
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole:
            return member(variables, whole.group(1))
        return REFERENCE.sub(lambda found: str(member(variables, found.group(1))), value)
    if isinstance(value, list):
        return [filled(element, variables) for element in value]
    if isinstance(value, dict):
        return {name: filled(element, variables) for name, element in value.items()}
    return value


def matches(expected: Any, found: Any) -> bool:
    """Whether what was found is what was expected."""
    if isinstance(expected, dict):
        if set(expected) == {"matches"}:
            return isinstance(found, str) and re.search(expected["matches"], found) is not None
        if set(expected) == {"length"}:
            return isinstance(found, list) and len(found) == expected["length"]
        if set(expected) == {"between"}:
            low, high = expected["between"]
            return isinstance(found, (int, float)) and low <= found <= high
        return isinstance(found, dict) and all(
            matches(value, found.get(name)) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(map(matches, expected, found))
        )
    # To Python, True equals 1; here it does not.
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)
