// A session of 5,000 messages that streams 200 tokens a second for a minute: what the main thread does, and what stays. Once
// in paragraphs, as agents write, and once in a single one that does not end.

import { type CDPSession, type Page, test } from "@playwright/test";

import { hydrated } from "../support/session.ts";
import { address, keep, profile } from "./figures.ts";

const SECONDS = 60;
const TOKENS_PER_SECOND = 200;
const WORDS = SECONDS * TOKENS_PER_SECOND;
const WORDS_IN_PARAGRAPH = 80;

test("long session", async ({ browser }) => {
  const context = await profile(browser);
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Performance.enable");
  await page.goto(address);
  await hydrated(page);
  const composer = page.getByRole("textbox", { name: "Message" });
  // The agent is there, and what streaming needs has been compiled.
  await composer.fill("Hello.\n/words 1000 200 80\n/say Warm.");
  await composer.press("Control+Enter");
  await page.getByText("Warm.").last().waitFor();
  await page.getByText("Idle", { exact: true }).first().waitFor();

  const idle = await busy(wire, 10);
  const heapBefore = await heap(wire);
  const { busy: streaming, longest } = await stream(page, wire, WORDS_IN_PARAGRAPH);
  const heapAfter = await heap(wire);
  const endless = await stream(page, wire, WORDS);
  keep({ idle, busy: streaming, longest, heapBefore, heapAfter, endlessBusy: endless.busy, endlessLongest: endless.longest });
  await context.close();
});

/** How busy the main thread is, and its longest task in milliseconds, while an answer of such paragraphs comes. */
async function stream(page: Page, wire: CDPSession, paragraph: number): Promise<{ busy: number; longest: number }> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: "longtask",
    });
  });
  const [first, last] = [page.getByText("w1 w2 w3"), page.getByText(`w${WORDS}`)];
  const [begun, ended] = [await first.count(), await last.count()];
  const composer = page.getByRole("textbox", { name: "Message" });
  await composer.fill(`Count.\n/words ${WORDS} ${TOKENS_PER_SECOND} ${paragraph}`);
  await composer.press("Control+Enter");
  await first.nth(begun).waitFor();
  const streaming = await busy(wire, SECONDS - 5);
  await last.nth(ended).waitFor();
  await page.getByText("Idle", { exact: true }).first().waitFor();
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  return { busy: streaming, longest: Math.max(0, ...tasks) };
}

/** How much of the coming seconds the main thread is at work, in percent. */
async function busy(wire: CDPSession, seconds: number): Promise<number> {
  const before = await metrics(wire);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await metrics(wire);
  return ((after["TaskDuration"]! - before["TaskDuration"]!) / (after["Timestamp"]! - before["Timestamp"]!)) * 100;
}

/** What lives on the page's heap, in megabytes; the program's own memory is part of it. Some goes only when what held it has gone. */
async function heap(wire: CDPSession): Promise<number> {
  for (let used = Infinity; ; ) {
    await wire.send("HeapProfiler.collectGarbage");
    const left = (await metrics(wire))["JSHeapUsedSize"]! / 1e6;
    if (left >= used) return used;
    used = left;
  }
}

async function metrics(wire: CDPSession): Promise<Record<string, number>> {
  const { metrics: all } = await wire.send("Performance.getMetrics");
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}
