"""However a phone number is written, its middle is starred out; numbers that are none stay."""

from __future__ import annotations

import pytest

from bot.desk.masking import masked


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("电话13812345678", "电话138****5678"),
        ("+8613812345678", "+86138****5678"),
        ("008613812345678", "0086138****5678"),
        ("8613812345678", "86138****5678"),
        ("138 1234 5678", "138****5678"),
        ("138.1234.5678", "138****5678"),
        ("138\n1234\n5678", "138****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("(010)62345678", "(010)****5678"),
        ("0755-82345678", "0755****5678"),
        ("110101199003071234", "110101********1234"),
    ],
)
def test_a_number_is_masked_however_it_is_written(written: str, shown: str) -> None:
    assert masked(written) == shown


@pytest.mark.parametrize(
    "text", ["SC260305-001", "2026-03-05 09:00", "订单 DD20260305001", "978-7-04-059912-3", "001 20 斤"]
)
def test_what_is_no_phone_number_stays(text: str) -> None:
    assert masked(text) == text
