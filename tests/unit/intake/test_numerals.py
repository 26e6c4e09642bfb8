"""Numbers as people write them."""

import pytest

from bot.intake.isbn import is_isbn
from bot.intake.numerals import format_number, parse_number


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12), ("12.5", 12.5), ("1,200", 1200), ("十", 10), ("二十", 20), ("二十五", 25), ("一百零二", 102),
        ("三百二", 320), ("一千五", 1500), ("两", 2), ("俩", 2), ("半", 0.5), ("二十来", 20), ("三十多", 30),
        ("十几", 15), ("七八", 7), ("三四百", 300),
        ("十七八", 17), ("一万二", 12000), ("三万", 30000), ("二零二六", 2026), ("几", None), ("好", None), ("", None),
    ],
)  # fmt: skip
def test_numerals(written, value):
    assert parse_number(written) == value


def test_a_whole_number_is_written_without_a_point():
    assert [format_number(20.0), format_number(0.5)] == ["20", "0.5"]


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        ("9787020002207", True),
        ("9787020002208", False),
        ("7020002209", False),
        ("080442957X", True),
        ("97870200", False),
    ],
)
def test_isbn_check_digit(digits, valid):
    assert is_isbn(digits) is valid
