"""学词: a supervisor adds a word to a category, sees what it would have changed, and then lets it count."""

from __future__ import annotations

from datetime import timedelta

from bot.desk import correct
from bot.desk.life import Refusal
from bot.desk.masking import masked
from bot.desk.records import TaughtWord
from bot.desk.wording import brief, category_title
from bot.handlers.call import Answer, Call, Run
from bot.intake import Context, Intake
from bot.texts import say

_MONTH = timedelta(days=31)
_CONFIRM = {"确认", "确定", "ok", "OK"}


def teach(intake: Intake) -> Run:
    """学词 词 类别: trial; 学词 确认 词: it counts."""

    def run(call: Call) -> Answer:
        first, _, second = call.command.words.partition(" ")
        if first in _CONFIRM:
            return _confirm(call, second.strip())
        if not first or not second.strip() or len(first) > 20:
            raise Refusal(say("refuse.teach"))
        return _trial(intake, call, first, second.strip())

    return run


def _trial(intake: Intake, call: Call, word: str, title: str) -> Answer:
    terms = call.turn.book.of("")
    category = correct.find_category(terms, title)
    texts = call.turn.tx.messages.texts_since(call.turn.now - _MONTH)
    changed = [t for t in texts if word in t and _changes(intake, t, (word, category))]
    call.turn.tx.state.put_word(TaughtWord(word=word, category=category, by=call.asker.id, at=call.turn.now))
    mine = set(call.turn.book.contracts_of(call.asker)) == set(call.turn.book.terms)
    samples = [f"· {brief(masked(t), 40)}" for t in changed[:5]] if mine else []  # others' customers' words
    head = say(
        "teach.trial",
        word=word,
        category=category_title(terms, category),
        count=len(changed),
        total=len(texts),
    )
    return Answer(text="\n".join([head, *samples, say("teach.confirm", word=word)]))


def _changes(intake: Intake, text: str, taught: tuple[str, str]) -> bool:
    before = intake.understand(text, Context())
    after = intake.understand(text, Context(extra_words=(taught,)))
    return [c.code for c in before.categories[:1]] != [c.code for c in after.categories[:1]] or (
        before.complaint != after.complaint
    )


def _confirm(call: Call, word: str) -> Answer:
    taught = next((w for w in call.turn.tx.state.words() if w.word == word), None)
    if taught is None:
        raise Refusal(say("refuse.teach_first", word=word))
    active = TaughtWord(word=word, category=taught.category, by=call.asker.id, at=call.turn.now, active=True)
    call.turn.tx.state.put_word(active)
    return Answer(text=say("teach.done", word=word))
