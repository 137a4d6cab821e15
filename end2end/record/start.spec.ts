// The pages that come alive with the first half of the program, in the states that people meet them in, and a turn in one of them; with a
// mouse and on a phone. Told twice: once by a program that remembers which of its functions were called, and once without the
// rest, when nothing may be missing.

import { writeFileSync } from "node:fs";

import type { BrowserContextOptions, Page } from "@playwright/test";

import { create, hydrated, Session, signIn } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

const FILE = process.env["SLIPWAY_CALLED"];

const DEVICES: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  still: { viewport: { width: 1280, height: 800 }, colorScheme: "dark", reducedMotion: "reduce" },
  phone: { viewport: { width: 412, height: 823 }, isMobile: true, hasTouch: true },
};

/** All that an answer can be made of. */
const MARKDOWN = [
  "# Both are written",
  "",
  "1. `Backoff` **draws** its delay.",
  "2. The client _sleeps_; ~~it asks~~ see [the notes](https://example.com \"Notes\") and https://example.com.",
  "   - one",
  "   - two",
  "",
  "- [x] done",
  "- [ ] not done",
  "",
  "* * *",
  "",
  "| Station | Delay |",
  "|:--|---:|",
  "| Harbour | 4 s |",
  "",
  "> Said once.\\\\",
  "> Said twice[^1]. 3 < 4 &amp; \\*plain\\* <b>bold</b>",
  "",
  "![A tide](https://example.com/tide.png)",
  "",
  "```rust",
  "/// Half of it.",
  "fn next(&mut self) -> Duration { self.cap.min(self.base * 2) } // \"x\" 'y' 0x1f",
  "```",
  "",
  "```sh",
  "cargo test --workspace | tee \"log\" # all",
  "```",
  "",
  "```json",
  "{\"cap\": 30, \"base\": [1.5, null, true]}",
  "```",
  "",
  "```python",
  "def cap(n: int) -> str:",
  "    return f\"{n}\"",
  "```",
  "",
  "```diff",
  "-a",
  "+b",
  "```",
  "",
  "    indented",
  "",
  "```",
  "plain",
  "```",
  "",
  "[^1]: By somebody.",
  "",
  "So it is.",
].join("\\n");

const TURN = [
  "Write the back-off, and note it.",
  "/title Give the back-off its own type",
  "/think The feed is in notes.txt. Where does it reconnect?",
  "/say I look at the feed first.",
  "/read notes.txt",
  "/bash ls -la",
  '/tool grep {"pattern":"two"}',
  '/tool todowrite {"todos":[{"content":"Read how the feed reconnects","status":"completed","priority":"high"},{"content":"Test it","status":"in_progress","priority":"high"}]}',
  "/write src/backoff.rs",
  "pub fn next(cap: u64) -> u64 {",
  "    cap / 2 // half of it",
  "}",
  "/write notes.txt",
  "one",
  "two, with jitter",
  `/say ${MARKDOWN}`,
].join("\n");

/** Longer than every timer of a page that rests; `app/src/clock.rs` has the longest. */
const TICKS = 21_000;

const QUESTION =
  '/tool question {"questions":[{"header":"Cap","question":"What should the delay be capped at?","options":[{"label":"30 seconds","description":"What you asked for."},{"label":"5 minutes","description":"What the other feeds use."}]}]}';

test.use({ settings: { SLIPWAY_PERMISSIONS: "auto", SLIPWAY_MAX_AGENTS: "8" }, expectedErrors: BROKEN_CONNECTION });
test.setTimeout(900_000);

test("pages come alive with the first half of the program", async ({ page, browser, slipway, repository }) => {
  // What is done here is none of the recorded pages' first moments.
  await signIn(page);
  const at = async (message: string, mode: "Build" | "Plan" = "Build") => create(page, { repository: repository.name, message, mode });

  const long = await at(TURN);
  await long.idle();
  for (let index = 1; index <= 30; index += 1) {
    await long.send(`Question ${index}: what does it do when a station drops?\n/say It waits. This is answer ${index}.`);
    await expect(long.log).toContainText(`This is answer ${index}.`);
    await long.idle();
  }
  const planned = await at(`Plan it.\n/think Well.\n/say ${MARKDOWN}`, "Plan");
  await planned.idle();
  const failed = await at("Upgrade.\n/title Upgrade the server\n/fail 401");
  await expect(failed.log.getByText("refused the API key")).toBeVisible();
  const asked = await at(`Which cap?\n${QUESTION}\n/say Good.`);
  await expect(page.getByRole("group", { name: "Question" })).toBeVisible();
  const stopped = await at("Count.\n/words 20 5 5\n/hold stopped\n/say Never.");
  await slipway.model.held("stopped");
  await stopped.stopButton.click();
  await stopped.idle();
  const busy = await at("Look.\n/title Look at the feed\n/think Where?\n/say I look.\n/read notes.txt\n/hold busy\n/say Seen.");
  await slipway.model.held("busy");
  await busy.queueUp("Also log one line per retry.\n/say Logged.");
  await busy.message.fill("Then bump the");

  const called = new Set<number>();
  const seen = new Set<string>();
  for (const [device, options] of Object.entries(DEVICES)) {
    const context = await browser.newContext({ baseURL: slipway.address, ...options });
    if (FILE === undefined) await context.route("**/pkg/app_rest.wasm*", (route) => route.abort());
    const watched = await context.newPage();
    const note = async () => {
      // Until what comes after a page's first moments has come, what returning to a page causes, and leaving it.
      await watched.waitForLoadState("networkidle");
      await watched.evaluate(() => {
        document.dispatchEvent(new Event("visibilitychange"));
        window.dispatchEvent(new Event("focus"));
      });
      await watched.waitForTimeout(device === "phone" && !seen.has(kind(watched)) ? TICKS : 1_000);
      seen.add(kind(watched));
      if (FILE !== undefined) for (const number of await calledIn(watched)) called.add(number);
      await expect(watched.getByText("This page stopped working"), watched.url()).toHaveCount(0);
    };
    await watched.goto("/");
    await hydrated(watched);
    await note();
    await watched.getByRole("button", { name: "Continue locally" }).click();
    const sessions = [long, planned, failed, asked, stopped, busy].map(({ id }) => `/sessions/${id}`);
    for (const path of ["/sessions", "/sessions?q=station", "/sessions?filter=archived", "/sessions/new", ...sessions]) {
      await watched.goto(path);
      await hydrated(watched);
      await note();
    }
    const here = await new Session(watched, planned.id).open();
    await here.send(`On a ${device}.\n/think Again?\n/read notes.txt\n/bash ls -la\n/words 300 100 50\n/say ${MARKDOWN}`);
    await expect(here.answer).toContainText("So it is.");
    await here.idle();
    await note();
    await context.close();
  }
  await slipway.model.open("busy");
  if (FILE !== undefined) writeFileSync(FILE, JSON.stringify([...called]));
});

/** Pages of one kind have the same timers. */
function kind(page: Page): string {
  return new URL(page.url()).pathname.replace(/^\/sessions\/(?!new$).+/, "session");
}

/** The functions that this page's program has called. */
async function calledIn(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const glue = performance.getEntriesByType("resource").find(({ name }) => name.includes("/pkg/app.js"))!.name;
    const module = (await import(glue)) as { default: () => Promise<Record<string, WebAssembly.Global>> };
    const exported = Object.entries(await module.default());
    return exported.flatMap(([name, { value }]) => (name.startsWith("called ") && value === 1 ? [Number(name.slice(7))] : []));
  });
}
