import type { Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

async function settings(page: Page): Promise<void> {
  await page.goto("/settings");
  await hydrated(page);
}

test("what a person prefers is what a new session begins with", async ({ person }) => {
  await settings(person);
  const defaults = person.getByRole("region", { name: "Defaults" });
  await defaults.getByRole("radio", { name: "Plan" }).check();
  await expect(defaults.getByRole("status")).toHaveText("Saved");
  await person.goto("/sessions/new");
  await hydrated(person);
  const mode = person.getByRole("radiogroup", { name: "Mode" });
  await expect(mode.getByRole("radio", { name: "Plan" })).toBeChecked();
  await settings(person);
  await expect(defaults.getByRole("radio", { name: "Plan" })).toBeChecked();
  await defaults.getByRole("radio", { name: "Build" }).check();
  await expect(defaults.getByRole("status")).toHaveText("Saved");
});

test("colours and motion are pinned for this device, and the server renders them at once", async ({ person }) => {
  await person.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
  await settings(person);
  const appearance = person.getByRole("region", { name: "Appearance" });
  await appearance.getByRole("radio", { name: "Dark" }).check();
  await appearance.getByRole("radio", { name: "Reduced" }).check();
  const html = person.locator("html");
  await expect(html).toHaveAttribute("data-theme", "dark");
  const answer = await (await person.request.get("/settings")).text();
  expect(answer).toContain('data-theme="dark"');
  expect(answer).toContain('data-motion="reduced"');
  await person.reload();
  await expect(appearance.getByRole("radio", { name: "Dark" })).toBeChecked();
  expect(await person.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe("dark");
});

test.describe("a provider of one's own", () => {
  test.use({ expectedErrors: new RegExp(`${BROKEN_CONNECTION.source}|status of (400|502)`) });

  test("a key is tried before it is kept, its models can be chosen, and nobody sees it again", async ({
    person,
    slipway,
    repository,
  }) => {
    await settings(person);
    const section = person.getByRole("region", { name: "Models and providers" });
    const list = section.getByRole("list", { name: "Providers" });
    await expect(list.getByRole("listitem")).toHaveText([/Scripted/]);
    await section.getByRole("combobox", { name: "Provider" }).selectOption("OpenAI-compatible");
    await section.getByRole("textbox", { name: "Name" }).fill("My box");
    await section.getByRole("textbox", { name: "Address" }).fill(slipway.model.address);
    const key = section.getByLabel("Key");
    await key.fill("sk-wrong");
    await section.getByRole("button", { name: "Add provider" }).click();
    await expect(section.getByRole("status")).toHaveText("The provider does not take this key.");
    await expect(key).toHaveValue("sk-wrong");

    await key.fill("sk-test");
    await section.getByRole("button", { name: "Add provider" }).click();
    await expect(list.getByRole("listitem")).toHaveText([/Scripted/, /My box/]);
    await expect(key).toHaveValue("");
    expect(await (await person.request.get("/settings")).text()).not.toContain("sk-test");
    await section.getByRole("button", { name: "Test My box" }).click();
    await expect(section.getByRole("status")).toHaveText("My box takes the key.");

    const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
    await session.idle();
    const model = person.locator("form").getByRole("combobox", { name: "Model" });
    await model.selectOption("my-box/fake-1");
    await slipway.down("SIGTERM");
    await slipway.up();
    await session.open();
    await session.send("Again.\n/say Through my own box.");
    await session.woken();
    await expect(session.answer).toContainText("Through my own box.");
    await session.idle();

    await settings(person);
    await section.getByRole("button", { name: "Remove My box" }).click();
    await expect(list.getByRole("listitem")).toHaveText([/Scripted/]);
  });
});
