"""One-time codes: they bind a chat to a contract, and a person's several channels to one requester.

A caller id or a phone number alone proves nothing: the code must be read where its owner already is.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from msgspec.structs import replace

from bot.desk.book import Turn
from bot.desk.life import Refusal
from bot.desk.notices import Audience, Notice, tell
from bot.desk.records import BindCode, Chat, Requester
from bot.domain.messages import Purpose
from bot.handlers.call import Answer, Call
from bot.texts import say

_CHAT_CODE = timedelta(hours=24)
_PERSON_CODE = timedelta(minutes=30)
_TRIES = 5  # wrong codes an hour, per conversation
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}", re.ASCII)


def code_hash(plain: str) -> str:
    """What of a code is stored."""
    return hashlib.sha256(plain.strip().upper().encode()).hexdigest()


def code(call: Call) -> Answer:
    """绑定码 合同 [员工群]: a one-time code that binds a chat to a contract."""
    title, _, role = call.command.words.partition(" ")
    book = call.turn.book
    mine = book.contracts_of(call.asker)
    terms = next((t for t in book.terms.values() if title in {t.contract, t.contract_title}), None)
    if terms is None or terms.contract not in mine:
        raise Refusal(say("refuse.no_contract", known="、".join(book.of(c).contract_title for c in mine)))
    kind: BindCode = BindCode(
        hash="",
        purpose="chat",
        contract=terms.contract,
        role="staff" if role.strip() in {"员工群", "staff"} else "customer",
        expires_at=call.turn.now + _CHAT_CODE,
    )
    return Answer(text=say("done.code", code=_issue(call.turn, kind), contract=terms.contract_title))


def _issue(turn: Turn, kind: BindCode) -> str:
    plain = secrets.token_hex(4).upper()
    turn.tx.people.add_code(replace(kind, hash=code_hash(plain)))
    return plain


def link(call: Call) -> Answer:
    """关联 [phone]: the same person on another channel.

    Without a number the code is shown here, to be typed on the other channel; with a number it goes to where the
    person of that number is known already, to be typed here.
    """
    if call.incoming.group:
        raise Refusal(say("refuse.private_only"))
    if not call.command.words:
        return Answer(text=say("done.link", code=_issue(call.turn, _for(call.turn, call.speaker))))
    if not _PHONE.fullmatch(call.command.words):
        raise Refusal(say("refuse.phone"))
    _spend_try(call)
    for known in call.turn.tx.people.by_phone(call.command.words):
        if known.id != call.speaker.id:
            _send_code(call, known)
    return Answer(
        text=say("done.link_sent")
    )  # the same whether known or not: numbers are not to be fished for


def _for(turn: Turn, requester: Requester) -> BindCode:
    return BindCode(
        hash="",
        purpose="identity",
        contract=requester.contract,
        requester=requester.id,
        expires_at=turn.now + _PERSON_CODE,
    )


def _send_code(call: Call, known: Requester) -> None:
    turn = call.turn
    found = (i.address for i in turn.tx.people.identities(known.id))
    routes = tuple(a for a in found if a.user and a.user == a.chat)  # in a group anybody could read it
    if not routes:
        return
    plain = _issue(turn, _for(turn, known))
    audience = Audience(recipient=f"requester:{known.id}", routes=routes)
    text = say("customer.link_code", code=plain)
    tell(turn, audience, Notice(key=f"link:{call.message.id}:{known.id}", purpose=Purpose.REPLY, text=text))


def join(call: Call) -> Answer:
    """绑定 + code: this chat belongs to a contract, or its writer is somebody known, from now on."""
    _spend_try(call)
    found = call.turn.tx.people.use_code(code_hash(call.command.words), call.turn.now)
    if found is None:
        raise Refusal(say("refuse.code"))
    if found.purpose == "identity":
        return _same_person(call, found)
    if found.role != "customer" and call.person is None:
        raise Refusal(say("refuse.staff_code"))
    people, address = call.turn.tx.people, call.incoming.address
    people.put_chat(Chat(address=address, role=found.role, contract=found.contract, last_in_at=call.turn.now))
    if call.requester and not call.incoming.group:
        people.save(replace(call.requester, contract=found.contract))
    return Answer(text=say("done.join", contract=call.turn.book.of(found.contract).contract_title))


def _same_person(call: Call, found: BindCode) -> Answer:
    if call.speaker.id != found.requester:
        call.turn.tx.people.merge(call.speaker.id, found.requester)
    return Answer(text=say("done.linked"))


def _spend_try(call: Call) -> None:
    """A few wrong codes an hour, no more: codes are short."""
    key = f"code-tries:{call.incoming.address.key}:{call.turn.now:%Y%m%d%H}"
    tries = int(call.turn.tx.state.load(key) or 0) + 1
    call.turn.tx.state.save(key, str(tries))
    if tries > _TRIES:
        raise Refusal(say("refuse.too_many_tries"))
