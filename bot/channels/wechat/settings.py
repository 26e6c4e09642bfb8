"""What can be set about the official account. Secrets come from the environment and are never printed."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.channels.masked import Masked


class TemplateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The message that may be sent after the 48 hours.

    id: the template's id.
    kind: `template` (模板消息) or `subscribe` (订阅通知, one for each consent of the user).
    fields: what goes into each of its fields; `{text}`, `{title}` and `{time}` are filled in,
        e.g. `{"thing1": "{text}", "time2": "{time}"}`.
    url: opened when it is touched.
    zone: the time zone of `{time}`.
    """

    id: str
    kind: Literal["template", "subscribe"] = "template"
    fields: dict[str, str]
    url: str = ""
    zone: str = "Asia/Shanghai"


class WechatSettings(Masked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of 公众号.

    account: our own name of it, part of every address.
    appid, secret: 设置与开发 → 基本配置. `secret` is secret.
    token: of the callback (服务器配置). Secret.
    mode: 消息加解密方式 as set there; `compatible` and `secure` need `aes_key`.
    aes_key, previous_aes_key: EncodingAESKey, and the one before the last change. Secret.
    path: where the callback is mounted; the public URL ends with it.
    public_url: the whole address of the callback as the provider calls it; `check` calls it too. Empty: not tried.
    passive_seconds: how long a callback waits for the desk's first answer, so that it goes out in place and
        costs none of the five customer-service messages; 0: never. The provider gives up after 5 s.
    template: sent instead when the window is closed; none: delivery takes another route.
    media_limit: bytes of one attachment.
    timeout: seconds for one call.
    api_base: the provider's address.
    """

    account: str = "default"
    appid: str
    secret: str
    token: str
    mode: Literal["plain", "compatible", "secure"] = "secure"
    aes_key: str = ""
    previous_aes_key: str = ""
    path: str = "/wechat"
    public_url: str = ""
    passive_seconds: float = 1.5
    template: TemplateSettings | None = None
    media_limit: int = 20 * 1024 * 1024
    timeout: float = 8.0
    api_base: str = "https://api.weixin.qq.com"
