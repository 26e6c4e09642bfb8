"""Configurations: what is read, what is refused, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import Config, load, local_settings, read_schemes, shipped_schemes
from bot.desk.book import Book
from bot.domain.words import Role
from bot.problems import ConfigError

GOOD = """
[desk]
company = "示范公司"
default_contract = "school1"

[[contracts]]
id = "school1"
title = "第一小学"
scheme = "food"

[[people]]
id = "wang"
name = "王师傅"
reach = { local = "wang" }

[[people]]
id = "zhao"
name = "赵主管"
roles = ["supervisor"]

[[shifts]]
name = "白班"
people = ["wang"]
hours = "Mon-Sun=08:00-20:00"

[[overrides]]
person = "wang"
instead = "zhao"
since = 2026-03-05T08:00:00+08:00
until = 2026-03-06T08:00:00+08:00

[[chats]]
channel = "local"
chat = "staff"
"""


def read(folder: Path, text: str = GOOD, secrets: dict[str, str] | None = None) -> tuple[Config, Book]:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, secrets or {})


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        read(folder, text)
    assert str(folder / "config.toml") in str(refused.value)
    return str(refused.value).removeprefix(f"{folder / 'config.toml'}: ")


def test_a_whole_configuration_becomes_a_book(tmp_path: Path) -> None:
    config, book = read(tmp_path)
    assert (book.company, book.default_contract, list(book.terms)) == ("示范公司", "school1", ["school1"])
    assert book.of("school1").scheme == "food"
    assert book.of("nobody").contract == "school1"
    wang, zhao = book.person("wang"), book.person("赵主管")
    assert wang is not None
    assert zhao is not None
    assert (wang.roles, zhao.roles) == ((Role.AGENT,), (Role.SUPERVISOR,))
    assert book.person_at("local", "wang") == wang
    assert book.person_at("telegram", "wang") is None
    assert book.roster.overrides[0].since == datetime(2026, 3, 5, tzinfo=UTC)
    assert config.chats[0].role == "staff"
    assert local_settings(config, book).staff == ("wang",)


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    text = GOOD.replace('"示范公司"', '"${COMPANY}有限公司"')
    assert read(tmp_path, text, {"COMPANY": "应诺"})[1].company == "应诺有限公司"
    assert "desk.company: needs the environment variable COMPANY" in refusal(tmp_path, text)


def test_a_secret_in_a_list_is_named_with_its_place(tmp_path: Path) -> None:
    assert "shifts[0].people[0]: needs the environment" in refusal(
        tmp_path, GOOD.replace('people = ["wang"]', 'people = ["${WHO}"]')
    )


OVERRIDE = """
[[contracts.policies]]
id = "F03.respond"
stage = "{stage}"
within = "{within}"
calendar = "{calendar}"
ladder = "{ladder}"
when = {{ kinds = ["{kind}"], categories = ["{category}"] }}
"""


def policy(**changes: str) -> str:
    usual = {
        "stage": "respond",
        "within": "5m",
        "calendar": "always",
        "ladder": "default",
        "kind": "complaint",
        "category": "food.*",
    }
    part = OVERRIDE.format(**(usual | changes))
    return GOOD.replace("\n[[people]]", f"{part}\n[[people]]", 1)


def test_a_contract_may_override(tmp_path: Path) -> None:
    terms = read(tmp_path, policy())[1].of("school1")
    assert next(p.within for p in terms.policies if p.id == "F03.respond") == "5m"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stage": "answering"}, "contracts[0].policies.F03.respond.stage: 'answering' is no stage"),
        ({"within": "5 minutes"}, "contracts[0].policies.F03.respond.within"),
        ({"within": "0m"}, "contracts[0].policies.F03.respond.within"),
        ({"within": ""}, "contracts[0].policies.F03.respond.within: is missing"),
        ({"calendar": "weekdays"}, "policies.F03.respond.calendar: 'weekdays' is no calendar"),
        ({"ladder": "steep"}, "policies.F03.respond.ladder: 'steep' is no ladder"),
        ({"kind": "recall"}, "policies.F03.respond.when.kinds: 'recall' is not in [kinds]"),
        ({"category": "food.sour"}, "when.categories: 'food.sour' is not in [categories]"),
    ],
)
def test_a_mistaken_promise_names_its_key(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tmp_path, policy(**changes))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('default_contract = "school1"', 'default_contract = "school9"', "desk.default_contract: names no"),
        (
            'scheme = "food"',
            'scheme = "toys"',
            "contracts[0].scheme: 'toys' is not known; there are books, food",
        ),
        ('people = ["wang"]', 'people = ["li"]', "shifts[0].people: 'li' is nobody in [[people]]"),
        ('instead = "zhao"', 'instead = "li"', "overrides[0].instead: 'li' is nobody"),
        ('person = "wang"', 'person = "li"', "overrides[0].person: 'li' is nobody"),
        ("08:00:00+08:00\nuntil", "08:00:00\nuntil", "overrides[0].since: has no offset"),
        ('hours = "Mon-Sun=08:00-20:00"', 'hours = "Mon-Sun=8-25"', "shifts[0].hours"),
        ('roles = ["supervisor"]', 'roles = ["boss"]', "people[1].roles[0]"),
        ("company =", "compnay =", "desk"),
        ('name = "王师傅"', "name = 5", "people[0].name"),
        ('id = "school1"', 'id = "school1"\ncolour = "red"', "colour"),
        ("[desk]", "[desk", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_key_and_expectation(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    assert sentence in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_the_same_contract_twice_is_refused(tmp_path: Path) -> None:
    twice = GOOD + '\n[[contracts]]\nid = "school1"\ntitle = "又一个"\nscheme = "food"\n'
    assert "contracts[1].id: 'school1' stands twice" in refusal(tmp_path, twice)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not exist: copy config\.example\.toml"):
        load(tmp_path / "config.toml", {})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "config.toml", {})


OWN = """
name = "toys"
title = "玩具"
prefix = "WJ"
[kinds]
complaint = "投诉"
[categories]
"toy.broken" = { title = "坏了" }
[[policies]]
id = "respond"
stage = "respond"
within = "1h"
[ladders]
default = [{ at = "RUNG", to = ["WHO"] }]
"""


def own(folder: Path, rung: str = "0s", who: str = "supervisor") -> Path:
    schemes = folder / "schemes"
    schemes.mkdir()
    text = OWN.replace("RUNG", rung).replace("WHO", who)
    (schemes / "toys.toml").write_text(text, encoding="utf-8")
    return schemes


def test_ones_own_scheme_stands_beside_those_that_ship(tmp_path: Path) -> None:
    own(tmp_path)
    text = GOOD.replace('scheme = "food"', 'scheme = "toys"')
    terms = read(tmp_path, 'schemes = "schemes"\n' + text)[1].of("school1")
    assert (terms.scheme, terms.prefix) == ("toys", "WJ")


@pytest.mark.parametrize(
    ("rung", "who", "sentence"),
    [
        ("later", "supervisor", "is no rung time: write 80%"),
        ("0s", "boss", "'boss' is nobody: duty, assignee, lead"),
    ],
)
def test_a_mistake_in_a_scheme_names_its_file(tmp_path: Path, rung: str, who: str, sentence: str) -> None:
    schemes = own(tmp_path, rung, who)
    with pytest.raises(ConfigError) as refused:
        read_schemes(schemes)
    assert str(schemes / "toys.toml") in str(refused.value)
    assert sentence in str(refused.value)


def test_a_folder_of_schemes_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        read_schemes(tmp_path / "nowhere")


def test_the_four_shipped_schemes_are_sound() -> None:
    assert set(shipped_schemes()) == {"books", "food", "medical", "survey"}
