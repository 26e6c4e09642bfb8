"""Every metric and every counter the program can show is documented, and none that it cannot."""

from __future__ import annotations

import re

from bot.web.metrics import METRICS
from tests.unit.docs.pages import DOCS, ROOT, quoted, table

PAGE = DOCS / "reference" / "metrics.md"
_NAMED = re.compile(
    r'(?:count|_refused?|_report)\((?:[^"()]*, )?"([a-z_]+\.[a-z_]+)"|counters\["([a-z_.]+)"\]'
)
_OWN = re.compile(r'Refused\(\d+, "([a-z_]+)"|self\.count\("([a-z_]+)"(?: if \w+ else "([a-z_]+)")?\)')


def _in_source() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= {name for groups in _NAMED.findall(source) for name in groups if name}
        found |= {f"*.{name}" for groups in _OWN.findall(source) for name in groups if name}
    return found


def _documented() -> list[str]:
    return [name for row in table(PAGE, "Counters") for name in quoted(row[0])]


def test_every_metric_is_documented_with_its_type() -> None:
    documented = {quoted(row[0])[0]: row[1] for row in table(PAGE, "`GET /metrics`")}
    assert documented == {name: kind for name, (kind, _) in METRICS.items()}


def test_every_counter_is_documented() -> None:
    known = set(_documented())
    spoken = {"*." + name.partition(".")[2] for name in known}
    missing = {
        name for name in _in_source() if name not in known and "*." + name.partition(".")[2] not in spoken
    }
    assert missing == set()


def test_no_counter_is_documented_that_nothing_counts() -> None:
    suffixes = {name.partition(".")[2] for name in _in_source()} | {"status_*"}
    assert [name for name in _documented() if name.partition(".")[2] not in suffixes] == []
