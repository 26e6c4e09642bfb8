"""All repositories over one session."""

from __future__ import annotations

from bot.desk.ports import Tx
from bot.storage.events import SqlEvents
from bot.storage.inbox import SqlInbox
from bot.storage.local import SqlLocal
from bot.storage.messages import SqlMessages
from bot.storage.outbox import SqlOutbox
from bot.storage.people import SqlPeople
from bot.storage.session import Session
from bot.storage.state import SqlState
from bot.storage.targets import SqlTargets
from bot.storage.tickets import SqlTickets
from bot.storage.timers import SqlTimers


class SqlTx(Tx):
    """`Tx` over SQL, and the local channel's messages."""

    local: SqlLocal

    def __init__(self, session: Session) -> None:
        self.session = session
        self.inbox = SqlInbox(session)
        self.messages = SqlMessages(session)
        self.tickets = SqlTickets(session)
        self.events = SqlEvents(session)
        self.targets = SqlTargets(session)
        self.timers = SqlTimers(session)
        self.outbox = SqlOutbox(session)
        self.people = SqlPeople(session)
        self.state = SqlState(session)
        self.local = SqlLocal(session)
