"""Numbers that do not fit together."""

from datetime import date

import pytest

from bot.intake import arithmetic
from bot.intake.types import Span


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("五年级数学订了90本，送来才73本", "order.mismatch"),
        ("订了三箱苹果，送来两箱", "order.mismatch"),
        ("清单上写40套，实到38", "order.mismatch"),
        ("我们报了20箱，送来25箱", "order.surplus"),
        ("要五十本来五十本", None),
        ("订了20箱，给了15个赠品", None),
        ("说好9点送到，现在都10点半了", "delivery.late"),
        ("约好上午十点，到了下午2点", "delivery.late"),
        ("说好10点，现在9点", None),
        ("翻过第24页，后面就是第41页", "book.missing_pages"),
        ("96页后面就是113", "book.missing_pages"),
        ("第20页接着是5页", "book.binding"),
        ("第20页到21页", None),
    ],
)
def test_what_numbers_give_away(text, code):
    found = [finding.code for finding in arithmetic.find(text)]
    assert found == ([code] if code else [])


def _dated(made, days):
    return (
        Span(field="produced_on", text="", start=0, end=4, value=made),
        Span(field="shelf_life", text="", start=5, end=9, value=f"{days} 天"),
    )


@pytest.mark.parametrize(
    ("today", "says"),
    [
        (date(2026, 5, 31), None),
        (date(2026, 6, 1), "不足保质期90天的三分之二"),
        (date(2026, 7, 30), "剩余0天"),
        (date(2026, 7, 31), "已过期1天"),
    ],
)
def test_two_thirds_of_the_shelf_life_must_be_left(today, says):
    finding = arithmetic.shelf_life(_dated("2026-05-01", 90), today)
    assert (says in finding.because) if says else finding is None


def test_a_date_without_a_shelf_life_proves_nothing():
    assert arithmetic.shelf_life(_dated("2026-05-01", 90)[:1], date(2026, 7, 1)) is None
