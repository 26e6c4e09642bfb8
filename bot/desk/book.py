"""What the desk goes by at the moment: contracts, people, shifts. Replaced whole when a configuration is read anew."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from bot.desk.ports import Tx
from bot.domain.roster import Person, Roster
from bot.domain.scheme import Terms
from bot.domain.words import Role

_CODEC_IN = msgspec.json.Decoder(Terms)
_CODEC_OUT = msgspec.json.Encoder()  # the order in which a scheme lists its categories is kept
_frozen: dict[str, Terms] = {}
_digests: dict[int, tuple[Terms, str, bytes]] = {}


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The current terms of every contract, and the supplier's people."""

    company: str
    terms: dict[str, Terms]
    roster: Roster
    default_contract: str  # where somebody unknown complains: a ticket all the same
    hotline: str = ""
    accounts: dict[str, str] = {}  # by channel, where people are reached by another account than `default`
    second_opinion: str = ""  # the account of the second opinion; "" where there is none

    def of(self, contract: str) -> Terms:
        """The current terms of a contract; those of the default one where it is unknown or not given."""
        return self.terms.get(contract) or self.terms[self.default_contract]

    def person(self, name: str) -> Person | None:
        """A member of staff by id or by name."""
        people = self.roster.people
        return people.get(name) or next((p for p in people.values() if p.name == name), None)

    def person_at(self, channel: str, user: str) -> Person | None:
        """A member of staff by their id on a channel."""
        return next((p for p in self.roster.people.values() if p.reach.get(channel) == user), None)

    def contracts_of(self, person: Person) -> list[str]:
        """The contracts that person has to do with."""
        return [c for c in self.terms if person.serves(c)]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the desk: a transaction, the book, and the time it is taken to be.

    `message` is what somebody said that this turn answers: the evidence of whatever they do by it.
    """

    tx: Tx
    book: Book
    now: datetime
    message: int = 0


def digest(terms: Terms) -> tuple[str, bytes]:
    """The id of a contract version, and its body."""
    body = _CODEC_OUT.encode(terms)
    return hashlib.sha256(body).hexdigest()[:20], body


def freeze(turn: Turn, terms: Terms) -> str:
    """Store the version a ticket is opened under; its id."""
    known = _digests.get(id(terms))
    if known is None:
        known = _digests[id(terms)] = (terms, *digest(terms))  # keeps the terms alive, so the id stays theirs
    _, key, body = known
    turn.tx.state.put_terms(key, body)
    return key


def frozen(turn: Turn, key: str) -> Terms:
    """The terms a ticket was opened under, whatever the contract says today."""
    if key not in _frozen:
        body = turn.tx.state.get_terms(key)
        if body is None:
            raise LookupError(f"the contract version {key} is not in the database: restore it from a backup")
        _frozen[key] = _CODEC_IN.decode(body)
    return _frozen[key]


def supervisors(book: Book, contract: str) -> list[Person]:
    """Who is told of alarms for a contract: its supervisors, else its managers."""
    people = [p for p in book.roster.people.values() if p.serves(contract)]
    chosen = [p for p in people if p.may(Role.SUPERVISOR)]
    return chosen or [p for p in people if p.may(Role.MANAGER)]
