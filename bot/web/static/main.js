// Puts the page together: who sits where, what was said, the clock, the board.

import * as api from "./api.js";
import * as board from "./board.js";
import { el, press, toast } from "./dom.js";
import { Phone } from "./phone.js";
import * as time from "./time.js";

const threads = new Map(); // chat → messages, in order of time
const byNumber = new Map(); // number of a sent message → it, for edits and quotes
const byPost = new Map(); // id of our own post → it
const phones = {};
let run = ""; // of the process: after a restart its numbers may begin anew
const byId = (id) => document.getElementById(id);

function thread(chat) {
  if (!threads.has(chat)) threads.set(chat, []);
  return threads.get(chat);
}

function add(chat, message) {
  const list = thread(chat);
  let place = list.length;
  while (place > 0 && list[place - 1].at > message.at) place -= 1;
  list.splice(place, 0, message);
  if (message.post) byPost.set(message.post, message);
}

function takeSaid(row) {
  const known = byPost.get(row.post);
  if (known) {
    Object.assign(known, { pending: false, failed: false, version: 2 });
    return row.chat;
  }
  if (!row.text && !row.media.length) return row.chat; // a pressed button says nothing
  add(row.chat, { ...row, key: `said-${row.id}`, at: Date.parse(row.at) });
  return row.chat;
}

function takeSent(row) {
  const message = { ...row, key: `sent-${row.id}`, bot: true, name: row.from, at: Date.parse(row.at) };
  const old = row.edit && byNumber.get(Number(row.edit));
  if (old) {
    Object.assign(old, { text: row.text, buttons: row.buttons, version: (old.version || 0) + 1 });
    return row.to;
  }
  const asked = row.reply_to && byPost.get(row.reply_to);
  if (asked && asked.text) message.quoted = `${asked.name}：${asked.text.slice(0, 40)}`;
  byNumber.set(row.id, message);
  add(row.to, message);
  return row.to;
}

function take(news, first) {
  if (news.run !== run) return location.reload();
  time.setClock(news);
  for (const row of news.said) notify(takeSaid(row), false, first);
  for (const row of news.sent) notify(takeSent(row), true, first);
  for (const phone of Object.values(phones)) phone.settle();
  if (first || news.said.length || news.sent.length) refreshBoard();
  return undefined;
}

function notify(chat, fromBot, first) {
  for (const phone of Object.values(phones)) phone.arrived(chat, fromBot && !first);
}

async function refreshBoard() {
  try {
    const fresh = await api.board();
    time.setClock(fresh);
    board.show(fresh.tickets);
  } catch {
    // The feed says that the connection is lost; the next news brings the board along.
  }
}

function tick() {
  const present = time.now();
  byId("clock").textContent = time.clockTime(present, true);
  byId("date").textContent = time.longDay(present);
  const ahead = byId("ahead");
  ahead.hidden = time.ahead() < 1;
  ahead.textContent = `已快进 ${time.length(time.ahead())}`;
  for (const phone of Object.values(phones)) phone.tick();
  board.tick();
}

function buildForward() {
  const box = byId("forward");
  box.hidden = false;
  box.addEventListener("click", async (event) => {
    const { seconds, to } = event.target.dataset;
    if ((!seconds && !to) || box.getAttribute("aria-busy") === "true") return;
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await api.advance(to ? { to } : { seconds: Number(seconds) });
      time.setClock(answer);
      if (!answer.moved) toast("没有等待中的时限：先在客户手机上发一条投诉");
      await refreshBoard();
    } catch (error) {
      toast(error.message);
    } finally {
      box.removeAttribute("aria-busy");
      tick();
    }
  });
}

function buildSchemes(world) {
  const box = byId("schemes");
  const buttons = Object.entries(world.schemes).map(([scheme, title]) => el("button", {
    type: "button", text: title, data: { scheme },
    on: {
      click: async () => {
        try {
          await api.chooseScheme(scheme);
          arrange(await api.world());
          press(buttons, (button) => button.dataset.scheme === scheme);
        } catch (error) {
          toast(error.message);
        }
      },
    },
  }));
  press(buttons, (button) => button.dataset.scheme === world.scheme);
  box.replaceChildren(...buttons);
  box.hidden = buttons.length < 2;
}

function buildTabs() {
  const buttons = [...byId("tabs").children];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.tab = button.dataset.tab;
      press(buttons, (other) => other === button);
      phones[button.dataset.tab]?.seen();
    });
  }
}

function markTab(tab) {
  const button = byId("tabs").querySelector(`[data-tab="${tab}"]`);
  return (count) => {
    button.classList.toggle("dot", count > 0);
    button.dataset.unread = String(Math.min(count, 99));
  };
}

function buildPhones(world) {
  const seat = (name) => document.querySelector(`.seat[data-seat="${name}"]`);
  seat("staff").hidden = !world.staff.length;
  seat("chief").hidden = !world.chiefs.length;
  const common = (name) => ({ seat: seat(name), thread, add, onUnread: markTab(name) });
  phones.customer = new Phone({
    ...common("customer"), people: world.customers, title: `${world.company}售后`, chips: world.samples, hint: "说说遇到的问题…",
    empty: ["您好，有什么可以帮您？", "点下面的例子，或自己写一句，", "一秒之内就会收到回执。"],
  });
  if (world.staff.length) phones.staff = new Phone({
    ...common("staff"), people: world.staff, group: world.group, title: "售后群", privateTitle: "应诺（私聊）", hint: "发命令，如：接单 001",
    chips: ["接单", "我的", "值班", "状态", "帮助"],
    empty: ["新工单会出现在这里", "值班的人会被 @ 到，", "点按钮或发一条短命令就能办。"],
  });
  if (world.chiefs.length) phones.chief = new Phone({
    ...common("chief"), people: world.chiefs, title: "应诺（私聊）", hint: "发 /status 看全部工单",
    chips: ["/status", "超时", "今日", "本月", "值班", "帮助"],
    empty: ["发 /status 看全部工单", "哪条承诺快要破了，", "这里会先收到提醒。"],
  });
  arrange(world);
}

function arrange(world) {
  time.setZone(world.zone);
  phones.customer.offer(world.samples);
  if (phones.staff) phones.staff.setup.subtitle = `${world.staff.length + world.chiefs.length + 1}人`;
  for (const phone of Object.values(phones)) phone.refresh();
}

async function start() {
  const world = await api.world();
  time.setZone(world.zone);
  time.setClock(world);
  run = world.run;
  buildPhones(world);
  buildTabs();
  if (Object.keys(world.schemes).length) buildSchemes(world);
  if (world.forward) buildForward();
  tick();
  setInterval(tick, 1000);
  setInterval(refreshBoard, 20000);
  api.follow(take, () => toast("与应诺的连接断了，正在重试…"));
}

start().catch((error) => toast(error.message));
