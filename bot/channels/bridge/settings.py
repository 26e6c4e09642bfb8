"""What can be set about the bridge. The secret comes from the environment and is never printed."""

from __future__ import annotations

from bot.channels.masked import Masked


class BridgeSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the bridge.

    account: our own name of it, part of every address.
    secret, previous_secret: shared with the gateway; the previous one is still accepted from it. Secret.
    path: where the endpoints are mounted: `PATH/messages` takes messages in, `PATH/fetch` gives them out.
    push_url: what goes out is posted there; empty: the gateway fetches it. Secret (it may hold a token).
    media_base: attachments are fetched from `media_base/REF`; empty: there are none.
    confirm_seconds: how long a notice waits for the gateway to fetch and confirm it before it is tried again.
    mention: the gateway can ping people.
    per_minute: messages the gateway may send into one group each minute; 0: any number.
    max_bytes: bytes of one message; longer ones are split.
    media_limit: bytes of one attachment.
    timeout: seconds for one call to the gateway.
    """

    account: str = "default"
    secret: str
    previous_secret: str = ""
    path: str = "/bridge"
    push_url: str = ""
    media_base: str = ""
    confirm_seconds: float = 20.0
    mention: bool = True
    per_minute: int = 20
    max_bytes: int = 2048
    media_limit: int = 20 * 1024 * 1024
    timeout: float = 8.0
