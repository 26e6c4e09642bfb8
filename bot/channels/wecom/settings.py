"""What can be set about the WeCom channels. Secrets come from the environment and are never printed."""

from __future__ import annotations

from typing import Literal

from bot.channels.masked import Masked

API = "https://qyapi.weixin.qq.com"


class RobotSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of 群机器人 (消息推送), which pings the staff group.

    account: our own name of it, part of every address.
    keys: for each group (the name used as `chat`) the `key` of its webhook address. Secret.
    style: `text` pings by userid and by mobile number; `markdown` only by userid but shows headings and bold.
    timeout: seconds for one call.
    api_base: the provider's address.
    """

    account: str = "default"
    keys: dict[str, str]
    style: Literal["text", "markdown"] = "text"
    timeout: float = 8.0
    api_base: str = API


class KfSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of 微信客服, where customers come in.

    account: our own name of it, part of every address.
    corpid, secret: of the company, and of the application that may call the 微信客服 API. `secret` is secret.
    token, aes_key: of the callback (接收消息服务器配置). Secret.
    previous_aes_key: the EncodingAESKey before the last change, so that messages under way still open. Secret.
    open_kfids: the 客服账号 to serve; the first is used where an address names none. Empty: all of the company's.
    path: where the callback is mounted; the public URL ends with it.
    public_url: the whole address of the callback as the provider calls it; `check` calls it too. Empty: not tried.
    seats: `none`: the bot keeps every conversation; `pool`: who asks for a person (人工) goes to the waiting pool; else
        the userid of the 接待人员 who gets them. The desk takes a conversation back to tell its outcome.
    welcome: said at once when a customer opens the chat (within the provider's 20 s); empty: left to the desk.
    poll_seconds: messages are also fetched that often without being told, in case a callback was lost.
    media_limit: bytes of one attachment.
    timeout: seconds for one call.
    api_base: the provider's address.
    """

    account: str = "default"
    corpid: str
    secret: str
    token: str
    aes_key: str
    previous_aes_key: str = ""
    open_kfids: tuple[str, ...] = ()
    path: str = "/wecom/kf"
    public_url: str = ""
    seats: str = "none"
    welcome: str = ""
    poll_seconds: float = 300.0
    media_limit: int = 20 * 1024 * 1024
    timeout: float = 8.0
    api_base: str = API


class AppSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of 应用消息, which reaches one member of staff alone.

    account: our own name of it, part of every address.
    corpid, secret, agentid: of the company, and of the application (all on its page). `secret` is secret.
    repeat_seconds: for so long the provider drops a repeat of the same words to the same member (at most 4 hours);
        long enough for our own tries, short enough that a later reminder in the same words is shown.
    timeout: seconds for one call.
    api_base: the provider's address.
    """

    account: str = "default"
    corpid: str
    secret: str
    agentid: int
    repeat_seconds: int = 600
    timeout: float = 8.0
    api_base: str = API


class AibotSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of 智能机器人, which takes the staff's commands.

    account: our own name of it, part of every address.
    mode: `websocket` (长连接: no public address needed) or `callback` (a public URL).
    bot_id, secret: for `websocket`. `secret` is secret.
    token, aes_key, previous_aes_key: for `callback`. Secret.
    path: where the callback is mounted.
    public_url: the whole address of the callback as the provider calls it; `check` calls it too. Empty: not tried.
    bot_name: what the bot is called in the group, so that `@name` can be taken off the text it is sent.
    passive_seconds: for `callback`: how long a callback waits for the desk's answer, so that it goes out in place and
        leaves the one later answer free; 0: never. The provider gives up after 5 s.
    welcome: said when somebody opens the chat with it; empty: left to the desk.
    heartbeat: seconds between pings on the connection.
    stall: a group that used to speak and has been silent for so many seconds makes the connection be renewed.
    ack: seconds to wait for the provider to confirm a frame.
    media_limit: bytes of one attachment.
    timeout: seconds for one HTTP call.
    ws_url, api_base: the provider's addresses.
    """

    account: str = "default"
    mode: Literal["websocket", "callback"] = "websocket"
    bot_id: str = ""
    secret: str = ""
    token: str = ""
    aes_key: str = ""
    previous_aes_key: str = ""
    path: str = "/wecom/aibot"
    public_url: str = ""
    bot_name: str = ""
    passive_seconds: float = 1.5
    welcome: str = ""
    heartbeat: float = 30.0
    stall: float = 3600.0
    ack: float = 10.0
    media_limit: int = 20 * 1024 * 1024
    timeout: float = 8.0
    ws_url: str = "wss://openws.work.weixin.qq.com"
    api_base: str = API
