import type { Page } from "@playwright/test";

import { Session, create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

type Stepped = Window & { step?: () => void };

/** One piece in each step: its time is always up, and the pause after it lasts until the next step. */
async function takeOverInSteps(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let now = 0;
    performance.now = () => (now += 1_000);
    const later = window.setTimeout.bind(window);
    const inSteps = (run: TimerHandler, ...rest: unknown[]) => {
      // Only that pause has no length.
      if (rest.length > 0) return later(run, ...(rest as [number]));
      (window as Stepped).step = run as () => void;
      return 0;
    };
    window.setTimeout = inSteps as typeof window.setTimeout;
  });
}

async function step(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as Stepped).step !== undefined);
  await page.evaluate(() => {
    const { step } = window as Stepped;
    delete (window as Stepped).step;
    step!();
  });
}

/** Steps until the page is whole. */
async function finish(page: Page): Promise<void> {
  const state = () =>
    page.waitForFunction(() => {
      if (document.documentElement.dataset["hydrated"] === "true") return "whole";
      return (window as Stepped).step !== undefined && "waits";
    });
  while ((await (await state()).jsonValue()) === "waits") await step(page);
}

test("a page that is taken over in part answers once it is whole", async ({ person, repository }) => {
  const first = await create(person, { repository: repository.name, message: "Hello.\n/say It waits." });
  await first.idle();
  const elsewhere = new Session(await person.context().newPage(), first.id);
  await elsewhere.page.goto(person.url());
  await hydrated(elsewhere.page);

  await takeOverInSteps(person);
  await person.reload();
  const session = new Session(person);
  // The application, the session's page, two dialogs, its bar.
  for (let steps = 0; steps < 5; steps++) await step(person);
  const menu = person.getByRole("button", { name: "Session actions" });
  await menu.click();
  await session.message.fill("Written meanwhile.");
  await elsewhere.send("And then?\n/say It goes on.");
  await expect(elsewhere.answers).toHaveCount(2);
  await elsewhere.idle();
  await expect(menu).toHaveAttribute("aria-expanded", "false");
  await expect(person.locator("html")).not.toHaveAttribute("data-hydrated", "true");
  await expect(session.answers).toHaveCount(1);

  await finish(person);
  await expect(menu, "what was pressed is pressed when the page is whole").toHaveAttribute("aria-expanded", "true");
  await person.keyboard.press("Escape");
  await expect(session.answers, "what happened meanwhile is brought").toHaveCount(2);
  await expect(session.message).toHaveValue("Written meanwhile.");
  await session.message.press("Enter");
  await expect(session.answers).toHaveCount(3);
});
