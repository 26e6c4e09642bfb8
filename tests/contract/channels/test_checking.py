"""`check` says what is wrong and what to do; `stop` leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.contract.channels.harness import Fault, Trait, faces, needs

if TYPE_CHECKING:
    from tests.contract.channels.harness import Harness


async def test_a_healthy_channel_has_findings_and_no_error(harness: Harness) -> None:
    findings = await harness.channel.check()
    assert findings
    assert [one for one in findings if one.state == "error"] == []
    assert all(one.subject and one.says for one in findings)
    assert all(one.todo for one in findings if one.state != "ok")


@needs(Trait.CREDENTIAL)
async def test_a_wrong_credential_is_an_error_with_something_to_do(harness: Harness) -> None:
    other = harness.misconfigured()
    findings = await other.check()
    await other.stop()
    errors = [one for one in findings if one.state == "error"]
    assert errors
    assert all(one.says and one.todo for one in errors)


@faces(Fault.UNREACHABLE)
async def test_an_unreachable_provider_is_an_error_with_something_to_do(harness: Harness) -> None:
    await harness.stage(Fault.UNREACHABLE)
    errors = [one for one in await harness.channel.check() if one.state == "error"]
    assert errors
    assert all(one.says and one.todo for one in errors)


async def test_stopping_ends_everything_and_may_be_repeated(harness: Harness) -> None:
    await harness.leave()
    await harness.channel.stop()
    left = [task.get_coro().cr_code.co_filename for task in asyncio.all_tasks()]
    assert [name for name in left if "/bot/channels/" in name] == []
