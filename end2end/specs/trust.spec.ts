import { existsSync } from "node:fs";
import { join } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { bringConfiguration, configurationCard } from "../support/configuration.ts";
import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

async function barriers(page: Page): Promise<string[]> {
  const result = await new AxeBuilder({ page }).analyze();
  return result.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

test("a repository's plugins are off until the person trusts it, and asked about once", async ({ person, slipway, repository }) => {
  bringConfiguration(repository);
  const session = await create(person, {
    repository: repository.name,
    message: "Look.\n/bash cat opencode.json; ls -A .opencode; git status --short; echo looked\n/say Seen.",
  });
  await expect(session.answer).toContainText("Seen.");
  await session.idle();
  await expect(configurationCard(person)).toContainText("This repository brings configuration for the agent. It is off.");
  await expect(configurationCard(person).getByRole("list", { name: "What was found" }).getByRole("listitem")).toHaveText([
    "Plugin spy.js",
    "MCP server tides",
  ]);
  expect.soft(await barriers(person), "the card").toEqual([]);
  const folded = session.log.locator('button[aria-expanded="false"]');
  while ((await folded.count()) > 0) await folded.first().click();
  await expect(session.log.locator(".output").last()).toHaveText("looked");
  const spied = join(slipway.checkout(session.id).path, "spied.txt");
  expect(existsSync(spied)).toBe(false);
  expect(slipway.checkout(session.id).changes()).toEqual([]);

  await configurationCard(person).getByRole("button", { name: "Trust this repository" }).click();
  await expect(configurationCard(person)).toHaveCount(0);
  await expect(session.details.getByText("Its configuration is on", { exact: true })).toBeVisible();
  await session.send("And now?\n/say Again.");
  await expect(session.answer).toContainText("Again.");
  await session.idle();
  expect(existsSync(spied)).toBe(true);

  const other = await create(person, { repository: repository.name, message: "Another.\n/say Once." });
  await expect(other.answer).toContainText("Once.");
  await other.idle();
  await expect(other.details.getByText("Its configuration is on", { exact: true })).toBeVisible();
  await expect(configurationCard(person)).toHaveCount(0);
  await other.details.getByRole("button", { name: "Turn off" }).click();
  await expect(other.details.getByText("Its configuration is off")).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the question is a form", async ({ page, repository }) => {
    bringConfiguration(repository);
    await page.goto("/");
    await page.getByRole("button", { name: "Continue locally" }).click();
    await page.goto("/sessions/new");
    const repositories = page.getByRole("combobox", { name: "Repository" });
    const wanted = repositories.locator("option", { hasText: repository.name });
    await repositories.selectOption((await wanted.getAttribute("value")) ?? repository.name);
    await page.getByRole("textbox", { name: "Message" }).fill("Plainly.\n/say Answered.");
    await page.getByRole("button", { name: "Create session" }).click();
    await page.waitForURL(/\/sessions\/(?!new)[^/]+$/);
    await expect(async () => {
      await page.reload();
      await expect(configurationCard(page)).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    await configurationCard(page).getByRole("button", { name: "Leave it off" }).click();
    await expect(page).toHaveURL(/\/sessions\/(?!new)[^/]+$/);
    await expect(configurationCard(page)).toHaveCount(0);
    await expect(page.getByText("Its configuration is off")).toBeAttached();
  });
});
