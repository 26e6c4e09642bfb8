"""What there is to be documented about a settings struct, and how a page must write its defaults."""

from __future__ import annotations

import enum
from typing import get_args, get_type_hints

import msgspec


def keys(kind: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Each key with its default as the pages write it."""
    return [(field.encode_name, _default(field)) for field in msgspec.structs.fields(kind)]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return written(default)


def written(value: object) -> str:
    """A default as the second column says it: TOML in backticks, `none`, or `see below`."""
    if value is None:
        return "none"
    if isinstance(value, msgspec.Struct):
        return "see below"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, enum.Enum):
        return _toml(value.value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    assert not isinstance(value, dict) or not value
    return str(value)


def within(*roots: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """These structs and every struct their fields can hold."""
    found: set[type[msgspec.Struct]] = set()
    waiting: list[object] = list(roots)
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
            found.add(kind)
            waiting.extend(get_type_hints(kind).values())
    return found
