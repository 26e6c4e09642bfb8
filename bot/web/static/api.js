// The desk over HTTP. A refusal becomes an Error whose message is the desk's own sentence.

async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || `HTTP ${answer.status}`);
  return body;
}

function post(path, body) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export const world = () => ask("/demo/world");
export const board = () => ask("/demo/board");
export const say = (message) => post("/local/messages", message);
export const advance = (step) => post("/demo/advance", step);
export const chooseScheme = (scheme) => post("/demo/scheme", { scheme });

// Calls `take` with everything new, for ever; after a failure it waits a little longer each time.
export async function follow(take, lost) {
  const marks = { sent: 0, said: 0 };
  let pause = 500;
  let wait = 0; // after a break too: the desk may have become another meanwhile
  let first = true;
  for (;;) {
    try {
      const news = await ask(`/demo/feed?sent=${marks.sent}&said=${marks.said}&wait=${wait}`);
      for (const kind of ["sent", "said"]) {
        for (const row of news[kind]) marks[kind] = Math.max(marks[kind], row.id);
      }
      take(news, first);
      pause = 500;
      wait = 20;
      first = false;
    } catch {
      lost();
      wait = 0;
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      pause = Math.min(pause * 2, 8000);
    }
  }
}
