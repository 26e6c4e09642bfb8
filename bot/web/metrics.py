"""`GET /metrics` in the text format of Prometheus (see docs/reference/metrics.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aiohttp import web

from bot.desk.ports import Tx
from bot.desk.records import TargetFilter, TicketFilter
from bot.web.pulse import Pulse, pulse
from bot.web.site import SITE

METRICS = {
    "yingnuo_counter_total": (
        "counter",
        "What happened since the start, by name: messages taken in, refused …",
    ),
    "yingnuo_tickets_open": ("gauge", "Open tickets by severity."),
    "yingnuo_targets_overdue": ("gauge", "Promises that are late and still owed."),
    "yingnuo_inbox_lag_seconds": ("gauge", "Age of the oldest message that is not worked off."),
    "yingnuo_timer_lag_seconds": ("gauge", "By how much the oldest due timer is late."),
    "yingnuo_outbox_lag_seconds": ("gauge", "By how much the oldest due notice is late."),
    "yingnuo_outbox_sending": ("gauge", "Notices handed to a provider and not settled."),
    "yingnuo_loop_up": ("gauge", "1 while the loop of that name runs."),
}

Sample = tuple[str, Mapping[str, str], float]
_MANY = 100_000


async def metrics(request: web.Request) -> web.Response:
    """Everything in METRICS, computed now."""
    site = request.app[SITE]
    now = site.clock.now()
    state, severities, overdue = await site.store.read(
        lambda tx: (pulse(tx, now), _severities(tx), len(tx.targets.find(TargetFilter(overdue_at=now))))
    )
    samples: list[Sample] = [
        *(("yingnuo_counter_total", {"name": k}, v) for k, v in sorted(site.counters.items())),
        *(("yingnuo_tickets_open", {"severity": k}, v) for k, v in severities.items()),
        ("yingnuo_targets_overdue", {}, overdue),
        *_queues(state),
        *(("yingnuo_loop_up", {"loop": k}, float(v)) for k, v in site.loops().items()),
    ]
    return web.Response(
        text=render(samples), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


def _severities(tx: Tx) -> dict[str, int]:
    counts = {"normal": 0, "serious": 0, "critical": 0}
    for ticket in tx.tickets.find(TicketFilter(open_only=True, limit=_MANY)):
        counts[ticket.severity.value] += 1
    return counts


def _queues(state: Pulse) -> Iterator[Sample]:
    yield "yingnuo_inbox_lag_seconds", {}, state.inbox_lag
    yield "yingnuo_timer_lag_seconds", {}, state.timer_lag
    yield "yingnuo_outbox_lag_seconds", {}, state.outbox_lag
    yield "yingnuo_outbox_sending", {}, state.sending


def render(samples: Iterable[Sample]) -> str:
    """The exposition format: HELP and TYPE once per metric, then its samples."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample[0], []).append(sample)
    lines = []
    for name, (kind, what) in METRICS.items():
        lines += [f"# HELP {name} {what}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{_labels(labels)} {value:g}" for _, labels, value in by_name.get(name, [])]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    escaped = (
        (k, v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for k, v in labels.items()
    )
    inside = ",".join(f'{k}="{v}"' for k, v in escaped)
    return f"{{{inside}}}" if inside else ""
