"""`check` calls our own callback from outside, as the provider will: address, proxy, process, token and key at once."""

from __future__ import annotations

import secrets

from bot.channels.base import ChannelError, Finding
from bot.channels.crypto import Seal
from bot.channels.tencent.http import Call, Http
from bot.clock import Clock

TODO = (
    "应诺要在运行；反向代理要把这个地址原样转到应诺的端口（路径与 path 一致）；"
    "运行中的应诺与这里用的 token、aes_key 要相同；两边的时钟相差不能超过 5 分钟"
)


async def probed(http: Http, seal: Seal, clock: Clock, url: str) -> Finding:
    """Send the check of the address that the provider sends when it is saved; the echo must come back."""
    subject = f"回调 {url}"
    echo = secrets.token_hex(8)
    timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(5)
    sealed = seal.close(echo) if seal.encrypts else echo
    name, covered = ("msg_signature", sealed) if seal.encrypts else ("signature", "")
    mark = seal.signature(timestamp, nonce, covered)
    query = {"timestamp": timestamp, "nonce": nonce, "echostr": sealed, name: mark}
    try:
        answer = await http.request(Call(path=url, params=query, method="GET", repeatable=True))
    except ChannelError as error:
        return Finding(subject=subject, state="error", says=str(error), todo=TODO)
    if answer.status != 200 or answer.content != echo.encode():
        says = f"HTTP {answer.status}：{answer.content[:80].decode(errors='replace')}"
        return Finding(subject=subject, state="error", says=says, todo=TODO)
    return Finding(subject=subject, state="ok", says="地址、代理、token 和密钥都对")
