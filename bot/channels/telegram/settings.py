"""What can be set about a Telegram bot."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Literal

import msgspec

_PROXIES = ("http://", "https://", "socks5://", "socks5h://")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class TelegramSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Telegram bot.

    account: our own name of this bot, part of every address.
    token: the bot's token from @BotFather; from the environment, never from the file.
    api_base: where the Bot API is; another address is a server of one's own or a stand-in.
    proxy: address of an HTTP or SOCKS5 proxy, e.g. `http://127.0.0.1:7890` or `socks5://127.0.0.1:7891`;
        empty: none. Telegram cannot be reached from mainland China without one. The environment's proxies
        are not used.
    mode: `polling` asks Telegram for messages (no public address needed); `webhook` is called by Telegram.
    webhook_url: our public https address as Telegram must call it, with the path (webhook mode only).
    webhook_path: the path under which we answer it, where a proxy in front changes it; empty: the path of
        `webhook_url`.
    webhook_secret: what Telegram must send in its secret header, 1–256 of A–Z a–z 0–9 _ -; empty: derived
        from the token.
    groups: ids of group chats whose state `check` looks at, e.g. the staff group's.
    media_dir: folder of the stored attachments that we send on.
    poll_seconds: for how long Telegram holds a request for messages open (at most 50).
    timeout: seconds to wait for a connection or an answer.
    max_body: bytes of one webhook request.
    max_file: bytes of one attachment; the Bot API gives out files up to 20 MB.
    """

    account: str = "default"
    token: str = ""
    api_base: str = "https://api.telegram.org"
    proxy: str = ""
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    webhook_path: str = ""
    webhook_secret: str = ""
    groups: tuple[str, ...] = ()
    media_dir: str = "media"
    poll_seconds: int = 25
    timeout: float = 10.0
    max_body: int = 1024 * 1024
    max_file: int = 20 * 1024 * 1024

    def __post_init__(self) -> None:
        """Refuse what Telegram or the connection to it would refuse."""
        if self.proxy and not self.proxy.startswith(_PROXIES):
            raise ValueError("`proxy` must begin with http://, https:// or socks5://")
        if self.webhook_secret and not _SECRET.fullmatch(self.webhook_secret):
            raise ValueError("`webhook_secret` must have 1–256 characters out of A–Z a–z 0–9 _ -")
        if self.mode == "webhook" and not self.webhook_url.startswith(("https://", "http://127.0.0.1")):
            raise ValueError("`webhook_url` must be a public address that begins with https://")

    @property
    def secret(self) -> str:
        """What the secret header must say."""
        derived = hmac.new(self.token.encode(), b"telegram webhook secret", hashlib.sha256).hexdigest()
        return self.webhook_secret or derived

    def __repr__(self) -> str:
        """Without the token, the secret and the proxy's password."""
        token = "set" if self.token else "none"
        return f"TelegramSettings(account={self.account!r}, mode={self.mode!r}, token={token})"
