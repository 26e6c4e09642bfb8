"""What the providers' error codes mean for delivery, and what an operator should click.

HTTP says 200 to almost everything; the answer's `errcode` is what counts. Source: the global error code pages
(developer.work.weixin.qq.com/document/path/90313, developers.weixin.qq.com 全局返回码说明).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.channels.base import ChannelError, Permanent, Temporary

Fate = Literal["later", "never", "token"]


class Code(msgspec.Struct, frozen=True):
    """One errcode: what becomes of the message, what to do, and after how many seconds it may work again."""

    fate: Fate
    todo: str
    after: float | None = None


_WECOM_PAGE = (
    "企业微信管理后台 → 应用管理 → 该应用 → Secret → 查看，重新复制；微信客服的 Secret 在「微信客服 → API」里"
)
_ASK_IP = "把本机的出口 IP 填进 企业微信管理后台 → 应用管理 → 该应用 → 企业可信IP（先要设好可信域名或接收消息的 URL）"

CODES: dict[int, Code] = {
    -1: Code("later", "服务商系统繁忙，会自动重试", 5),
    40001: Code(
        "token", f"Secret 或 access_token 不对。{_WECOM_PAGE}；公众号的在 设置与开发 → 基本配置 → AppSecret"
    ),
    40003: Code(
        "never", "接收人的 ID 不对：公众号要用本公众号下的 openid，企业微信要用通讯录里的账号（userid）"
    ),
    40008: Code("never", "这种消息类型不被接受；智能机器人主动推送只能用 markdown 或卡片"),
    40013: Code(
        "never", "corpid 或 appid 不对：企业微信在 我的企业 → 企业信息 最下方，公众号在 基本配置 里复制"
    ),
    40014: Code("token", f"access_token 无效，会自动换一次；仍不行请核对 Secret。{_WECOM_PAGE}"),
    40054: Code("never", "卡片里的网址不合法，要以 http:// 或 https:// 开头"),
    40058: Code("never", "参数不合法，请把这条记录发给开发者"),
    40096: Code("never", "客户的 external_userid 不对，或不属于这个企业"),
    40125: Code("never", "AppSecret 不对：公众号后台 设置与开发 → 基本配置 → 重置 AppSecret"),
    40164: Code(
        "never", "出口 IP 不在白名单：公众号后台 设置与开发 → 基本配置 → IP 白名单，加上本机的出口 IP"
    ),
    40243: Code("never", "AppSecret 已被冻结：公众号后台 基本配置 里解冻"),
    41001: Code("token", "缺少 access_token"),
    42001: Code("token", "access_token 已过期，会自动换一次"),
    43004: Code("never", "对方没有关注公众号"),
    43101: Code("never", "用户拒收这条订阅通知，或没有授权；请改用电话"),
    44004: Code("never", "消息内容是空的"),
    45002: Code("never", "消息太长"),
    45009: Code("later", "调用太频繁，超过了服务商的限额；会自动稍后再发", 60),
    45011: Code("later", "每分钟调用次数超限，会自动稍后再发", 60),
    45015: Code("never", "已超过客户最后一次发言后的 48 小时；请配置模板消息，或改用电话"),
    45033: Code("later", "并发调用太多，会自动稍后再发", 2),
    45047: Code("never", "客户没有再发言，客服消息条数已用完（5 条）；请配置模板消息，或改用电话"),
    47003: Code("never", "模板参数不对：核对 template.fields 的键是否与公众号后台的模板一致"),
    48001: Code(
        "never", "没有这个接口的权限：公众号须是已认证的服务号；公众号后台 设置与开发 → 接口权限 里查看"
    ),
    48002: Code(
        "never", "应用没有这个接口的权限：微信客服要在 微信客服 → API → 可调用接口的应用 里勾选本应用"
    ),
    48004: Code("never", "接口因违规被封禁，登录公众号后台查看通知"),
    50002: Code("never", "用户或账号受限"),
    60011: Code("never", "没有权限：管理后台 → 应用管理 → 该应用 → 可见范围，把这位成员（或部门）加进去"),
    60020: Code("never", f"本机 IP 不被信任。{_ASK_IP}"),
    60111: Code("never", "通讯录里没有这个 userid：管理后台 → 通讯录 → 成员详情里的「账号」才是 userid"),
    81013: Code("never", "接收人全部无效：核对 userid，并把他们加进应用的可见范围"),
    82001: Code("never", "没有可以接收的人：核对 userid，并把他们加进应用的可见范围"),
    86003: Code("never", "群（chatid）不存在"),
    86004: Code("never", "群（chatid）不合法"),
    93000: Code(
        "never", "群机器人的 Webhook 地址无效：群 → 右上角 ··· → 消息推送（群机器人）→ 重新复制地址里的 key"
    ),
    93004: Code("never", "机器人已被移出或停用：请在群里重新添加"),
    93008: Code("never", "机器人不在这个群里：请在群里重新添加"),
    95000: Code("never", "open_kfid 不对：管理后台 微信客服 → 客服账号 里复制"),
    95007: Code("later", "同步消息的 token 已失效，会不带 token 再取一次", 5),
    95012: Code("later", "同步太频繁，会自动稍后再取", 60),
    95013: Code("never", "会话已结束，要等客户再发言"),
    95014: Code("never", "接待人员不在线或不在接待名单：微信客服 → 客服账号 → 接待人员"),
    95016: Code("never", "会话状态不允许这样转换"),
    95018: Code(
        "never", "会话不在机器人手里（已转人工或已结束）：在企业微信客户端里回复，或把会话转回智能助手"
    ),
    301002: Code("never", "agentid 与 Secret 不是同一个应用：两个都从同一个应用的详情页复制"),
    846605: Code("never", "回调的 req_id 已失效，会改为主动推送"),
    846607: Code(
        "never", "机器人与这个会话还没有说过话：请先在该群里 @机器人 说一句（单聊则先发一句），再试"
    ),
    846608: Code("never", "流式消息已超过 10 分钟，会改为主动推送"),
    846609: Code("later", "长连接的订阅已失效，会自动重连", 5),
}


class Rejected(Permanent):
    """The provider said no; `code` is its errcode and `words` its errmsg."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"errcode {code}: {words}")
        self.code = code
        self.words = words


class Busy(Temporary):
    """The provider said not now; `code` is its errcode and `words` its errmsg."""

    def __init__(self, code: int, words: str, retry_after: float | None) -> None:
        super().__init__(f"errcode {code}: {words}", retry_after=retry_after)
        self.code = code
        self.words = words


def is_token_trouble(code: int) -> bool:
    """Whether a fresh access token may help."""
    return code in CODES and CODES[code].fate == "token"


def failure(code: int, words: str) -> ChannelError:
    """The exception that tells delivery what to do about this errcode; unknown codes are final."""
    known = CODES.get(code)
    if known is not None and known.fate == "later":
        return Busy(code, words, known.after)
    return Rejected(code, words)


def todo(code: int) -> str:
    """What the operator should do about it."""
    known = CODES.get(code)
    page = "https://developer.work.weixin.qq.com/devtool/query?e="
    return known.todo if known else f"查一下这个错误码：{page}{code}"
