// One message as a bubble: who, what, whom it pings, its buttons, its time.

import { el } from "./dom.js";
import { signed } from "./marks.js";
import * as time from "./time.js";

export function face(name, isBot) {
  if (isBot) return el("div", { class: "face" }, el("img", { src: "/static/icon.svg", alt: "" }));
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return el("div", { class: "face", data: { tone: String(sum % 7) }, "aria-hidden": "true", text: name.slice(0, 1) });
}

// message: {id, bot, from, name, text, at, mentions, names, buttons, media, quoted, pending, failed}
// view: {me, named, press(action), quote()}
export function bubble(message, view) {
  const mine = !message.bot && message.from === view.me;
  const keyed = (message.buttons || []).length > 0;
  const classes = ["msg", mine && "mine", keyed && "keyed", message.pending && "pending", message.failed && "failed"];
  const tone = message.bot ? signed(message.text).tone : "";
  return el("article", { class: classes.filter(Boolean).join(" "), data: { id: message.key } },
    face(message.name, message.bot),
    el("div", { class: "body" },
      view.named && !mine && el("p", { class: "name", text: message.name }),
      el("div", { class: `bubble ${tone || ""}`.trim() },
        message.quoted && el("p", { class: "quote", text: message.quoted }),
        message.text && words(message, view),
        ...(message.media || []).map(attachment),
        keyed && keys(message, view)),
      foot(message, view)));
}

function words(message, view) {
  const block = el("p");
  (message.names || []).forEach((name, n) => {
    const me = message.mentions[n] === view.me;
    block.append(el("span", { class: me ? "at me" : "at", text: `@${name}` }), " ");
  });
  if (!message.bot) {
    block.append(...pings(message.text));
    return block;
  }
  const [first, ...lines] = message.text.split("\n");
  const { drawing, rest } = signed(first);
  if (drawing) block.append(drawing);
  block.append(el("span", { class: lines.length ? "lead" : "", text: rest }), ...lines.flatMap(line));
  return block;
}

// A line of a notice: a sign of its own, and what it speaks of in a softer tone (问题：…).
function line(text) {
  const { drawing, rest } = signed(text);
  const [, label, value] = /^([\p{Script=Han}]{2,6}：)(.+)$/u.exec(rest) || [];
  return ["\n", drawing, ...(label ? [el("span", { class: "label", text: label }), value] : [rest])].filter(Boolean);
}

function pings(text) {
  return text.split(/(@[\p{L}\p{N}_]{1,16})/u).filter(Boolean)
    .map((part) => (part.startsWith("@") ? el("span", { class: "at", text: part }) : part));
}

function attachment(media) {
  if (media.url) return el("img", { class: "thumb", src: media.url, alt: media.name || "图片", loading: "lazy" });
  const kinds = { photo: "图片", voice: "语音", video: "视频", file: "文件", sticker: "表情", location: "位置", link: "链接" };
  return el("p", { text: `［${kinds[media.kind] || "附件"}］${media.name || ""}` });
}

function keys(message, view) {
  return el("div", { class: "keys" }, ...message.buttons.map((row) => el("div", {}, ...row.map((button) =>
    el("button", { type: "button", class: button.style, text: stars(button.label), "aria-label": button.label, on: { click: (event) => view.press(button, event.currentTarget) } })))));
}

// Five stars in a row of five buttons are too wide: a number says the same.
function stars(label) {
  return /^★+$/.test(label) ? `${label.length}★` : label;
}

function foot(message, view) {
  const state = message.failed ? "未发出，请重试" : time.clockTime(message.at);
  const quotable = message.bot && view.quote;
  return el("div", { class: "foot" }, el("span", { text: state }),
    quotable && el("button", { type: "button", text: "引用", on: { click: () => view.quote(message) } }));
}
