"""Settings that hold secrets and never print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = frozenset(
    {"secret", "previous_secret", "token", "aes_key", "previous_aes_key", "keys", "key", "push_url"}
)


class SettingError(ValueError):
    """A setting that cannot be right; the message names it and says where the right one is."""


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """A settings struct whose `repr` shows that a secret is set, and never what it is."""

    def _shown(self) -> Iterator[tuple[str, object]]:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            yield name, "***" if name in SECRET and value else value

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self._shown())
        return f"{type(self).__name__}({inside})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to pretty printers, which would read the fields themselves."""
        return list(self._shown())
