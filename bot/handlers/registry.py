"""Which command is which use case, and what `help` shows to whom."""

from __future__ import annotations

from bot.domain.words import Role
from bot.handlers import binding, customer, staff, supervisor
from bot.handlers.call import Answer, Call, Run
from bot.handlers.commands import COMMANDS
from bot.handlers.teach import teach
from bot.intake import Intake
from bot.texts import say


def runs(intake: Intake) -> dict[str, Run]:
    """Every command's function by name."""
    return _for_everyone() | _for_staff(intake) | _for_overview(intake)


def _for_everyone() -> dict[str, Run]:
    return {
        "mytickets": customer.mytickets,
        "progress": customer.progress,
        "withdraw": customer.withdraw,
        "human": customer.human,
        "rate": customer.rate,
        "join": binding.join,
        "link": binding.link,
        "triage": customer.triage,
        "help": help_,
    }


def _for_staff(intake: Intake) -> dict[str, Run]:
    return {
        "take": staff.take,
        "resolve": staff.resolve,
        "reply": staff.reply,
        "note": staff.note,
        "transfer": staff.transfer,
        "release": staff.release,
        "wait": staff.wait,
        "resume": staff.resume,
        "dispute": staff.dispute,
        "merge": staff.merge,
        "split": staff.split,
        "invalid": staff.invalid,
        "reclassify": staff.reclassify(intake),
        "severity": staff.severity,
        "appoint": staff.appoint(intake),
        **{s: staff.report(s) for s in ("dispatch", "arrive", "replace", "feedback", "deliver", "collect")},
        **{s: staff.report(s) for s in ("plan", "act", "notify")},
        "enter": supervisor.opened_by_staff("", intake),
        "incident": supervisor.opened_by_staff("incident", intake),
        "shortage": supervisor.opened_by_staff("shortage", intake),
    }


def _for_overview(intake: Intake) -> dict[str, Run]:
    return {
        "ticket": supervisor.ticket,
        "mine": supervisor.mine,
        "roster": supervisor.roster,
        "status": supervisor.status,
        "overdue": supervisor.late,
        "today": supervisor.period("today"),
        "week": supervisor.period("week"),
        "month": supervisor.period("month"),
        "escalate": supervisor.escalate,
        "code": binding.code,
        "teach": teach(intake),
    }


def help_(call: Call) -> Answer:
    """帮助: only what the asker may do."""
    roles = call.person.roles if call.person else (Role.REQUESTER,)
    lines = [say("help.head_staff" if call.person else "help.head_customer")]
    allowed = (s for s in COMMANDS if s.name != "help" and any(role in s.roles for role in roles))
    lines += [
        say("help.line", word=s.words[0], slash=s.words[-1], what=say(f"help.{s.name}")) for s in allowed
    ]
    return Answer(text="\n".join(lines))
