import { existsSync } from "node:fs";

import type { Locator, Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

function row(page: Page, title: string): Locator {
  const link = page.getByRole("link", { name: title });
  return page.getByRole("list", { name: "Sessions" }).getByRole("listitem").filter({ has: link });
}

async function act(page: Page, title: string, action: string): Promise<void> {
  await row(page, title).getByRole("button", { name: "Session actions" }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

async function list(page: Page): Promise<void> {
  await page.goto("/sessions");
  await hydrated(page);
}

test("the list shows what each session does, while it happens", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Lighthouse\n/say I am at it.\n/hold list\n/say Done.",
  });
  await slipway.model.held("list");
  const overview = await person.context().newPage();
  await list(overview);
  const item = row(overview, "Lighthouse");
  await expect(item.getByRole("link", { name: /Lighthouse/ })).toHaveAttribute("href", `/sessions/${session.id}`);
  await expect(item).toContainText(repository.name);
  await expect(item.locator("[data-phase]")).toHaveAttribute("data-phase", /writing|running|coding|planning/);

  await slipway.model.open("list");
  await expect(item.locator("[data-phase]")).toHaveAttribute("data-phase", "idle");
});

test("a session is renamed, archived and restored", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Harbour\n/say Done." });
  await session.idle();
  await list(person);

  await act(person, "Harbour", "Rename");
  const field = person.getByRole("textbox", { name: /title|name/i });
  await field.fill("Breakwater");
  await field.press("Enter");
  await expect(row(person, "Breakwater")).toBeVisible();
  await list(person);
  await expect(row(person, "Breakwater")).toBeVisible();
  await expect(row(person, "Harbour")).toHaveCount(0);

  await act(person, "Breakwater", "Archive");
  await expect(row(person, "Breakwater")).toHaveCount(0);
  await person.getByRole("tab", { name: "Archived" }).or(person.getByRole("link", { name: "Archived" })).click();
  await expect(person).toHaveURL(/filter=archived/);
  await act(person, "Breakwater", "Restore");
  await expect(row(person, "Breakwater")).toHaveCount(0);
  await list(person);
  await expect(row(person, "Breakwater")).toBeVisible();
  await session.open();
  await session.send("Still there?\n/say Of course.");
  await expect(session.answer).toContainText("Of course.");
  await session.idle();
});

test("one repository is chosen from the list, and the field in which it was keeps the focus", async ({
  person,
  slipway,
  repository,
}) => {
  slipway.makeRepository("estuary");
  for (const [name, title] of [[repository.name, "Jetty"], ["estuary", "Mudflat"]] as const) {
    const session = await create(person, { repository: name, message: `${title}\n/say Done.` });
    await session.idle();
  }
  await list(person);
  const field = person.getByRole("combobox", { name: "Repository" });
  await field.focus();
  await field.selectOption({ label: "local/estuary" });
  await expect(person).toHaveURL(/repository=local%2Festuary/);
  await expect(row(person, "Jetty")).toHaveCount(0);
  await expect(row(person, "Mudflat")).toBeVisible();
  await expect(field).toBeFocused();
  await person.reload();
  await hydrated(person);
  await expect(field).toHaveValue("local/estuary");
  await expect(row(person, "Jetty")).toHaveCount(0);
  await field.focus();
  await field.selectOption({ label: "All repositories" });
  await expect(row(person, "Jetty")).toBeVisible();
  await expect(row(person, "Mudflat")).toBeVisible();
  await expect(field).toBeFocused();
});

test.describe("deleting", () => {
  test.use({ expectedErrors: /status of 404/ });

  test("Delete removes row, folder and process, after asking", async ({ person, slipway, repository }) => {
    const session = await create(person, {
      repository: repository.name,
      message: "Wreck\n/say I am here.\n/hold delete",
    });
    const { id } = session;
    await slipway.model.held("delete");
    expect(slipway.processes(id).length).toBeGreaterThan(0);
    expect(existsSync(slipway.sessionFolder(id))).toBe(true);
    await list(person);

    await act(person, "Wreck", "Delete");
    const dialog = person.getByRole("dialog", { name: "Delete session?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(dialog).toBeHidden();
    await expect(row(person, "Wreck")).toBeVisible();

    await act(person, "Wreck", "Delete");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await expect(row(person, "Wreck")).toHaveCount(0);
    await expect.poll(() => slipway.processes(id), { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => existsSync(slipway.sessionFolder(id)), { timeout: 30_000 }).toBe(false);
    const answer = await person.goto(`/sessions/${id}`);
    expect(answer?.status()).toBe(404);
    await slipway.model.open("delete");
  });
});
