"""Whatever the providers list or push, the decoders answer with a message, nothing, or a refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.tencent.callback import Refused
from bot.channels.wechat.decode import decode as decode_wechat
from bot.channels.wecom.aibot_decode import Undecodable as NoAibot
from bot.channels.wecom.aibot_decode import decode as decode_aibot
from bot.channels.wecom.kf_decode import Undecodable as NoKf
from bot.channels.wecom.kf_decode import decode as decode_kf
from bot.channels.wecom.settings import AibotSettings
from bot.domain.messages import Incoming

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SETTINGS = AibotSettings(bot_name="客服")
LEAF = st.none() | st.booleans() | st.integers(-(10**12), 10**20) | st.text(max_size=20)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
KINDS = st.sampled_from(
    ["text", "image", "voice", "file", "mixed", "event", "link", "location", "merged_msg", "x"]
)
TEXT = st.fixed_dictionaries({"content": VALUE}, optional={"menu_id": VALUE})
EVENT = st.fixed_dictionaries(
    {"event_type": st.sampled_from(["enter_session", "msg_send_fail", "x"])},
    optional=dict.fromkeys(("open_kfid", "external_userid", "scene", "fail_type", "fail_msgid"), VALUE),
)
KF = st.fixed_dictionaries(
    {"msgid": LEAF, "origin": st.sampled_from([3, 4, 5, "3", None]), "msgtype": KINDS | VALUE},
    optional={
        "send_time": LEAF,
        "open_kfid": VALUE,
        "external_userid": VALUE,
        "text": TEXT | VALUE,
        "event": EVENT | VALUE,
        "merged_msg": st.fixed_dictionaries({"item": VALUE}) | VALUE,
    },
)
AIBOT = st.fixed_dictionaries(
    {"msgid": LEAF, "from": st.fixed_dictionaries({"userid": VALUE}) | VALUE, "msgtype": KINDS | VALUE},
    optional={
        "chattype": st.sampled_from(["group", "single"]) | VALUE,
        "chatid": VALUE,
        "create_time": VALUE,
        "text": TEXT | VALUE,
        "image": st.fixed_dictionaries({"url": VALUE, "aeskey": VALUE}) | VALUE,
        "mixed": st.fixed_dictionaries({"msg_item": VALUE}) | VALUE,
        "quote": VALUE,
        "event": st.fixed_dictionaries({"eventtype": st.just("template_card_event")}) | VALUE,
    },
)
WECHAT = st.fixed_dictionaries(
    {"MsgType": KINDS | VALUE, "FromUserName": VALUE, "CreateTime": VALUE},
    optional=dict.fromkeys(("MsgId", "Content", "MediaId", "Event", "EventKey", "Label", "Status"), VALUE),
)


@given(KF)
def test_kf(raw: dict[str, Any]) -> None:
    try:
        message = decode_kf(raw, "default", NOW)
    except NoKf:
        person = raw.get("external_userid")
        assert not (isinstance(person, str) and person and raw["origin"] == 3 and raw["msgtype"] != "event")
        return
    assert message is None or isinstance(message, Incoming)


@given(AIBOT)
def test_aibot(body: dict[str, Any]) -> None:
    try:
        message = decode_aibot(body, SETTINGS, "R1", NOW)
    except NoAibot:
        return
    assert message is None or message.sent_at.tzinfo is UTC


@given(WECHAT)
def test_wechat(fields: dict[str, Any]) -> None:
    try:
        message, _ = decode_wechat(json.dumps(fields), "default")
    except Refused:
        return
    assert message.provider_id
    assert message.sender
