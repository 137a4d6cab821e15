import { type Locator, type Page } from "@playwright/test";

import { Session, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

/** Goes on with Tab until this has the focus; whoever has no mouse can do no more. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let step = 0; step < 60; step += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${target}`);
}

test("a whole session by keys alone, from the sign-in to the archive", async ({ page, repository }) => {
  await page.goto("/");
  await hydrated(page);
  await tabTo(page, page.getByRole("button", { name: "Continue locally" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  await hydrated(page);
  await tabTo(page, page.getByRole("link", { name: "New session" }).first());
  await page.keyboard.press("Enter");

  const first = page.getByRole("textbox", { name: "Message" });
  await expect(first).toBeFocused();
  await page.keyboard.type("By keys alone.");
  await page.keyboard.press("Enter");
  await page.keyboard.type("/bash echo hoisted");
  await page.keyboard.press("Enter");
  await page.keyboard.type("/say It is up.");
  await tabTo(page, page.getByRole("combobox", { name: "Repository" }));
  await page.keyboard.type(repository.name);
  await expect(page.getByRole("option", { name: repository.name }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Create session" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sessions\/(?!new)[^/]+$/);
  const session = new Session(page);
  await expect(session.answer).toContainText("It is up.", { timeout: 60_000 });
  await session.idle();

  const line = session.answer.getByRole("button", { name: /Ran echo hoisted/ }).first();
  await tabTo(page, line);
  await page.keyboard.press("Enter");
  await expect(line).toHaveAttribute("aria-expanded", "true");

  await tabTo(page, session.message);
  await page.keyboard.type("And down.");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("/say It is down.");
  await page.keyboard.press("Enter");
  await expect(session.answer).toContainText("It is down.");
  await expect(session.message).toBeFocused();
  await session.idle();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("archive");
  await expect(page.getByRole("option", { name: "Archive", exact: true })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Archived. Branch and history are kept.")).toBeVisible();
});
