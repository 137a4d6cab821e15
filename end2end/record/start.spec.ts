// The pages that come alive with the first half of the program, and a turn in one of them. Told twice: once by a program that
// remembers which of its functions were called, and once without the rest, when nothing may be missing.

import { writeFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { create, hydrated, Session, signIn } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

const FILE = process.env["SLIPWAY_CALLED"];

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
  "/say Both are written.\\n\\n## What changed\\n\\n1. `Backoff` **draws** its delay.\\n2. The client _sleeps_; see [the notes](https://example.com).\\n\\n- [x] done\\n\\n| Station | Delay |\\n|---|---:|\\n| Harbour | 4 s |\\n\\n> Said once.\\n\\n```rust\\nfn next(&mut self) -> Duration {\\n    self.cap.min(self.base * 2)\\n}\\n```\\n\\nSo it is.",
].join("\n");

test.use({ settings: { SLIPWAY_PERMISSIONS: "auto" }, expectedErrors: BROKEN_CONNECTION });

test("pages come alive with the first half of the program", async ({ page, context, repository }) => {
  // Somebody else's page does what is none of these pages' first moments.
  const other = await context.newPage();
  await signIn(other);
  const session = await create(other, { repository: repository.name, message: TURN });
  await expect(session.answer).toContainText("So it is.");
  await session.idle();

  const called = new Set<number>();
  if (FILE === undefined) await page.route("**/pkg/app_rest.wasm*", (route) => route.abort());
  const note = async () => {
    // Until what comes after a page's first moments has come.
    await page.waitForLoadState("networkidle");
    if (FILE !== undefined) for (const number of await calledIn(page)) called.add(number);
  };
  for (const path of ["/sessions", "/sessions/new", `/sessions/${session.id}`]) {
    await page.goto(path);
    await hydrated(page);
    await note();
  }
  const here = new Session(page);
  await here.send("Again.\n/think Again?\n/read notes.txt\n/bash ls -la\n/words 300 100 50");
  await expect(here.answer).toContainText("w300");
  await here.idle();
  await note();
  await context.clearCookies();
  await page.goto("/");
  await hydrated(page);
  await note();

  await expect(page.getByRole("alert")).toHaveCount(0);
  if (FILE !== undefined) writeFileSync(FILE, JSON.stringify([...called]));
});

/** The functions that this page's program has called. */
async function calledIn(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const glue = performance.getEntriesByType("resource").find(({ name }) => name.includes("/pkg/app.js"))!.name;
    const module = (await import(glue)) as { default: () => Promise<Record<string, WebAssembly.Global>> };
    const exported = Object.entries(await module.default());
    return exported.flatMap(([name, { value }]) => (name.startsWith("called ") && value === 1 ? [Number(name.slice(7))] : []));
  });
}
