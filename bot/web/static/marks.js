// The sign in front of a notice (✅ ⏰ 🚨 …), drawn here, so that it looks the same on every machine.

import { icon } from "./dom.js";

const RING = "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z";
const DRAWN = {
  check: [RING, "m8.300 12.200 2.600 2.600 4.800-5.200"],
  bell: ["M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15z", "M10 20.500h4"],
  clock: [RING, "M12 7.500V12l3 2"],
  alert: ["M12 4 2.800 19.500h18.400z", "M12 10v4.200", "M12 17v.1"],
  up: [RING, "M12 16.500V8", "m8.500 11.300L12 7.800l3.500 3.500"],
  phone: ["M6.500 4h3l1.500 4-2 1.500a11 11 0 0 0 5.500 5.500l1.500-2 4 1.500v3a2 2 0 0 1-2.200 2A16.500 16.500 0 0 1 4.500 6.200 2 2 0 0 1 6.500 4z"],
  ask: [RING, "M9.600 9.500a2.500 2.500 0 1 1 3.600 2.300c-.8.400-1.200 1-1.200 1.900", "M12 16.500v.1"],
  turn: ["M4.500 10a7.500 7.500 0 0 1 13-3.500L20 9", "M20 4.500V9h-4.500", "M19.500 14a7.500 7.500 0 0 1-13 3.500L4 15", "M4 19.500V15h4.500"],
  moon: ["M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z"],
  list: ["M5 4.500h14v15H5z", "M8.500 9h7", "M8.500 12.500h7", "M8.500 16h4"],
  bars: ["M4 20h16", "M7 16.500V12", "M12 16.500V7", "M17 16.500v-7"],
  person: ["M12 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z", "M5 20a7 7 0 0 1 14 0"],
  chat: ["M4 5h16v11h-9l-4 3.500V16H4z"],
  pause: [RING, "M10 9v6", "M14 9v6"],
  play: [RING, "m10.500 9 4 3-4 3z"],
  clip: ["m8 12.500 6-6a3 3 0 0 1 4.200 4.200l-7.700 7.700a5 5 0 0 1-7-7L11 4"],
  back: ["M9 6 4.500 10.500 9 15", "M4.500 10.500H14a5 5 0 0 1 0 9.500h-2"],
};

const MARKS = {
  "✅": ["good", "check"], "🔔": ["fresh", "bell"], "⏰": ["warn", "clock"], "🚨": ["alert", "alert"],
  "🔴": ["alert", "clock"], "⏫": ["alert", "up"], "📞": ["warn", "phone"], "❓": ["warn", "ask"],
  "🔁": ["fresh", "turn"], "♻": ["fresh", "turn"], "🌙": ["fresh", "moon"], "📋": ["fresh", "list"],
  "📊": ["fresh", "bars"], "🙋": ["warn", "person"], "💬": ["fresh", "chat"], "⏸": ["warn", "pause"],
  "▶": ["good", "play"], "↩": ["warn", "back"], "⚠": ["warn", "alert"], "📎": ["fresh", "clip"],
};

// Splits the sign off a line: {tone, drawing, rest}.
export function signed(line) {
  const [first] = line;
  const known = MARKS[first];
  if (!known) return { tone: "", drawing: null, rest: line };
  const [tone, name] = known;
  const drawing = icon(...DRAWN[name]);
  drawing.classList.add("sign");
  return { tone, drawing, rest: line.slice(first.length).replace(/^\uFE0F?\s*/u, "") };
}
