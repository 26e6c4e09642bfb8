"""The JSON lines of `deadlines`: other systems' published cases, our own, and every kind of bad line."""

import io
import json
import random
import time
from pathlib import Path

import pytest

from bot.cli.deadline_questions import _OPERATIONS, answer_line, run
from bot.cli.question_keys import KEYS, MAX_LINE
from bot.domain.calendar import CalendarText

VECTORS = Path(__file__).parents[1] / "vectors" / "deadline_questions.jsonl"
CASES = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
GOOD = [case for case in CASES if "expect" in case]
BAD = [case for case in CASES if "expect_error" in case]
QUESTION = {
    "id": "q",
    "op": "deadline",
    "tz": "Asia/Shanghai",
    "hours": "Mon-Fri=09:00-17:00",
    "start": "2026-03-02T09:00:00+08:00",
    "target_seconds": 600,
}
ANSWER = {"id": "q", "answer": "2026-03-02T09:10:00+08:00"}


def ask(**changes):
    return json.loads(answer_line(json.dumps(QUESTION | changes)))


def test_there_are_enough_cases_and_every_id_is_one():
    assert len(GOOD) >= 150
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_answer(case):
    reply = json.loads(answer_line(json.dumps(case)))

    assert reply == {"id": case["id"], "answer": case["expect"]}
    assert type(reply["answer"]) is type(case["expect"])


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["id"])
def test_bad_question_names_the_key_and_says_why(case):
    reply = json.loads(answer_line(json.dumps(case)))

    assert reply.keys() == {"id", "error"}
    assert reply["id"] == case["id"]
    key, _, why = reply["error"].partition(": ")
    assert key == case["expect_error"]
    assert len(why.split()) >= 4


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        ("", None),
        ("   ", None),
        ("not json", None),
        ("null", None),
        ("17", None),
        ('"text"', None),
        ("[]", None),
        ('[{"id":"x"}]', "x"),
        ('{"id":"cut off","op":"deadline","start', "cut off"),
        ('{"id":7, broken', 7),
        ('{"id":"twice","op":"deadline","op":"elapsed"}', "twice"),
        ("{" * 100_000, None),
        ("[" * 100_000, None),
        ('{"id":"deep","x":' + "[" * 100_000, "deep"),
        ('{"id":"digits","target_seconds":' + "9" * 5000 + "}", "digits"),
        ('{"id":"long","x":"' + "x" * MAX_LINE + '"}', "long"),
        ('{"id":"\udcff\udcfe"}', "\udcff\udcfe"),
        ("\x00\x01\x02", None),
        ('{"id":1e400 oops', None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bad_line(line, identity):
    reply = json.loads(answer_line(line))

    assert reply.keys() == {"id", "error"}
    assert reply["error"].startswith(("line: ", "op: "))
    assert reply["id"] == identity


@pytest.mark.parametrize(
    "identity", ["q", "投诉-1", 7, 0, -1, 10**30, 1.5, None, True, [1], {"a": "b"}, "", "a\nb"]
)
def test_the_id_comes_back_as_it_was(identity):
    assert ask(id=identity) == {**ANSWER, "id": identity}


@pytest.mark.parametrize("identity", ["\u2028", "\x85", "\ud800", "\x00"])
def test_an_id_never_breaks_the_line(identity):
    reply = answer_line(json.dumps(QUESTION | {"id": identity}))

    assert reply.isascii()
    assert json.loads(reply)["id"] == identity


def test_an_id_that_is_no_json_is_left_out():
    assert json.loads(answer_line('{"id":NaN,"op":"x"}'))["id"] is None


def test_without_an_id_the_answer_has_none():
    question = {key: value for key, value in QUESTION.items() if key != "id"}
    assert json.loads(answer_line(json.dumps(question))) == {**ANSWER, "id": None}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_an_error_with_its_id(number):
    line = json.dumps(QUESTION).replace("600", number)
    assert json.loads(answer_line(line)) == {
        "id": "q",
        "error": "target_seconds: must be a whole number, not a number that is not finite",
    }


def test_a_whole_number_may_be_written_as_a_float():
    assert ask(target_seconds=600.0) == ANSWER


def test_null_and_empty_text_mean_none():
    assert ask(holidays=None, extra_workdays="", pauses="", target_workdays=None) == ANSWER


def test_keys_that_are_not_ours_are_left_alone():
    assert ask(source="bid 3", expect="?", note="x", 甲方="某学校") == ANSWER


@pytest.mark.parametrize("change", [{"holidays": "2026-03-02;"}, {"holidays": " 2026-03-02 ; "}])
def test_blanks_between_days_do_not_matter(change):
    assert ask(**change)["answer"] == "2026-03-03T09:10:00+08:00"


@pytest.mark.parametrize(
    "hours", ["mon-fri=9:00-17:00", "Mon - Fri = 09:00 - 17:00", "Mon,Tue-Fri=09:00-17:00;Sat=closed"]
)
def test_hours_may_be_written_loosely(hours):
    assert ask(hours=hours) == ANSWER


def test_a_range_of_weekdays_may_run_over_sunday():
    assert (
        ask(hours="Sat-Mon=09:00-17:00", start="2026-03-07T16:55:00+08:00")["answer"]
        == "2026-03-08T09:05:00+08:00"
    )


@pytest.mark.parametrize(
    "start", ["2026-03-02t09:00:00+08:00", "2026-03-02 09:00+08:00", "2026-03-02T01:00:00Z", "2026-03-02T01z"]
)
def test_forms_of_iso_8601(start):
    assert ask(start=start) == ANSWER


def stream(data: bytes) -> list[dict]:
    out = io.BytesIO()
    run(io.BytesIO(data), out)
    assert out.getvalue().endswith(b"\n")
    return [json.loads(line) for line in out.getvalue().decode().split("\n")[:-1]]


def test_one_answer_a_line_in_order_whatever_the_lines_are():
    good = json.dumps(QUESTION).encode()
    lines = [good, b"\xff\xfe", b"", b"{", b"\xef\xbb\xbf" + good, good + b"\r", b"x" * (3 * MAX_LINE), good]

    replies = stream(b"\n".join(lines))

    assert [reply.get("answer") for reply in replies] == [
        ANSWER["answer"], None, None, None, ANSWER["answer"], ANSWER["answer"], None, ANSWER["answer"],
    ]  # fmt: skip
    assert replies[1]["error"] == "line: is not UTF-8; write the file in UTF-8"
    assert replies[2]["error"] == "line: is not JSON: it is empty"
    assert replies[6]["error"] == f"line: has more than {MAX_LINE} characters; ask fewer things at once"


def test_an_overlong_line_of_wide_characters_is_refused_too():
    replies = stream("好".encode() * MAX_LINE + b"\n" + json.dumps(QUESTION).encode() + b"\n")
    assert [("answer" in reply) for reply in replies] == [False, True]
    assert "has more than" in replies[0]["error"]


def test_nothing_in_nothing_out():
    out = io.StringIO()
    run(io.StringIO(""), out)
    assert out.getvalue() == ""


def test_text_streams_work_as_well():
    out = io.StringIO()
    run(io.StringIO(json.dumps(QUESTION | {"id": "投诉"}) + "\n"), out)
    assert out.getvalue() == '{"id": "投诉", "answer": "2026-03-02T09:10:00+08:00"}\n'


def test_chinese_passes_through_streams_of_any_locale():
    raw = io.BytesIO()
    source = io.TextIOWrapper(
        io.BytesIO(json.dumps(QUESTION | {"id": "投诉"}, ensure_ascii=False).encode()), "ascii"
    )
    sink = io.TextIOWrapper(raw, "ascii")
    run(source, sink)
    assert json.loads(raw.getvalue().decode())["id"] == "投诉"


def test_an_answer_goes_out_before_the_next_question_comes():
    class Asker(io.StringIO):
        def readline(self, limit=-1):
            seen.append(out.getvalue().count("\n"))
            return super().readline(limit)

    seen: list[int] = []
    out = io.StringIO()
    run(Asker((json.dumps(QUESTION) + "\n") * 3), out)
    assert seen == [0, 1, 2, 3]


JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    10**18,
    "",
    "x",
    "2026-03-02T09:00:00+08:00",
    "Mon=09:00-17:00",
    [],
    {},
    "\x00",
    "=" * 99,
]


def test_no_mutation_of_a_question_escapes_as_anything_but_an_answer_or_an_error():
    chance = random.Random(20260302)
    for case in (chance.choice(CASES) for _ in range(3000)):
        question = dict(case)
        for key in chance.sample(sorted(question), chance.randint(1, 3)):
            question[key] = chance.choice(JUNK)
        line = json.dumps(question)
        if chance.random() < 0.3:
            at = chance.randrange(len(line))
            line = line[:at] + chance.choice('{}[]",:;=-\\0é') + line[at + 1 :]

        reply = json.loads(answer_line(line))

        assert reply.keys() in ({"id", "answer"}, {"id", "error"}), line


def test_no_question_takes_long():
    worst = {"closed-every-day", "too-many-hours", "too-many-workdays", "far-end", "absurd-always"}
    for case in (case for case in BAD if case["id"].removeprefix("bad-") in worst):
        began = time.process_time()
        answer_line(json.dumps(case))
        assert time.process_time() - began < 1.0, case["id"]


def test_the_reference_shows_what_is_answered():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "calendars.md").read_text(encoding="utf-8")
    lines = page.split("```jsonl\n")[1].split("```")[0].splitlines()

    assert {json.loads(line)["op"] for line in lines[::2]} == set(_OPERATIONS)
    assert [answer_line(line) for line in lines[::2]] == lines[1::2]


@pytest.mark.parametrize("key", [*CalendarText.__struct_fields__, *KEYS])
def test_the_reference_knows_every_key(key):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "calendars.md").read_text(encoding="utf-8")
    assert f"`{key}`" in page
