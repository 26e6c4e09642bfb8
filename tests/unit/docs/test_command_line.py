"""Every verb and flag is documented with its default, and every command in the pages can be typed as it stands."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib import import_module

import pytest

from bot.cli.main import VERBS
from tests.unit.docs.pages import DOCS, ROOT, Block, blocks, pages, quoted, sections, table

PAGE = DOCS / "reference" / "command-line.md"


def _parser(verb: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=verb, exit_on_error=False)
    import_module(f"bot.cli.{verb}").arguments(parser)
    return parser


def _flags(verb: str) -> list[tuple[str, str]]:
    actions = [a for a in _parser(verb)._actions if not isinstance(a, argparse._HelpAction)]
    return [(_name(a), _default(a)) for a in actions]


def _name(action: argparse.Action) -> str:
    return action.option_strings[0] if action.option_strings else str(action.metavar or action.dest.upper())


def _default(action: argparse.Action) -> str:
    if action.required and action.nargs != "*":
        return "required"
    if action.const is True:
        return "off"
    return f"`{action.default}`" if action.default not in (None, "") else "none"


def test_every_verb_has_a_heading_in_order() -> None:
    assert [h.strip("`") for h in sections(PAGE) if h.startswith("`")] == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_flag_is_documented_with_its_default(verb: str) -> None:
    documented = [(quoted(row[0])[0], row[1]) for row in table(PAGE, f"`{verb}`")]
    assert documented == _flags(verb)


def _commands(block: Block) -> Iterator[str]:
    """In a console block what stands behind the prompt; in a shell block every line."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.info[0] == "console":
        return (line[2:] for line in lines if line.startswith("$ "))
    return (line for line in lines if line.strip() and not line.startswith(("#", "export ")))


def _stages(command: str) -> Iterator[list[str]]:
    """The words of each program of a pipeline, without redirections and settings of the environment."""
    for part in re.split(r"(?<![<>])\|", command):
        words = shlex.split(part, comments=True)
        cut = next((n for n, word in enumerate(words) if word[0] in "<>"), len(words))
        kept = words[:cut]
        while kept and re.fullmatch(r"[A-Z_]+=.*", kept[0]):
            kept = kept[1:]
        yield [w for w in kept if w not in {"sudo", "-u", "yingnuo"}]


CONSOLE = [
    pytest.param(command, id=f"{block.name}: {command}"[:100])
    for block in blocks(*pages())
    if block.info[:1] in {("console",), ("sh",)}
    for command in _commands(block)
]


@pytest.mark.parametrize("command", CONSOLE)
def test_every_command_of_the_pages_can_be_typed(command: str) -> None:
    for words in _stages(command):
        if "run_bot.py" in {w.rpartition("/")[2] for w in words[:2]}:
            _understood(words[words.index(next(w for w in words if w.endswith("run_bot.py"))) + 1 :])
        elif words[0] == "make":
            assert set(words[1:]) <= _targets()
        elif words[0] == "cp":
            assert (ROOT / words[1]).exists()


def _understood(words: list[str]) -> None:
    if words:
        assert words[0] in VERBS
        _parser(words[0]).parse_args(words[1:])


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
