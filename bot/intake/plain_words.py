"""Words that leave no doubt when they are said as a fact: a trade's own names of defects, and what has not come."""

import re

from bot.intake.rules import Evidence, Reading
from bot.intake.types import Context
from bot.intake.verdict import SURE, Opinion, probability

_NAMES = {
    "缺页": ("book.missing_pages",),
    "破损": ("book.damaged", "goods.damaged"),
    "变质": ("food.spoiled",),
    "故障": ("equipment.fault",),
}
_SURELY = 3.0
_LEADING = 2.0
_OPEN = frozenset({"cue.resolved", "cue.notice", "cue.generic", "cue.hypothesis"})
_CALM = ("query", "praise", "follow_up")
_CALM_ENOUGH = 3.0
_ABOUT = re.compile(
    r"(?:代码|率|排查|排除|维修|处理|险|原因|类型|诊断|登记|报告|单|表|的?标准|的?定义|的?话|怎么|如何|属于|算|容易|导致)"
)
_OVER = re.compile(
    r"(?:防|避免|查|测|修|排除|解决|处理|降低|减少|是否|有无|如|若|怕|易|会|可能|不|没|无|未|零|少有|很少)[^，。！？]{0,3}$"
)
_SHORT = 24
_UNMET = re.compile(
    r"(?:没有?|未|没能?)(?:收到|见到|等到|拿到)(?!.{0,6}(?:坏|破|问题|投诉|反馈|烂))"
    r"|(?:还|一直|仍然?|依然|依旧|到现在|至今|始终|迟迟|都)(?:没有?|未|不)"
    r"(?:弄好|修好|处理好?|解决|搞定|好(?!好|看|吃|意|在|像)|动静|回音|回复|答复|反应|消息|下文|人管|换货|补发|退款)"
    r"|^(?:完全|一点|毫|根本)?(?:都|也)?[没无]有?反应"
)
_ASKS = re.compile(r"[吗么嘛？?]|是不是|能不能|多久|的话|哪|谁|先说")


def weigh(opinion: Opinion, reading: Reading, text: str) -> Opinion:
    """Return the opinion after the plain words of a text have been heard."""
    for item in reading.evidence:
        if item.source in _NAMES and _is_fact(item, reading, text):
            opinion = _certain(opinion, max(_NAMES[item.source], key=opinion.of))
    return opinion


def _certain(opinion: Opinion, code: str) -> Opinion:
    ahead = max(opinion.odds[1:]) + _LEADING - opinion.of(code)
    return opinion.shifted({
        "complaint": max(_SURELY - opinion.odds[0], 0.0),
        code: max(ahead, 0.0) if probability(opinion.odds[0]) < SURE else 0.0,
    })  # fmt: skip


def _is_fact(item: Evidence, reading: Reading, text: str) -> bool:
    if item.mood or not _OPEN.isdisjoint(reading.cues):
        return False
    if any(reading.scores.get(calm, 0.0) >= _CALM_ENOUGH for calm in _CALM):
        return False
    about = _ABOUT.match(text, item.end) or _OVER.search(text, max(item.start - 6, 0), item.start)
    return about is None and not item.clause.asks


def unmet(opinion: Opinion, text: str, context: Context) -> Opinion:
    """Return the opinion on a short message that says what has not come or is not done: never praise."""
    if len(text) > _SHORT or (
        "没" not in text and "未" not in text and "不" not in text and "无" not in text
    ):
        return opinion
    if not _UNMET.search(text):
        return opinion
    if context.open_tickets:
        return opinion.shifted({"praise": -8.0, "chitchat": -8.0})
    return opinion.shifted(
        {"praise": -8.0, "chitchat": -8.0, "complaint": 0.0 if _ASKS.search(text) else 2.5}
    )
