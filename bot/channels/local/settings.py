"""What can be set about the local channel."""

from __future__ import annotations

import msgspec

STAFF_NAMES = ("agent1", "agent2", "lead", "supervisor", "manager")


class LocalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the local channel.

    account: our own name on it, part of every address.
    staff: people whose words go to the staff group unless they name a chat (`"chat": "private"`).
    group: the staff group's name as a chat.
    sender: the name under which we write.
    remote: also answer callers that are not on this machine. Set a `token` then.
    token: callers must send `Authorization: Bearer TOKEN`; empty: none is needed.
    max_body: bytes of one request, attachments included.
    max_text: characters of one message.
    max_wait: seconds for which a listing may wait for something new.
    """

    account: str = "default"
    staff: tuple[str, ...] = STAFF_NAMES
    group: str = "staff"
    sender: str = "应诺"
    remote: bool = False
    token: str = ""
    max_body: int = 8 * 1024 * 1024
    max_text: int = 200_000
    max_wait: float = 25.0

    def __repr__(self) -> str:
        """Without the token."""
        token = "set" if self.token else "none"
        return f"LocalSettings(account={self.account!r}, remote={self.remote}, token={token})"
