"""What can be set about the second opinion. It is off unless it is configured."""

from __future__ import annotations

from bot.channels.masked import Masked


class OpinionSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the second opinion on messages whose category is unclear.

    account: our own name of it, part of its address.
    api_base: the endpoint, up to and without `/chat/completions`, e.g. `https://api.deepseek.com/v1`.
    key: the access key; from the environment, never from the file. Secret.
    model: the model's name there.
    timeout: seconds for one question; nobody waits for it.
    """

    account: str = "default"
    api_base: str
    key: str = ""
    model: str
    timeout: float = 15.0
