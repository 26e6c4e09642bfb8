// One phone: whose it is, the conversation on it, and the box to write in.

import * as api from "./api.js";
import { el, icon, press, toast } from "./dom.js";
import { bubble } from "./message.js";
import { shrink } from "./photo.js";
import * as time from "./time.js";

const GAP = 5 * 60 * 1000;
const NEAR_END = 80;

export class Phone {
  // setup: {seat, title, subtitle, people, group, chips, empty, hint, onUnread}
  constructor(setup) {
    this.setup = setup;
    this.me = setup.people[0].id;
    this.place = setup.group ? "group" : "private";
    this.unread = new Map();
    this.quote = null;
    this.build();
  }

  // The conversation that is open: the group's, or the person's own.
  get chat() { return this.place === "group" ? this.setup.group : this.me; }

  build() {
    const { seat, people, group } = this.setup;
    this.heading = el("h2");
    this.clock = el("span");
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": "聊天记录" });
    this.log.addEventListener("scroll", () => { if (this.near()) this.below.hidden = true; }, { passive: true });
    this.below = el("button", { type: "button", class: "below", text: "新消息 ↓", hidden: true, on: { click: () => this.toEnd() } });
    this.persons = people.map((person) => el("button", {
      type: "button", text: person.name, data: { person: person.id }, on: { click: () => this.become(person.id) },
    }));
    this.places = group ? [["group", "群聊"], ["private", "私聊"]].map(([place, label]) => el("button", {
      type: "button", text: label, data: { place }, on: { click: () => this.go(place) },
    })) : [];
    seat.replaceChildren(el("div", { class: "phone" },
      el("div", { class: "status", "aria-hidden": "true" }, this.clock,
        el("span", { class: "glyphs" }, el("i", { class: "bars" }), el("i", { class: "cell" }))),
      el("div", { class: "bar" }, this.heading,
        el("div", { class: "who", role: "group", "aria-label": "我是谁" }, !group && el("span", { class: "label", text: "我是" }),
          ...this.persons, this.places.length > 0 && el("span", { class: "split" }), ...this.places)),
      this.log, this.below, this.pad()));
    this.become(this.me);
  }

  pad() {
    this.input = el("textarea", {
      rows: "1", placeholder: this.setup.hint, "aria-label": "输入消息", enterkeyhint: "send",
      on: { input: () => this.typed(), keydown: (event) => this.key(event) },
    });
    this.send = el("button", { type: "button", class: "send", text: "发送", disabled: true, on: { click: () => this.submit() } });
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "快捷输入" });
    this.quoting = el("div", { class: "quoting", hidden: true });
    const picker = el("input", { type: "file", accept: "image/*", "aria-label": "发送图片", on: { change: (event) => this.picked(event.target) } });
    const camera = el("span", { class: "photo" },
      icon("M4 8h3l1.500-2.500h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z", "M12 10a3.400 3.400 0 1 0 0 6.800 3.400 3.400 0 0 0 0-6.800z"), picker);
    this.offer(this.setup.chips);
    return el("div", { class: "pad" }, this.chips, this.quoting, el("div", { class: "write" }, camera, this.input, this.send));
  }

  offer(chips) {
    this.chips.replaceChildren(...chips.map((words) => el("button", { type: "button", text: words, title: words, on: { click: () => this.say({ text: words }) } })));
    this.chips.hidden = !chips.length;
  }

  become(person) {
    this.me = person;
    this.quote = null;
    this.refresh();
  }

  go(place) {
    this.place = place;
    this.quote = null;
    this.refresh();
  }

  refresh() {
    press(this.persons, (button) => button.dataset.person === this.me);
    press(this.places, (button) => button.dataset.place === this.place);
    this.heading.replaceChildren(this.place === "group" ? this.setup.title : this.setup.privateTitle || this.setup.title, " ",
      el("small", { text: this.setup.subtitle || "" }));
    this.showQuote();
    this.unread.delete(this.chat);
    this.marks();
    this.draw();
  }

  draw() {
    const messages = this.setup.thread(this.chat);
    const near = this.near();
    const before = this.count;
    this.count = messages.length;
    const changed = this.drawn !== this.chat;
    this.drawn = this.chat;
    let last = -Infinity;
    const rows = [];
    for (const message of messages) {
      if (message.at - last > GAP) rows.push(el("div", { class: "when", text: time.when(message.at) }));
      last = message.at;
      rows.push(this.row(message));
    }
    if (!rows.length) rows.push(this.emptiness());
    this.log.replaceChildren(...rows);
    if (near || changed || messages.at(-1)?.from === this.me) this.toEnd();
    else if (messages.length > before) this.below.hidden = false;
  }

  near() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END; }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.below.hidden = true;
  }

  // A message that has not changed keeps its element, so that nothing flickers and focus stays.
  row(message) {
    const key = `${this.me}|${message.version || 0}`;
    if (message.node && message.drawnFor === key) return message.node;
    message.drawnFor = key;
    message.node = bubble(message, {
      me: this.me,
      named: this.place === "group",
      press: (button, node) => this.pressed(message, button, node),
      quote: (quoted) => { this.quote = quoted; this.showQuote(); this.input.focus(); },
    });
    return message.node;
  }

  emptiness() {
    const [title, ...lines] = this.setup.empty;
    return el("div", { class: "empty" }, el("b", { text: title }), ...lines.map((line) => el("div", { text: line })));
  }

  // Somebody else's news for this phone.
  arrived(chat, fromBot) {
    if (!this.owns(chat)) return;
    if (chat === this.chat) this.stale = true;
    if (fromBot && (chat !== this.chat || !this.visible())) this.unread.set(chat, (this.unread.get(chat) || 0) + 1);
  }

  owns(chat) { return chat === this.setup.group || this.setup.people.some((person) => person.id === chat); }

  visible() { return this.setup.seat.offsetParent !== null || getComputedStyle(this.setup.seat).display !== "none"; }

  settle() {
    if (this.stale) this.draw();
    this.stale = false;
    this.marks();
  }

  seen() {
    this.unread.delete(this.chat);
    this.marks();
    this.toEnd();
  }

  marks() {
    const mark = (button, count) => {
      button.classList.toggle("dot", count > 0);
      button.dataset.unread = String(Math.min(count, 99));
    };
    const own = (person) => this.unread.get(person) || 0;
    for (const button of this.persons) {
      const person = button.dataset.person;
      mark(button, person === this.me ? 0 : own(person));
    }
    for (const button of this.places) {
      mark(button, button.dataset.place === this.place ? 0 : button.dataset.place === "group" ? own(this.setup.group) : own(this.me));
    }
    const total = [...this.unread.values()].reduce((sum, count) => sum + count, 0);
    this.setup.onUnread(total);
  }

  tick() { this.clock.textContent = time.clockTime(time.now()); }

  typed() {
    this.send.disabled = !this.input.value.trim();
    this.input.style.setProperty("height", "38px");
    if (this.input.scrollHeight > 40) this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight + 2, 120)}px`);
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.typed();
    this.say({ text });
  }

  async picked(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      const photo = await shrink(file);
      await this.say({ text: "", media: [{ kind: "photo", name: photo.name, mime: "image/jpeg", data: photo.data }] }, photo.url);
    } catch {
      toast("这个文件不是能打开的图片");
    }
  }

  async say(message, picture) {
    const id = crypto.randomUUID();
    const quote = this.quote;
    this.quote = null;
    this.showQuote();
    const shown = {
      key: `post-${id}`, post: id, from: this.me, name: this.name(), text: message.text, at: time.now(), pending: true,
      quoted: quote ? firstLine(quote.text) : "", media: picture ? [{ kind: "photo", url: picture }] : [],
    };
    this.setup.add(this.chat, shown);
    this.draw();
    const where = this.setup.group && this.place === "private" ? { chat: "private" } : {};
    try {
      await api.say({ from: this.me, name: this.name(), id, ...where, ...(quote ? { quote: String(quote.id) } : {}), ...message });
    } catch (error) {
      Object.assign(shown, { pending: false, failed: true, version: 1 });
      this.draw();
      toast(error.message);
    }
  }

  async pressed(message, button, node) {
    node.disabled = true;
    const where = this.setup.group && this.place === "private" ? { chat: "private" } : {};
    try {
      await api.say({ from: this.me, name: this.name(), id: crypto.randomUUID(), button: button.action, quote: String(message.id), ...where });
    } catch (error) {
      toast(error.message);
    } finally {
      setTimeout(() => { node.disabled = false; }, 600);
    }
  }

  name() { return this.setup.people.find((person) => person.id === this.me).name; }

  showQuote() {
    this.quoting.hidden = !this.quote;
    if (!this.quote) return;
    this.quoting.replaceChildren(el("span", { text: `引用：${firstLine(this.quote.text)}` }),
      el("button", { type: "button", text: "✕", "aria-label": "取消引用", on: { click: () => { this.quote = null; this.showQuote(); } } }));
  }
}

function firstLine(text) {
  const [line] = text.split("\n");
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
