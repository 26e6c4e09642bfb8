"""The bridge's signature: HMAC-SHA256 of the timestamp, a dot and the raw body, in hex.

`X-Bridge-Timestamp` is a Unix time in seconds, with a fraction if the caller likes; `X-Bridge-Signature` the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from bot.channels.masked import SettingError
from bot.channels.tencent.callback import Refused, read

if TYPE_CHECKING:
    from aiohttp import web

    from bot.channels.bridge.settings import BridgeSettings
    from bot.clock import Clock

TIMESTAMP, SIGNATURE = "X-Bridge-Timestamp", "X-Bridge-Signature"
MAX_AGE = 300.0
STAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Signing:
    """Signs what goes to the gateway and checks what comes from it."""

    def __init__(self, settings: BridgeSettings, clock: Clock) -> None:
        if len(settings.secret) < 16:
            raise SettingError(
                "channels.bridge: secret must have at least 16 characters; make one with `openssl rand -hex 32`"
            )
        self._secrets = [one for one in (settings.secret, settings.previous_secret) if one]
        self._clock = clock

    def headers(self, body: bytes) -> dict[str, str]:
        """Sign a body of ours."""
        timestamp = f"{self._clock.now().timestamp():.6f}"
        return {TIMESTAMP: timestamp, SIGNATURE: sign(self._secrets[0], timestamp, body)}

    async def body(self, request: web.Request) -> tuple[bytes, str]:
        """Return the body of a request and its signature; raises Refused."""
        timestamp = request.headers.get(TIMESTAMP, "")
        if not STAMP.fullmatch(timestamp):
            raise Refused(400, "bad_timestamp")
        if abs(self._clock.now().timestamp() - float(timestamp)) > MAX_AGE:
            raise Refused(403, "stale")
        body = await read(request)
        given = request.headers.get(SIGNATURE, "").encode(errors="surrogateescape")
        good = [hmac.compare_digest(sign(one, timestamp, body).encode(), given) for one in self._secrets]
        if not any(good):
            raise Refused(403, "bad_signature")
        return body, given.decode()
