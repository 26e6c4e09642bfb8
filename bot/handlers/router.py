"""Who speaks, in which capacity, and what is done about it: one inbox row, one transaction."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from bot.desk.attachments import arrived, ask_for
from bot.desk.book import Book, Turn
from bot.desk.delivery import refused
from bot.desk.life import Refusal
from bot.desk.log import Entry, record
from bot.desk.notices import Notice, here, tell
from bot.desk.opinion import hear_opinion
from bot.desk.receive import Said, quoted_ticket, receive
from bot.desk.records import Chat, Identity, InboxRow, Message, Requester
from bot.domain.clocks import length
from bot.domain.messages import Address, Incoming, Purpose
from bot.domain.roster import Person
from bot.domain.scheme import Terms
from bot.domain.ticket import Ticket
from bot.domain.words import STAFF_ROLES, EventType, Role
from bot.handlers.call import Answer, Call
from bot.handlers.commands import BY_NAME, Command, from_button, parse, unknown_slash
from bot.handlers.customer import says_more, triage_choice
from bot.handlers.passed_on import meant, offer, wants_ticket
from bot.handlers.registry import runs
from bot.intake import Context, Intake, OpenTicket
from bot.texts import say

MAX_TEXT = 100_000
_WECOM = ("wecom_kf", "wecom_aibot", "wecom_app", "wecom_robot")
_CUSTOMER_COMMANDS = (Role.REQUESTER,)


class Router:
    """Turns inbox rows into use cases. Built once; holds nothing but intake and the table of commands."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._runs = runs(intake)

    def handle(self, turn: Turn, row: InboxRow) -> None:
        """Work off one row. Raises only where something is broken, never for what somebody wrote."""
        incoming = clipped(row.incoming)
        match incoming.kind:
            case "migrated":
                turn.tx.people.move_chat(
                    incoming.address, replace(incoming.address, chat=incoming.data["to"])
                )
            case "send_failed":
                self._send_failed(turn, incoming)
            case "left":
                pass
            case "welcome":
                self._welcome(turn, incoming)
            case "fetched":
                arrived(turn, incoming.address.chat, incoming.media)
            case "opinion":
                hear_opinion(turn, incoming.address.chat, incoming.data.get("category", ""), incoming.text)
            case _:
                self._said(turn, incoming)

    def _send_failed(self, turn: Turn, incoming: Incoming) -> None:
        """The provider took it and failed later: the next route, or a call."""
        row = turn.tx.outbox.by_ref(incoming.address.channel, incoming.data.get("ref", ""))
        if row and row.state == "sent":
            refused(turn, row, incoming.data.get("why", "the provider reported a late failure"))

    def _welcome(self, turn: Turn, incoming: Incoming) -> None:
        """Somebody opened the conversation: bound to the contract of their entry, and greeted unless they were."""
        if _colleague(turn.book, incoming):
            return
        contract = _scene_contract(turn.book, incoming)
        requester = _came_by(turn, incoming, _requester(turn, incoming, contract), contract)
        if incoming.data.get("greeted"):
            return
        text = say(
            "customer.welcome", company=turn.book.of(requester.contract).contract_title or turn.book.company
        )
        notice = Notice(
            key=f"welcome:{incoming.address.key}:{incoming.provider_id}",
            purpose=Purpose.REPLY,
            text=text,
            reply_token=incoming.reply_token,
        )
        tell(turn, here(incoming.address, f"requester:{requester.id}"), notice)

    def _said(self, turn: Turn, incoming: Incoming) -> None:
        if incoming.data.get("by") == "staff":
            self._our_own_words(turn, incoming)
            return
        chat = _touch_chat(turn, incoming)
        person = turn.book.person_at(incoming.address.channel, incoming.sender)
        if person and not (chat and chat.role == "customer" and incoming.group):
            self._staff(turn, incoming, person)
        elif person and chat:
            self._staff_among_customers(turn, incoming, person)
        elif chat and chat.role != "customer":
            self._stranger(turn, incoming)
        else:
            self._customer(turn, incoming, chat)

    def _staff(self, turn: Turn, incoming: Incoming, person: Person) -> None:
        message = _stored(turn, incoming, person.id)
        command = _command(incoming, person.roles)
        turn = replace(turn, message=message.id)
        call = Call(
            turn=turn,
            command=command or Command(name="help"),
            incoming=incoming,
            message=message,
            person=person,
        )
        about = meant(turn, incoming)
        if command is None and wants_ticket(incoming, about):
            command = Command(name="enter", words=incoming.text)
        if command is not None:
            self._run(replace(call, command=command, quoted=about))
        elif incoming.quoted_text and not incoming.quoted_id and about:
            self._answer(call, Answer(text=say("refuse.quoted_notice", number=about.number)))
        elif incoming.button or unknown_slash(incoming.text):
            self._answer(call, Answer(text=_not_for_them(incoming)))
        elif not incoming.group:
            offered = offer(turn, self._intake, person, message)
            self._answer(call, offered or Answer(text=_not_for_them(incoming)))

    def _our_own_words(self, turn: Turn, incoming: Incoming) -> None:
        """The provider itself says that staff wrote it (a human seat of 微信客服, a bridged group).

        It opens no ticket and no reply window; it is an answer where the writer is one of our people.
        """
        person = _colleague(turn.book, incoming)
        if person:
            self._staff_among_customers(turn, incoming, person)
        else:
            _stored(turn, incoming, f"staff:{incoming.sender}")

    def _staff_among_customers(self, turn: Turn, incoming: Incoming, person: Person) -> None:
        """Staff's own words in a customers' group are answers, not complaints."""
        message = _stored(turn, incoming, person.id)
        tickets = turn.tx.tickets.of_chat(incoming.address.key, turn.now)
        ticket = quoted_ticket(turn, incoming) or next((t for t in tickets if not t.closed), None)
        if ticket and not ticket.closed:
            turn.tx.messages.attach(message.id, ticket.id)
            _count_as_answer(turn, ticket.id, person, message)

    def _stranger(self, turn: Turn, incoming: Incoming) -> None:
        """Somebody in the staff group who is not on the list of staff: kept, and told so if they command."""
        message = _stored(turn, incoming, f"stranger:{incoming.address.channel}")
        if _command(incoming, tuple(STAFF_ROLES)) is not None:
            notice = Notice(key=f"stranger:{message.id}", purpose=Purpose.REPLY, text=say("refuse.not_staff"))
            tell(turn, here(incoming.address, "stranger"), notice)

    def _customer(self, turn: Turn, incoming: Incoming, chat: Chat | None) -> None:
        requester = _requester(turn, incoming, chat.contract if chat else "")
        if incoming.kind == "edit":
            incoming = _edited(turn, incoming)
        message = _stored(turn, incoming, f"requester:{requester.id}")
        turn = replace(turn, message=message.id)
        call = Call(
            turn=turn,
            command=Command(name="help"),
            incoming=incoming,
            message=message,
            requester=requester,
            quoted=quoted_ticket(turn, incoming),
        )
        command = _command(incoming, _CUSTOMER_COMMANDS)
        if command is not None and not says_more(command):
            self._run(replace(call, command=command))
        elif incoming.button:
            self._answer(call, Answer(text=say("refuse.button")))
        elif refusal := _no_command(incoming):
            self._answer(call, Answer(text=refusal))
        elif answer := triage_choice(call, incoming.text):
            self._answer(call, answer)
        else:
            self._listen(call, (chat.contract if chat else "") or requester.contract)

    def _listen(self, call: Call, contract: str) -> None:
        """Words that are no command: intake says what they mean."""
        turn, message = call.turn, call.message
        terms = turn.book.of(contract)
        recent = turn.tx.tickets.recent_of(call.speaker.id, turn.now - length(terms.pace.reopen))
        meaning = self._intake.understand(message.text, _context(call, terms, recent))
        turn.tx.messages.set_understanding(message.id, msgspec.json.encode(meaning).decode())
        receive(
            turn,
            Said(
                incoming=call.incoming,
                message=message,
                requester=call.speaker,
                contract=terms.contract,
                meaning=meaning,
                recent=tuple(recent),
            ),
        )

    def _run(self, call: Call) -> None:
        try:
            answer = self._runs[call.command.name](call)
        except Refusal as refusal:
            answer = Answer(text=str(refusal))
        self._answer(call, answer)

    def _answer(self, call: Call, answer: Answer) -> None:
        """Every command is answered where it was given."""
        who = call.person.id if call.person else f"requester:{call.requester.id}" if call.requester else ""
        notice = Notice(
            key=f"answer:{call.message.id}",
            purpose=Purpose.REPLY,
            text=answer.text,
            buttons=answer.buttons,
            hand_over=answer.hand_over,
            reply_to="" if call.incoming.button else call.incoming.quotable,
            reply_token=call.incoming.reply_token,
        )
        tell(call.turn, here(call.incoming.address, who), notice)


def _colleague(book: Book, incoming: Incoming) -> Person | None:
    """One of our people by their id; a company's userid is the same on every WeCom channel."""
    channel = incoming.address.channel
    channels = (channel, *_WECOM) if channel in _WECOM else (channel,)
    found = (book.person_at(one, incoming.sender) for one in channels)
    return next((person for person in found if person), None)


def clipped(incoming: Incoming) -> Incoming:
    """Nothing longer than anyone can read goes on; the inbox keeps it whole."""
    return incoming if len(incoming.text) <= MAX_TEXT else replace(incoming, text=incoming.text[:MAX_TEXT])


def _command(incoming: Incoming, roles: tuple[Role, ...]) -> Command | None:
    """The command meant, if somebody with these roles may give it; a button can be forged like any words."""
    if not incoming.button:
        return parse(incoming.text, roles)
    command = from_button(incoming.button)
    allowed = BY_NAME[command.name].roles if command and command.name in BY_NAME else _CUSTOMER_COMMANDS
    return command if any(role in allowed for role in roles) else None


def _not_for_them(incoming: Incoming) -> str:
    """What a colleague hears whose words or button are no command of theirs."""
    if incoming.button:
        return say("refuse.button")
    if parse(incoming.text, tuple(STAFF_ROLES)):
        return say("refuse.not_allowed", words=incoming.text.split()[0][:20])
    return say("refuse.unknown_command", words=incoming.text[:20])


def _no_command(incoming: Incoming) -> str:
    """What a customer hears who typed a slash command that is for staff, or for nobody; else ""."""
    slash = unknown_slash(incoming.text)
    if not slash or not incoming.addressed:
        return ""
    if parse(incoming.text, tuple(STAFF_ROLES)) is not None:
        return say("refuse.staff_only")
    return say("refuse.unknown_command", words=slash)


def _touch_chat(turn: Turn, incoming: Incoming) -> Chat:
    """Reply windows count from the last message of the other side."""
    contract = _scene_contract(turn.book, incoming)
    fresh = Chat(address=incoming.address, role="customer", contract=contract, last_in_at=incoming.sent_at)
    return turn.tx.people.heard(fresh)


def _scene_contract(book: Book, incoming: Incoming) -> str:
    """The contract bound to the entry link somebody came in by."""
    scene = incoming.data.get("scene", "")
    return scene if scene in book.terms else ""


def _came_by(turn: Turn, incoming: Incoming, requester: Requester, contract: str) -> Requester:
    """Whoever comes by another contract's entry speaks for that one from now on; their old tickets stay."""
    chat = turn.tx.people.chat(incoming.address)
    if contract and chat and chat.contract:
        turn.tx.people.put_chat(replace(chat, contract=contract))
    if not contract or requester.contract == contract:
        return requester
    moved = replace(requester, contract=contract)
    turn.tx.people.save(moved)
    return moved


def _requester(turn: Turn, incoming: Incoming, contract: str) -> Requester:
    """The person who speaks; a new one is written down."""
    people, address = turn.tx.people, incoming.address
    known = people.identity(address.channel, address.account, incoming.sender)
    found = people.get(known.requester) if known else None
    if found is None:
        name = incoming.sender_name or say("actor.requester")
        found = people.add(
            Requester(
                name=name[:60], contract=contract, created_at=turn.now, phone=incoming.data.get("phone", "")
            )
        )
    elif contract and not found.contract:
        found = replace(found, contract=contract)
        people.save(found)
    people.put_identity(
        Identity(
            channel=address.channel,
            account=address.account,
            external_id=incoming.sender,
            requester=found.id,
            address=_private_address(incoming, known),
            last_in_at=incoming.sent_at,
        )
    )
    return found


def _private_address(incoming: Incoming, known: Identity | None) -> Address:
    """A private chat, once known, is kept: a group is no place to reach one person."""
    return known.address if known and incoming.group else incoming.address


def _edited(turn: Turn, incoming: Incoming) -> Incoming:
    """An edited message: the stored words are replaced, and what it says now counts as said again."""
    old = turn.tx.messages.by_provider(incoming.address, incoming.data.get("message_id", ""))
    if old is None:
        return incoming
    turn.tx.messages.replace_text(old.id, incoming.text)
    data = {k: v for k, v in incoming.data.items() if k != "message_id"}
    return replace(incoming, data=data, quoted_id=old.provider_id if old.ticket else "")


def _stored(turn: Turn, incoming: Incoming, sender: str) -> Message:
    message = Message(
        direction="in",
        address=incoming.address,
        provider_id=incoming.data.get("message_id", incoming.provider_id),
        sender=sender,
        sender_name=incoming.sender_name,
        at=incoming.sent_at,
        text=incoming.text or " ".join(m.text for m in incoming.media if m.text),
        media=incoming.media,
        album=incoming.album,
    )
    message = replace(message, id=turn.tx.messages.add(message))
    ask_for(turn, message)
    return message


def _count_as_answer(turn: Turn, ticket: int, person: Person, message: Message) -> None:
    found = turn.tx.tickets.get(ticket)
    if found:
        entry = Entry(type=EventType.REPLIED, actor=person.id, message=message.id, data={"in_group": True})
        record(turn, found, entry)


def _context(call: Call, terms: Terms, tickets: list[Ticket]) -> Context:
    words = tuple((w.word, w.category) for w in call.turn.tx.state.words() if w.active)
    return Context(
        now=call.turn.now,
        zone=terms.zone,
        trade=terms.scheme,
        open_tickets=tuple(
            OpenTicket(number=t.number, category=t.category, opened_at=t.opened_at, last_text=t.summary)
            for t in tickets
            if not t.closed
        ),
        quoted=call.incoming.quoted_text or None,
        extra_words=words,
    )
