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

test("a turn is stopped without scripts, and what stands in the field stays", async ({ page, slipway, repository }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Continue locally" }).click();
  await page.goto("/sessions/new");
  const repositories = page.getByRole("combobox", { name: "Repository" });
  const wanted = repositories.locator("option", { hasText: repository.name });
  await repositories.selectOption((await wanted.getAttribute("value")) ?? repository.name);
  await page.getByRole("textbox", { name: "Message" }).fill("Long work.\n/say It begins.\n/hold plain-stop\n/say Never said.");
  await page.getByRole("button", { name: "Create session" }).click();
  await page.waitForURL(/\/sessions\/(?!new)[^/]+$/);
  await slipway.model.held("plain-stop");
  await reloadUntil(page, "It begins.");

  await page.getByRole("textbox", { name: "Message" }).fill("Something else.");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("textbox", { name: "Message" })).toHaveValue("Something else.");
  await reloadUntil(page, "Stopped after");
  await expect(page.getByRole("article", { name: "Agent" }).filter({ hasText: "Never said." })).toHaveCount(0);
  await slipway.model.open("plain-stop");
});
