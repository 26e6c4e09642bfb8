"""Proposes what kind of matter a ticket is: the word that the schemes' promises are keyed by."""

import re

from bot.intake.types import Intent

_ORDER_CHANGE = re.compile(
    r"(?:改|换|调整?|增加?|加|减|追加|取消|撤|补订|加订|临时)[^。！？]{0,6}?(?:订单|单子|数量|品种|[0-9一二两三四五六七八九十百]+(?:本|套|箱|斤|份|袋|盒))|改单|加订|追加|临时[加改减]"
)
_RETURN = re.compile(r"退货|换货|退换|退掉|要退|想退|退书|调换|退回|[要想]换一?[本台个批]|无理由")
_SUGGESTION = re.compile(r"建议|希望(?:以后|今后|能增|增加|下次|多)|最好能|能不能增加|提个?意见|提议|不妨")


def propose(intent: Intent, best: str, text: str) -> str:
    """Return the kind of matter: complaint, consumables, return, order_change, suggestion, consultation or none."""
    if intent == "complaint":
        return "consumables" if best == "equipment.consumable" else "complaint"
    if intent in ("praise", "chitchat", "follow_up"):
        return "suggestion" if intent == "praise" and _SUGGESTION.search(text) else "none"
    for kind, pattern in (("suggestion", _SUGGESTION), ("return", _RETURN), ("order_change", _ORDER_CHANGE)):
        if pattern.search(text):
            return kind
    return "consultation"
