"""Learning from people: examples, a retraining that may be refused, and a word on trial."""

from pathlib import Path

import pytest

from bot.intake import Intake, corpus, learn, model, train
from bot.intake.learn import Correction, Material

_GOOD = ["谢谢师傅", "很好", "书很新", "送得快", "都满意", "好的", "收到", "辛苦了"]
_BAD = ["书破了", "没人接电话", "菜烂了", "怎么还没到", "机器坏了", "少了两本", "发票开错", "肉馊了"]


def _examples(marks):
    return [
        corpus.Example(f"{text}{mark}", (code,))
        for code, texts in (("praise", _GOOD), ("other.complaint", _BAD))
        for text in texts
        for mark in marks
    ]


@pytest.fixture(scope="module")
def material():
    lessons = _examples(("", "！", "呀", "哦"))
    return Material(lessons, _examples("啊"), train.train(lessons))


def test_a_false_alarm_becomes_an_example_that_is_no_complaint():
    made = learn.example(Correction(text="书到了没", verdict="false_alarm", code="follow_up"))
    assert (made.complaint, made.codes) == (False, ("follow_up",))


@pytest.mark.parametrize(
    ("verdict", "code"), [("recategorised", "book.nothing"), ("false_alarm", "book.print")]
)
def test_a_correction_that_makes_no_sense_is_refused(verdict, code):
    with pytest.raises(ValueError, match=code):
        learn.example(Correction(text="书", verdict=verdict, code=code))


def test_the_last_word_on_a_text_counts():
    first = Correction(text="窜墨", verdict="recategorised", code="book.dirty")
    second = Correction(text="窜墨", verdict="recategorised", code="book.print")
    assert learn.latest([first, second]) == [second]


def test_retraining_learns_what_it_was_taught_and_says_before_and_after(material):
    taught = [Correction(text="封面窜墨窜得厉害", verdict="recategorised", code="other.complaint")]
    outcome = learn.retrain(taught, material)
    assert (outcome.accepted, outcome.learned, outcome.taught) == (True, 1, 1)
    assert outcome.after.f1 >= outcome.before.f1
    assert model.load(outcome.model).voice.outputs[0] == "complaint"


def test_retraining_refuses_to_get_worse(material):
    lies = [
        Correction(text=item.text, verdict="false_alarm", code="praise")
        for item in material.lessons
        if item.complaint
    ]
    outcome = learn.retrain(lies, material)
    assert not outcome.accepted
    assert outcome.reasons
    assert outcome.model == b""


def test_only_an_accepted_model_is_written(material, tmp_path):
    outcome = learn.retrain([], material)
    path = tmp_path / "model.bin"
    learn.adopt(outcome, path)
    assert Intake(trained=model.load(path.read_bytes())).understand("书破了").complaint
    refused = learn.Outcome(
        accepted=False, before=outcome.before, after=outcome.after, learned=0, taught=0, reasons=("变差了",)
    )
    with pytest.raises(ValueError, match="变差了"):
        learn.adopt(refused, path)


def test_training_twice_gives_the_same_model(material):
    again = train.train(material.lessons)
    assert model.dump(again) == model.dump(material.before)


def test_a_word_on_trial_shows_what_would_change_and_nothing_else(intake):
    past = ["这批本子窜墨了", "书到了，谢谢", "窜墨是什么意思"]
    changes = learn.trial("窜墨", "book.print", past, intake)
    assert [change.text for change in changes if change.new_ticket or change.after == "印刷"]
    assert all("窜墨" in change.text for change in changes)
    assert all(change.before != change.after for change in changes)


@pytest.mark.parametrize(
    ("word", "code", "says"),
    [
        ("破", "book.damaged", "太短了，请用2到12个字"),
        ("窜墨", "book.nothing", "is no category"),
        ("2026", "book.print", "里没有字"),
        ("【】", "book.print", "里没有字"),
    ],
)
def test_a_word_that_cannot_be_taught_is_refused_with_the_reason(intake, word, code, says):
    with pytest.raises(ValueError, match=says):
        learn.trial(word, code, ["书"], intake)


def test_words_worth_teaching_are_the_uncommon_ones(tmp_path):
    suggested = Intake(cache_dir=tmp_path).teachable("这批作业本返潮，三十本都起皮，我们不满意")
    assert suggested == ["返潮", "起皮"]
    assert Intake(cache_dir=tmp_path).teachable("王桂芬老師說教輔返潮了，寄到峄城区") == ["返潮"]


def test_without_a_place_for_its_cache_jieba_still_knows_the_words():
    assert Intake(cache_dir=Path("/proc/nowhere")).teachable("作业本返潮") == ["返潮"]
