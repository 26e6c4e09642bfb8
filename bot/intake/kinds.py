"""Proposes what kind of matter a ticket is: the word that the schemes' promises are keyed by."""

import re

from bot.intake.types import Intent

_ORDER_CHANGE = re.compile(
    r"(?:改|换|调整?|增加?|加|减|追加|取消|撤|补订|加订|临时)[^。！？]{0,6}?(?:订单|单子|数量|品种|[0-9一二两三四五六七八九十百]+(?:本|套|箱|斤|份|袋|盒))|改单|加订|追加|临时[加改减]|(?:订单|单子|数量)[^，。！？]{0,6}?(?:改成|改为|调整|减到|加到|取消)"
)
_RETURN = re.compile(r"退货|换货|退换|退掉|要退|想退|退书|调换|退回|[要想]换一?[本台个批]|无理由")
_SUGGESTION = re.compile(r"建议|希望(?:以后|今后|能增|增加|下次|多)|最好能|能不能增加|提个?意见|提议|不妨")
_HANDED = (
    r"(?:更换|换货|退货|退换|退款退货|退掉|退回|退了|调换|换新|换掉|换一[本台个批箱袋套件下]|"
    r"补发|补寄|补送|重发|重新发|重新寄)"
)
_ASKING = (
    r"(?<![不没未别拒肯])(?:要求|要|请|麻烦|能不能|能否|可否|可以|能|给|申请|帮|尽快|赶紧|马上|立刻|立即|"
    r"想|必须|希望|应该|安排|办理|需要|需|抓紧|全部)"
)
_ASKED_BACK = re.compile(
    rf"{_ASKING}[^，。！？；不没未拒]{{0,6}}?{_HANDED}(?!的?(?:[^，。！？；]{{0,4}}?(?:没|不|未|到哪|又|还是)))"
    rf"|(?:^|[，。！？；\s])我?们?{_HANDED}(?:吧|处理|一下|货)?(?:$|[，。！？；])"
)
_OTHER_KIND = re.compile(
    rf"{_ASKING}[^，。！？；不没未拒]{{0,10}}?(?:换成|换为|替换成|替换为|改成|改送|改发|换个品种|换一种|换别的|换其他|换另)(?!了)"
    r"|把[^，。！？；]{1,8}?(?:换成|替换成|改成)(?!了)"
)
_CLEAR_CHANGE = re.compile(
    r"订单(?:调整|变更|修改)|(?:调整|修改|更改|变更|改|取消|撤)(?:一下|下)?(?:订单|单子|数量)|改单|加订|补订|追加订"
    r"|(?:订单|单子|数量)[^，。！？]{0,6}?(?:改成|改为|调整|减到|加到)"
)
_TAKEN_BACK = "order.surplus"  # being taken back is what a complaint about too much is about
_ABOUT_THE_ORDER = ("order.mismatch", "order.surplus", "other.complaint")


def propose(intent: Intent, best: str, text: str) -> str:
    """Return the kind of matter.

    One of complaint, consumables, return, order_change, substitution, suggestion, consultation and none. `best` is
    the likeliest category. What a scheme does not know, it takes for a complaint or a consultation.
    """
    if intent == "complaint":
        return "consumables" if best == "equipment.consumable" else _of_complaint(best, text)
    if intent == "chitchat" and _OTHER_KIND.search(text):
        return "substitution"
    if intent in ("praise", "chitchat", "follow_up"):
        return "suggestion" if intent == "praise" and _SUGGESTION.search(text) else "none"
    if _SUGGESTION.search(text):
        return "suggestion"
    changed = _change(text)
    return changed or ("return" if _RETURN.search(text) or _asks_back(text) else "consultation")


def _of_complaint(best: str, text: str) -> str:
    """Name the wish behind a complaint; a change of the order only where nothing is wrong with the goods."""
    if best in _ABOUT_THE_ORDER and not _CHANGING.isdisjoint(text):
        if _CLEAR_CHANGE.search(text):
            return "order_change"
        if _OTHER_KIND.search(text):
            return "substitution"
    return "return" if best != _TAKEN_BACK and _asks_back(text) else "complaint"


def _asks_back(text: str) -> bool:
    may = "换" in text or "退" in text or "补" in text or "重" in text
    return may and _ASKED_BACK.search(text) is not None


def _change(text: str) -> str:
    if _CHANGING.isdisjoint(text):
        return ""
    if _ORDER_CHANGE.search(text):
        return "order_change"
    return "substitution" if _OTHER_KIND.search(text) else ""


_CHANGING = frozenset("改换调增加减追取撤补临订")
