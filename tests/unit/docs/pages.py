"""Reading the project's own Markdown: pages, headings, tables, code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_FENCE = re.compile(r"(`{3,})(.*)")


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced code block: the words behind its fence, its text, and where it stands."""

    page: Path
    line: int
    info: tuple[str, ...]
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page a reader may open, the READMEs first."""
    return [ROOT / "README.md", ROOT / "README.zh.md", *sorted(DOCS.rglob("*.md"))]


def blocks(*pages_wanted: Path) -> Iterator[Block]:
    """Every code block of these pages, in order."""
    for page in pages_wanted:
        inside: list[str] | None = None
        start, fence, info = 0, "", ()
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            found = _FENCE.fullmatch(line)
            if inside is None and found:
                inside, start, fence, info = [], number, found[1], tuple(found[2].split())
            elif inside is not None and line.strip() == fence:
                yield Block(page=page, line=start, info=info, text="\n".join(inside) + "\n")
                inside = None
            elif inside is not None:
                inside.append(line)
        assert inside is None, f"{page}:{start}: the code block is never closed"


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a page outside its code blocks."""
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        found = _FENCE.match(line)
        if found and (not fence or line.strip() == fence):
            fence = "" if fence else found[1]
        elif not fence:
            yield number, line


def sections(page: Path) -> dict[str, list[str]]:
    """The lines under each heading, by the heading's text."""
    found: dict[str, list[str]] = {"": []}
    current = found[""]
    for _, line in prose(page):
        heading = _HEADING.fullmatch(line)
        if heading:
            assert heading[2] not in found, f"{page}: two headings say {heading[2]!r}"
            current = found[heading[2]] = []
        else:
            current.append(line)
    return found


def table(page: Path, heading: str) -> list[tuple[str, ...]]:
    """The rows of the tables under a heading, without their heads; cells without outer spaces."""
    lines = sections(page).get(heading)
    assert lines is not None, f"{page.relative_to(ROOT)} has no heading {heading!r}"
    rows = [_cells(line) for line in lines if line.startswith("|")]
    rules = [n for n, row in enumerate(rows) if all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    heads = {n - 1 for n in rules}
    return [row for n, row in enumerate(rows) if n not in heads and n not in rules]


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def quoted(cell: str) -> list[str]:
    """Everything in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def slug(heading: str) -> str:
    """The anchor a heading gets on the usual forges."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """Every anchor of a page."""
    return {slug(found[2]) for _, line in prose(page) if (found := _HEADING.fullmatch(line))}
