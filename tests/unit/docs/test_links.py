"""Every link inside the documentation leads somewhere, every page can be reached, and the twins agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, ROOT, anchors, blocks, pages, prose

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def _links(page: Path) -> list[str]:
    return [target for _, line in prose(page) for target in _LINK.findall(line)]


def _wrong(page: Path, target: str) -> str:
    if re.match(r"https?://", target):
        return ""
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.exists():
        return f"{target}: there is no {there.name}"
    if anchor and anchor not in anchors(there):
        return f"{target}: {there.name} has no such heading"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [wrong for target in _links(page) if (wrong := _wrong(page, target))] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    waiting, reached = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        local = (link.partition("#")[0] for link in _links(page) if "://" not in link)
        waiting += [(page.parent / link).resolve() for link in local if link]
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_the_chinese_readme_is_a_twin() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh.md"
    assert [b.text for b in blocks(chinese)] == [b.text for b in blocks(english)]
    levels = [
        [len(line) - len(line.lstrip("#")) for _, line in prose(page) if line.startswith("#")]
        for page in (english, chinese)
    ]
    assert levels[0] == levels[1]
    assert set(_links(english)) - {"README.zh.md"} == set(_links(chinese)) - {"README.md"}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_tells_of_the_machine_it_was_written_on(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"/(?:work|home|root|tmp)/\S*|\blocalhost:\d+", text)
    assert found == []


def test_every_decision_has_a_number_of_its_own() -> None:
    files = sorted((DOCS / "adr").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in files]
    assert numbers == list(range(1, len(files) + 1))
    titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in files]
    assert [title for n, title in zip(numbers, titles, strict=True) if not title.startswith(f"# {n}. ")] == []
