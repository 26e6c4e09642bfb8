"""学词: a supervisor adds a word to a category, sees what it would have changed, and then lets it count.

After a 改类 the supervisor is told how to teach the bot what it did not know.
"""

from __future__ import annotations

from datetime import timedelta

from bot.desk import correct
from bot.desk.book import frozen
from bot.desk.life import Refusal
from bot.desk.masking import masked
from bot.desk.records import TaughtWord
from bot.desk.wording import brief, category_title
from bot.domain.ticket import Ticket
from bot.handlers.call import Answer, Call, Run
from bot.handlers.commands import CHIEFS
from bot.intake import Intake
from bot.intake.learn import Change, objection, trial
from bot.texts import say

_MONTH = timedelta(days=31)
_SHOWN = 5
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
    if problem := objection(word, category):
        raise Refusal(problem)
    texts = call.turn.tx.messages.texts_since(call.turn.now - _MONTH)
    changed = trial(word, category, texts, intake)
    call.turn.tx.state.put_word(TaughtWord(word=word, category=category, by=call.asker.id, at=call.turn.now))
    mine = set(call.turn.book.contracts_of(call.asker)) == set(call.turn.book.terms)
    samples = [_sample(change) for change in changed[:_SHOWN]] if mine else []  # others' customers' words
    head = say(
        "teach.trial",
        word=word,
        category=category_title(terms, category),
        count=len(changed),
        total=len(texts),
        fresh=sum(change.new_ticket for change in changed),
    )
    return Answer(text="\n".join([head, *samples, say("teach.confirm", word=word)]))


def _sample(change: Change) -> str:
    words = brief(masked(change.text), 40)
    return say("teach.sample", words=words, before=change.before, after=change.after)


def _confirm(call: Call, word: str) -> Answer:
    taught = next((w for w in call.turn.tx.state.words() if w.word == word), None)
    if taught is None:
        raise Refusal(say("refuse.teach_first", word=word))
    active = TaughtWord(word=word, category=taught.category, by=call.asker.id, at=call.turn.now, active=True)
    call.turn.tx.state.put_word(active)
    return Answer(text=say("teach.done", word=word))


def hint(intake: Intake, call: Call, ticket: Ticket) -> str:
    """Tell somebody who may teach words which words of a misread ticket could be taught; "" for all others."""
    words = intake.teachable(ticket.summary) if call.asker.may(*CHIEFS) else []
    if not words:
        return ""
    title = category_title(frozen(call.turn, ticket.terms), ticket.category)
    return say("teach.hint", words="、".join(words), word=words[0], category=title)
