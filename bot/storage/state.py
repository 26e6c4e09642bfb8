"""Cursors, tokens, leases, nonces, frozen contract versions, taught words, examples."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import ClauseElement, bindparam, delete, or_, select

from bot.desk.records import Example, TaughtWord
from bot.storage.mapping import Mapping
from bot.storage.session import Session
from bot.storage.statements import Statement, insert
from bot.storage.tables import examples, leases, nonces, settings, terms, words

EXAMPLES = Mapping(Example, examples)
WORDS = Mapping(TaughtWord, words)


def _put(dialect: str) -> ClauseElement:
    fresh = insert(dialect, settings)
    return fresh.on_conflict_do_update(index_elements=["key"], set_={"value": fresh.excluded.value})


def _take_lease(dialect: str) -> ClauseElement:
    fresh = insert(dialect, leases)
    free = or_(leases.c.holder == fresh.excluded.holder, leases.c.until <= bindparam("now"))
    change = {"holder": fresh.excluded.holder, "until": fresh.excluded.until}
    return fresh.on_conflict_do_update(index_elements=["key"], set_=change, where=free)


def _see(dialect: str) -> ClauseElement:
    fresh = insert(dialect, nonces)
    lapsed = nonces.c.until <= bindparam("now")
    return fresh.on_conflict_do_update(
        index_elements=["key"], set_={"until": fresh.excluded.until}, where=lapsed
    )


_LOAD = Statement(select(settings.c.value).where(settings.c.key == bindparam("named")), "named")
_SAVE = Statement(_put, "key", "value")
_DELETE = Statement(delete(settings).where(settings.c.key == bindparam("named")), "named")
_LEASE = Statement(_take_lease, "key", "holder", "until", "now")
_RELEASE = Statement(
    delete(leases).where(leases.c.key == bindparam("named"), leases.c.holder == bindparam("of")),
    "named",
    "of",
)
_FREE = Statement(delete(leases))
_SEE = Statement(_see, "key", "until", "now")
_FORGET = Statement(delete(nonces).where(nonces.c.until <= bindparam("now")), "now")
_PUT_TERMS = Statement(
    lambda dialect: insert(dialect, terms).on_conflict_do_nothing(index_elements=["digest"]), "digest", "body"
)
_TERMS = Statement(select(terms.c.body).where(terms.c.digest == bindparam("named")), "named")
_ADD_EXAMPLE = EXAMPLES.insert()
_EXAMPLES = Statement(select(*EXAMPLES.columns).order_by(examples.c.id))
_PUT_WORD = WORDS.upsert("word", "category")
_WORDS = Statement(select(*WORDS.columns).order_by(words.c.at, words.c.word, words.c.category))


class SqlState:
    """`StateRepo` over SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def load(self, key: str) -> str | None:
        """What was saved under that key."""
        value: str | None = self._session.value(_LOAD, key)
        return value

    def save(self, key: str, value: str) -> None:
        """Keep it under that key."""
        self._session.run(_SAVE, key, value)

    def delete(self, key: str) -> None:
        """Forget it."""
        self._session.run(_DELETE, key)

    def lease(self, key: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or extend the lease; False while somebody else holds it."""
        return self._session.run(_LEASE, key, holder, until, now) == 1

    def release(self, key: str, holder: str) -> None:
        """Give it back, if it is the holder's."""
        self._session.run(_RELEASE, key, holder)

    def free_leases(self) -> None:
        """Give back every lease, whoever holds it."""
        self._session.run(_FREE)

    def first_seen(self, key: str, now: datetime, until: datetime) -> bool:
        """True once per key until then; what has lapsed is swept out on the way."""
        self._session.run(_FORGET, now)
        return self._session.run(_SEE, key, until, now) == 1

    def put_terms(self, terms: str, body: bytes) -> None:
        """Store a frozen contract version under its digest; storing it again changes nothing."""
        if terms not in self._session.memo:
            self._session.run(_PUT_TERMS, terms, body)
            self._session.memo[terms] = body

    def get_terms(self, terms: str) -> bytes | None:
        """By digest."""
        body = self._session.value(_TERMS, terms)
        return body if body is None else bytes(body)

    def add_example(self, example: Example) -> None:
        """Store what a human said a text really is."""
        example = msgspec.structs.replace(example, id=self._session.ids.take("examples"))
        self._session.put(_ADD_EXAMPLE, example)

    def examples(self) -> list[Example]:
        """All of them, oldest first."""
        return self._session.items(EXAMPLES, _EXAMPLES)

    def put_word(self, word: TaughtWord) -> None:
        """Store it, or replace what was known of it."""
        self._session.put(_PUT_WORD, word)
        self._session.memo.pop("words", None)

    def words(self) -> list[TaughtWord]:
        """All of them, oldest first."""
        if "words" not in self._session.memo:
            self._session.memo["words"] = self._session.items(WORDS, _WORDS)
        return list(self._session.memo["words"])
