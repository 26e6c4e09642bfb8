"""`entry` writes a link and a picture for each contract, or says why it cannot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.standins.wecom import AES_KEY, CORPID, DESK, TOKEN
from tests.unit.channels.wecom_bench import company

DESK_ONLY = """
[desk]
company = "示范公司"
default_contract = "school-1"

[[contracts]]
id = "school-1"
title = "第一小学"
scheme = "food"
"""


def config(folder: Path, channels: str = "") -> str:
    path = folder / "config.toml"
    path.write_text(DESK_ONLY + channels, encoding="utf-8")
    return str(path)


async def test_each_contract_gets_a_link_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with company() as one:
        await one.up(one.kf())
        kf = f"""
[[channels.wecom_kf]]
corpid = "{CORPID}"
secret = "kf-secret"
token = "{TOKEN}"
aes_key = "{AES_KEY}"
open_kfids = ["{DESK}"]
api_base = "{one.provider.site.url}"
"""
        out = tmp_path / "entries"
        words = ["entry", "--config", config(tmp_path, kf), "--out", str(out)]
        assert await asyncio.to_thread(main, words) == 0
        contract, channel, link, file = capsys.readouterr().out.strip().split("\t")
        assert (contract, channel) == ("school-1", "wecom_kf")
        assert one.provider.kf.links[link] == "school-1"
        assert Path(file).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"), [([], "no channel has entries"), (["nobody"], "there is no contract 'nobody'")]
)
def test_what_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["entry", *words, "--config", config(tmp_path)]) == 2
    assert says in capsys.readouterr().err
