import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test.use({ javaScriptEnabled: false });

/** Without scripts one looks again. */
async function reloadUntil(page: Page, text: string): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("log", { name: "Conversation" })).toContainText(text, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
}

test("signing in, creating, reading and sending work without scripts", async ({ page, repository }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Continue locally" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();

  await page.goto("/sessions/new");
  const repositories = page.getByRole("combobox", { name: "Repository" });
  const wanted = repositories.locator("option", { hasText: repository.name });
  await repositories.selectOption((await wanted.getAttribute("value")) ?? repository.name);
  await page.getByRole("textbox", { name: "Message" }).fill("Plainly.\n/say Answered **without** scripts.");
  await page.getByRole("button", { name: "Create session" }).click();
  await page.waitForURL(/\/sessions\/(?!new)[^/]+$/);
  await reloadUntil(page, "Answered without scripts.");
  await expect(page.locator("strong")).toHaveText("without");

  await page.getByRole("textbox", { name: "Message" }).fill("Again.\n/say A second time.");
  await page.getByRole("button", { name: /^(Send|Queue)$/ }).click();
  await expect(page).toHaveURL(/\/sessions\/(?!new)[^/]+$/);
  await reloadUntil(page, "A second time.");
});
