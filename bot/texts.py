"""The one catalogue of what is said to people, in Chinese (texts.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def catalogue() -> dict[str, str]:
    """Every text by its dotted key, e.g. `customer.acknowledged`."""
    raw = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
    return {f"{group}.{key}": text for group, texts in raw.items() for key, text in texts.items()}


def say(key: str, **fields: object) -> str:
    """The text of that key with its fields filled in.

    Raises KeyError where the key or a field is missing: a mistake in the program, found by the tests.
    """
    return catalogue()[key].format(**fields)
