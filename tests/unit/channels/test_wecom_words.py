"""What is said to operators: every code they meet has something to click, and nothing secret reaches a log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from bot.channels.base import Permanent, Temporary
from bot.channels.build import Workshop, build
from bot.channels.local.sentbox import MemorySentbox
from bot.channels.masked import SettingError
from bot.channels.settings import Channels
from bot.channels.tencent.errcodes import CODES, failure, is_token_trouble, todo
from bot.channels.wecom.settings import KfSettings
from bot.domain.messages import Address, Outgoing
from tests.standins.movable import MovableClock
from tests.standins.wecom import AES_KEY, TOKEN
from tests.unit.channels.wecom_bench import CUSTOMER, HERE, company

if TYPE_CHECKING:
    from pathlib import Path

MET = (
    40001,
    40013,
    40014,
    42001,
    48001,
    48002,
    60011,
    60020,
    93000,
    45009,
    95018,
    846607,
    45015,
    45047,
    301002,
)


@pytest.mark.parametrize("code", MET)
def test_a_code_operators_meet_says_what_to_do(code: int) -> None:
    assert len(todo(code)) > 8
    assert any("\u4e00" <= letter <= "\u9fff" for letter in todo(code))


def test_an_unknown_code_is_final_and_says_where_to_look_it_up() -> None:
    error = failure(123456, "no such thing")
    assert isinstance(error, Permanent)
    assert str(error) == "errcode 123456: no such thing"
    assert todo(123456).endswith("e=123456")


@pytest.mark.parametrize(("code", "after"), [(45009, 60), (-1, 5), (846609, 5)])
def test_a_limit_says_when_to_try_again(code: int, after: float) -> None:
    error = failure(code, "later")
    assert isinstance(error, Temporary)
    assert error.retry_after == after


def test_only_token_codes_ask_for_a_fresh_token() -> None:
    assert {code for code in CODES if is_token_trouble(code)} == {40001, 40014, 41001, 42001}


def test_two_channels_cannot_claim_one_address_or_one_name(tmp_path: Path) -> None:
    kf = KfSettings(corpid="ww1", secret="s", token=TOKEN, aes_key=AES_KEY)
    workshop = Workshop(clock=MovableClock(), sentbox=MemorySentbox(), media=tmp_path)
    for other, wrong in (({}, "another `account`"), ({"account": "two"}, "another `path`")):
        with pytest.raises(SettingError, match=wrong):
            build(Channels(wecom_kf=(kf, replace(kf, **other))), workshop)
    assert len(build(Channels(wecom_kf=(kf, replace(kf, account="two", path="/two"))), workshop)) == 2


async def test_no_word_of_a_customer_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with company() as one:
        channel, robot = await one.up(one.kf(welcome="欢迎语")), one.robot(keys={"staff": "wrong-robot-key"})
        await robot.start(one.inlet)
        one.provider.kf.says(CUSTOMER, content="客户的话不进日志")
        one.provider.kf.enters(CUSTOMER)
        one.provider.kf.codes.clear()
        one.inlet.fail(1)
        await one.provider.kf.tell()
        await one.inlet.has_stored(2)
        one.provider.tokens.trouble = lambda _token: 60020
        for ask in (
            channel.send(HERE, Outgoing(text="我们的话不进日志")),
            robot.send(Address(channel="wecom_robot", chat="staff"), Outgoing(text="我们的话不进日志")),
        ):
            with pytest.raises(Permanent) as caught:
                await ask
            assert "不进日志" not in str(caught.value)
        await robot.stop()
    assert "messages could not be stored" in caplog.text
    for secret in ("不进日志", "kf-secret", "token-1", "wrong-robot-key", AES_KEY, TOKEN):
        assert secret not in caplog.text
