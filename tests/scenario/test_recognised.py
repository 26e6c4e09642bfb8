"""What customers complain of, in ordinary words, becomes a ticket of that category (B05, F05, D13, M03, M17)."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from bot.cli.drill_run import play
from bot.cli.drill_script import Script, Step
from bot.cli.world import world
from bot.config import build_book, shipped_schemes
from bot.intake import Intake

TABLE = Path(__file__).parent / "recognised.toml"
START = datetime.fromisoformat("2026-03-05T09:00:00+08:00")
ROWS = [
    pytest.param(scheme, row["words"], row["category"], id=f"{row['commitment']}-{row['reason']}")
    for scheme, rows in tomllib.loads(TABLE.read_text(encoding="utf-8")).items()
    for row in rows
]


@pytest.mark.parametrize(("scheme", "words", "category"), ROWS)
async def test_the_words_become_a_ticket_of_that_category(
    scheme: str, words: str, category: str, intake: Intake
) -> None:
    config = world(scheme)
    steps = (Step(at=START - START, speaker="customer", words=words),)
    book = build_book(TABLE, config, shipped_schemes())
    script = Script(file=TABLE, title=words, start=START, config=config, book=book, steps=steps)
    report = await play(script, intake)
    assert [t["kind"] in {"complaint", "consumables"} for t in report.tickets] == [True], report.to_text()
    assert report.tickets[0]["category"] == category, report.to_text()
    title = book.of("").categories[category].title
    assert any(title in line.text and line.to == "customer" for line in report.timeline), (
        "stands in the reply"
    )


def test_all_thirteen_and_fourteen_reasons_are_in_the_table() -> None:
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    reasons = {
        c: [r["reason"] for rows in found.values() for r in rows if r["commitment"] == c] for c in _REASONS
    }
    assert {c: set(found) for c, found in reasons.items()} == _REASONS


_REASONS = {
    commitment: set(reasons.split())
    for commitment, reasons in (
        (
            "B05",
            "缺页 倒装 折页 开线 开胶 模糊不清 脏残 破损 附件不完整 品种数量不符 多订 重订 装订错误 印刷质量",
        ),
        (
            "F05",
            "变质 异味 烂皮 腐烂 缺斤短两 以次充好 种类不全 运输损坏 不符验收标准 缺检疫证明 掺假调包 过期 配送延误",
        ),
        ("D13", "数据错误 缺失 坐标偏差 属性 版本"),
    )
}
