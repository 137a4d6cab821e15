// The program comes in two halves; the rest may be late, lost, or not to be had.

import type { Request } from "@playwright/test";

import { hydrated } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

const REST = "**/pkg/app_rest.wasm*";
const isOfTheProgramItself = (request: Request) => request.resourceType() === "xhr";

test.use({ expectedErrors: new RegExp(`${BROKEN_CONNECTION.source}|rest of the program|XMLHttpRequest`) });

// What the page before this one still asks for is none of these stories.
test.beforeEach(async ({ person }) => {
  await person.goto("about:blank");
});

test("what is used before the rest has come brings it at once", async ({ person }) => {
  const asked: boolean[] = [];
  await person.route(REST, async (route) => {
    asked.push(isOfTheProgramItself(route.request()));
    // What the page asks for by itself never comes.
    if (asked.at(-1)) await route.continue();
  });
  await person.goto("/sessions");
  await hydrated(person);
  await person.keyboard.press("?");
  await expect(person.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await person.keyboard.press("Escape");
  await person.getByRole("button", { name: "Account" }).click();
  await person.getByRole("menuitem", { name: "Settings" }).click();
  await expect(person.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
  expect(asked.toSorted()).toEqual([false, true]);
});

test("a rest that was lost on its way is brought again", async ({ person }) => {
  const asked: number[] = [];
  await person.route(REST, async (route) => {
    if (isOfTheProgramItself(route.request())) return route.continue();
    asked.push(asked.length);
    await (asked.length === 1 ? route.abort("connectionreset") : route.continue());
  });
  await person.goto("/sessions");
  await hydrated(person);
  await expect.poll(() => asked).toEqual([0, 1]);
});

test("where the rest cannot be had, a card says so, and the server's log hears of it once", async ({ person, slipway }) => {
  await person.route(REST, (route) => route.abort());
  await person.goto("/settings");
  const card = person.getByRole("alert").filter({ hasText: "This page stopped working" });
  await expect(card).toBeVisible();
  const told = () => slipway.log().split("\n").filter((line) => line.includes("the rest of the program could not be loaded"));
  await expect.poll(() => told().length).toBe(1);
  await person.unroute(REST);
  await card.getByRole("button", { name: "Reload" }).click();
  await hydrated(person);
  await expect(card).toHaveCount(0);
});
