"""Fields with their place in the customer's own text."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.intake import Context

_NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "field", "words", "value"),
    [
        ("半筐菜坏了", "quantity", "半筐", "0.5 筐"),
        ("三板雞蛋碎了", "quantity", "三板", "3 板"),
        ("少了二十来本", "quantity", "二十来本", "20 本"),
        ("差一百二十公斤", "quantity", "一百二十公斤", "120 公斤"),
        ("一共１２箱", "quantity", "１２箱", "12 箱"),
        ("书号978-7-02-000220-7", "isbn", "978-7-02-000220-7", "9787020002207"),
        ("订单号：DD20261101-3，少一本", "order_no", "DD20261101-3", "DD20261101-3"),
        ("单号 202611180001234 查一下", "order_no", "202611180001234", "202611180001234"),
        ("打138 0000 0000找我", "phone", "138 0000 0000", "13800000000"),
        ("电话021-55550000", "phone", "021-55550000", "02155550000"),
        ("批号A20261的奶", "batch", "A20261", "A20261"),
        ("批次LOT:A2308B", "batch", "A2308B", "A2308B"),
        ("七八个蛋散黄", "quantity", "七八个", "7 个"),
        ("明天一早要用，能送来吗", "wanted_at", "明天一早", "2026-11-21T08:00:00+08:00"),
        ("生产日期2026年5月1日", "produced_on", "2026年5月1日", "2026-05-01"),
        ("生產日期10月1號的", "produced_on", "10月1號", "2026-10-01"),
        ("日期是20261003", "produced_on", "20261003", "2026-10-03"),
        ("12月25日生产的", "produced_on", "12月25日", "2025-12-25"),
        ("保质期十二个月", "shelf_life", "十二个月", "360 天"),
        ("明天一早要", "wanted_at", "明天一早", "2026-11-21T08:00:00+08:00"),
        ("送到二号楼301室", "place", "二号楼301室", "二号楼301室"),
        ("放门卫室就行", "place", "门卫室", "门卫室"),
        ("三年级2班还差书", "class_name", "三年级2班", "三年级2班"),
        ("检验科的打印机", "class_name", "检验科", "检验科"),
        ("找王老师拿", "person", "王老师", "王老师"),
        ("《昆虫记》少了一页", "product", "《昆虫记》", "昆虫记"),
        ("硒鼓漏粉了", "product", "硒鼓", "硒鼓"),
    ],
)
def test_a_field_is_found_with_its_value(intake, text, field, words, value):
    fields = intake.understand(text, Context(now=_NOW)).fields
    found = [span for span in fields if span.field == field]
    assert [(span.text, span.value) for span in found] == [(words, value)]
    assert text[found[0].start : found[0].end] == words


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("书号978-7-02-000220-8", "isbn"),
        ("第三天才到", "quantity"),
        ("三年级的书", "quantity"),
        ("生产日期2026年13月1日", "produced_on"),
        ("等了三个月", "quantity"),
        ("有三个拉肚子", "quantity"),
        ("33到48页缺了", "quantity"),
        ("手机13800000000", "product"),
    ],
)
def test_what_only_looks_like_a_field_is_not_one(intake, text, field):
    assert field not in [span.field for span in intake.understand(text, Context(now=_NOW)).fields]


def test_fields_do_not_overlap_and_stand_in_order(intake):
    fields = intake.understand(
        "三年级2班订单DD20261101少二十本《草房子》，明天上午十点前送到2号楼301，打13800000000",
        Context(now=_NOW),
    ).fields
    assert all(left.end <= right.start for left, right in pairwise(fields))
    assert len(fields) >= 6
