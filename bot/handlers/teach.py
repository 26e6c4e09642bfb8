"""学词: a supervisor adds a word to a category, sees what it would have changed, and then lets it count.

After a 改类 the supervisor is told how to teach the bot what it did not know.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from bot.desk import correct
from bot.desk.book import frozen
from bot.desk.life import Refusal
from bot.desk.masking import masked
from bot.desk.records import TaughtWord
from bot.desk.wording import brief, category_title
from bot.domain.scheme import Terms
from bot.domain.ticket import Ticket
from bot.domain.words import CHIEFS
from bot.handlers.call import Answer, Call, Run
from bot.intake import Context, Intake
from bot.intake.learn import Change, objection, trial
from bot.intake.model import titles
from bot.intake.normalise import normalise
from bot.texts import say

_MONTH = timedelta(days=31)
_SHOWN = 5
_CONFIRM = {"确认", "确定", "ok", "OK"}


def teach(intake: Intake) -> Run:
    """学词 词 类别: trial; 学词 确认 词: it counts."""

    def run(call: Call) -> Answer:
        first, _, second = call.command.words.partition(" ")
        if first in _CONFIRM:
            return _confirm(call, normalise(second.strip()).text)
        if not first or not second.strip() or len(first) > 20:
            raise Refusal(say("refuse.teach"))
        return _propose(intake, call, normalise(first).text, second.strip())

    return run


def _propose(intake: Intake, call: Call, word: str, title: str) -> Answer:
    terms, category = _category(call, title)
    if problem := objection(word):
        raise Refusal(problem)
    if category not in titles():
        raise Refusal(say("refuse.teach_own", category=category_title(terms, category)))
    before = dict(_active(call)).get(word, "")
    if before == category:
        return Answer(text=say("teach.known", word=word, category=category_title(terms, category)))
    lines = _trial(intake, call, word, (terms, category))
    if before:
        lines.append(say("teach.paused", word=word, category=titles().get(before, before)))
    call.turn.tx.state.put_word(TaughtWord(word=word, category=category, by=call.asker.id, at=call.turn.now))
    return Answer(text="\n".join([*lines, say("teach.confirm", word=word)]))


def _category(call: Call, words: str) -> tuple[Terms, str]:
    """Look a category up in the terms of every contract the asker has to do with, the default contract's first."""
    book = call.turn.book
    for contract in ("", *book.contracts_of(call.asker)):
        with suppress(Refusal):
            return book.of(contract), correct.find_category(book.of(contract), words)
    return book.of(""), correct.find_category(book.of(""), words)


def _active(call: Call) -> list[tuple[str, str]]:
    return [(taught.word, taught.category) for taught in call.turn.tx.state.words() if taught.active]


def _trial(intake: Intake, call: Call, word: str, place: tuple[Terms, str]) -> list[str]:
    terms, category = place
    texts = call.turn.tx.messages.texts_since(call.turn.now - _MONTH)
    others = tuple(pair for pair in _active(call) if pair[0] != word)
    changed = trial(word, category, texts, intake, Context(trade=terms.scheme, extra_words=others))
    mine = set(call.turn.book.contracts_of(call.asker)) == set(call.turn.book.terms)
    samples = [_sample(change) for change in changed[:_SHOWN]] if mine else []  # others' customers' words
    head = say(
        "teach.trial" if changed else "teach.no_change",
        word=word,
        category=category_title(terms, category),
        count=len(changed),
        total=len(texts),
        fresh=sum(change.new_ticket for change in changed),
    )
    return [head, *samples]


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
    terms = frozen(call.turn, ticket.terms)
    if not call.asker.may(*CHIEFS) or ticket.category not in titles() or _knows(intake, call, ticket):
        return ""
    words = [word for word in intake.teachable(ticket.summary) if not objection(word)]
    if not words:
        return ""
    return say(
        "teach.hint", words="、".join(words), word=words[0], category=category_title(terms, ticket.category)
    )


def _knows(intake: Intake, call: Call, ticket: Ticket) -> bool:
    """Whether the bot would say today what the supervisor says."""
    trade = frozen(call.turn, ticket.terms).scheme
    meaning = intake.understand(ticket.summary, Context(trade=trade, extra_words=tuple(_active(call))))
    return meaning.complaint and meaning.categories[0].code == ticket.category
