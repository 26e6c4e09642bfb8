// The demo's clock: set by every answer of the desk, ticking in between; shown in the contract's zone.

const state = { base: Date.now(), seen: performance.now(), zone: "Asia/Shanghai", ahead: 0 };
const formats = new Map();

function format(options) {
  const key = state.zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("zh-CN", { timeZone: state.zone, hourCycle: "h23", ...options }));
  return formats.get(key);
}

export function setZone(zone) { state.zone = zone; }

export function setClock({ now, ahead }) {
  if (!now) return;
  state.base = Date.parse(now);
  state.seen = performance.now();
  state.ahead = ahead || 0;
}

export const now = () => state.base + performance.now() - state.seen;
export const ahead = () => state.ahead;
export const clockTime = (at, seconds = false) =>
  format({ hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) }).format(at);
export const day = (at) => format({ month: "long", day: "numeric" }).format(at);
export const longDay = (at) => format({ year: "numeric", month: "long", day: "numeric", weekday: "short" }).format(at);
export const when = (at) => (day(at) === day(now()) ? clockTime(at) : `${day(at)} ${clockTime(at)}`);

export function span(milliseconds) {
  let rest = Math.round(Math.abs(milliseconds) / 1000);
  const days = Math.floor(rest / 86400);
  rest -= days * 86400;
  const hours = Math.floor(rest / 3600);
  const minutes = Math.floor((rest % 3600) / 60);
  const two = (n) => String(n).padStart(2, "0");
  if (days) return `${days}天${hours}小时`;
  return hours ? `${hours}:${two(minutes)}:${two(rest % 60)}` : `${minutes}:${two(rest % 60)}`;
}

export function length(seconds) {
  if (seconds < 60) return `${Math.round(seconds)}秒`;
  if (seconds < 3600) return `${Math.round(seconds / 60)}分钟`;
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)}天${hours % 24 ? `${hours % 24}小时` : ""}`;
  const minutes = Math.round((seconds % 3600) / 60);
  return minutes ? `${hours}小时${minutes}分` : `${hours}小时`;
}
