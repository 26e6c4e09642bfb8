// The board: open tickets and the time left on each, ticking.

import { el } from "./dom.js";
import * as time from "./time.js";

let tickets = [];

export function show(fresh) {
  tickets = fresh;
  const list = document.getElementById("tickets");
  list.replaceChildren(...(tickets.length ? tickets.map(card) : [el("li", { class: "none", text: "没有未结工单" })]));
  tick();
}

export function tick() {
  const present = time.now();
  let late = 0;
  for (const ticket of tickets) {
    if (!ticket.due) continue;
    const due = Date.parse(ticket.due);
    const started = Date.parse(ticket.started || ticket.due);
    const left = due - present;
    const gone = due > started ? Math.min(1, Math.max(0, (present - started) / (due - started))) : 1;
    late += left < 0;
    ticket.node.classList.toggle("late", left < 0);
    ticket.node.classList.toggle("soon", left >= 0 && gone >= 0.5);
    ticket.left.textContent = left < 0 ? `超时 ${time.span(left)}` : time.span(left);
    ticket.bar.style.setProperty("--gone", `${(gone * 100).toFixed(1)}%`);
  }
  sums(late);
}

function sums(late) {
  const free = tickets.filter((t) => !t.assignee).length;
  const box = document.getElementById("sums");
  const cells = [["未结", tickets.length, ""], ["待接", free, ""], ["超时", late, late ? "late" : ""]];
  box.replaceChildren(...cells.map(([label, count, kind]) =>
    el("div", { class: kind }, el("b", { text: String(count) }), el("span", { text: label }))));
}

function card(ticket) {
  ticket.left = el("b", { text: ticket.due ? "" : "待定" });
  ticket.bar = el("i");
  ticket.node = el("li", { class: "ticket", data: { number: ticket.number } },
    el("header", {},
      el("h3", { text: ticket.category }),
      ticket.severity !== "normal" && el("span", { class: `badge ${ticket.severity}`, text: ticket.severity_title }),
      el("span", { class: `badge ${ticket.status}`, text: ticket.status_title })),
    el("div", { class: "meta" }, el("span", { text: ticket.number }), el("span", { text: ticket.assignee || "无人接单" })),
    el("div", { class: "left" },
      el("span", { text: ticket.due ? `${ticket.stage} · ${time.when(Date.parse(ticket.due))} 前` : ticket.stage }), ticket.left),
    el("div", { class: "track" }, ticket.bar));
  return ticket.node;
}
