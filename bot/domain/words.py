"""The words of the desk: severities, states, roles, events and stages (see docs/reference/vocabulary.md)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """程度: how bad it is; critical is anything that touches people's safety (F06)."""

    NORMAL = "normal"
    SERIOUS = "serious"
    CRITICAL = "critical"


class Role(StrEnum):
    """What a person may do and at which rung of a ladder they stand."""

    REQUESTER = "requester"
    AGENT = "agent"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"


CHIEFS = (Role.SUPERVISOR, Role.MANAGER)


STAFF_ROLES = (Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.MANAGER)


class Status(StrEnum):
    """Where a ticket stands in its life."""

    OPEN = "open"  # nobody has taken it
    TAKEN = "taken"
    WAITING = "waiting"  # for the customer; repair clocks pause
    DISPUTED = "disputed"  # before an arbiter (F17, M19); repair clocks pause
    RESOLVED = "resolved"
    CANCELLED = "cancelled"  # withdrawn by the requester
    INVALID = "invalid"  # 误报
    MERGED = "merged"


CLOSED = frozenset({Status.RESOLVED, Status.CANCELLED, Status.INVALID, Status.MERGED})
PAUSED = frozenset({Status.WAITING, Status.DISPUTED})


class EventType(StrEnum):
    """What can stand in a ticket's append-only log."""

    OPENED = "opened"
    MESSAGE_ADDED = "message_added"
    ACKNOWLEDGED = "acknowledged"  # the provider accepted the acknowledgement
    PAGED = "paged"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    UNREACHABLE = "unreachable"  # nobody could be told: an alarm of its own
    TAKEN = "taken"
    RELEASED = "released"  # a take that lapsed, or was given back
    TRANSFERRED = "transferred"
    HANDED_OVER = "handed_over"  # shift change
    REPLIED = "replied"
    NOTED = "noted"
    DISPATCHED = "dispatched"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    REPLACED = "replaced"
    FED_BACK = "fed_back"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    PLANNED = "planned"
    ACTED = "acted"
    NOTIFIED = "notified"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECLASSIFIED = "reclassified"
    SEVERITY_CHANGED = "severity_changed"
    TIME_REQUESTED = "time_requested"  # the customer chose a time (B07, F04)
    WARNED = "warned"
    BREACHED = "breached"
    MERGED = "merged"
    SPLIT = "split"
    CANCELLED = "cancelled"
    MARKED_INVALID = "marked_invalid"
    REOPENED = "reopened"
    RATED = "rated"
    TRIAGE_ASKED = "triage_asked"
    TRIAGE_ANSWERED = "triage_answered"
    CALL_NEEDED = "call_needed"  # no route left: phone the customer
    DELIVERY_FAILED = "delivery_failed"
    DELIVERY_UNCERTAIN = "delivery_uncertain"


HUMAN_ACTS = frozenset(
    {
        EventType.TAKEN,
        EventType.REPLIED,
        EventType.DISPATCHED,
        EventType.ARRIVED,
        EventType.RESOLVED,
        EventType.REPLACED,
        EventType.FED_BACK,
        EventType.DELIVERED,
        EventType.COLLECTED,
        EventType.PLANNED,
        EventType.ACTED,
        EventType.NOTIFIED,
    }
)


class StageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One 环节: its Chinese title, the events that meet it, and whether a pause stops its clock."""

    title: str
    met_by: frozenset[EventType]
    pausable: bool = False


STAGES: dict[str, StageInfo] = {
    "acknowledge": StageInfo(title="受理", met_by=frozenset({EventType.ACKNOWLEDGED})),
    "respond": StageInfo(title="响应", met_by=HUMAN_ACTS),
    "answer": StageInfo(title="答复", met_by=frozenset({EventType.REPLIED, EventType.RESOLVED})),
    "feedback": StageInfo(title="反馈", met_by=frozenset({EventType.FED_BACK, EventType.REPLIED})),
    "dispatch": StageInfo(title="派员", met_by=frozenset({EventType.DISPATCHED, EventType.ARRIVED})),
    "arrive": StageInfo(title="到场", met_by=frozenset({EventType.ARRIVED}), pausable=True),
    "resolve": StageInfo(title="解决", met_by=frozenset({EventType.RESOLVED}), pausable=True),
    "replace": StageInfo(title="更换", met_by=frozenset({EventType.REPLACED}), pausable=True),
    "deliver": StageInfo(title="送达", met_by=frozenset({EventType.DELIVERED}), pausable=True),
    "collect": StageInfo(title="运回", met_by=frozenset({EventType.COLLECTED}), pausable=True),
    "plan": StageInfo(title="预案", met_by=frozenset({EventType.PLANNED})),
    "act": StageInfo(title="落实", met_by=frozenset({EventType.ACTED})),
    "notify": StageInfo(title="知会", met_by=frozenset({EventType.NOTIFIED})),
}
