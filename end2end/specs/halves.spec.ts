// The program comes in two halves.

import type { Request } from "@playwright/test";

import { hydrated } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

const REST = "**/pkg/app_rest.wasm*";
const isOfTheProgramItself = (request: Request) => request.resourceType() === "xhr";

test.use({ expectedErrors: new RegExp(`${BROKEN_CONNECTION.source}|rest of the program`) });

// What the page before this one still asks for is none of these stories.
test.beforeEach(async ({ person }) => {
  await person.goto("about:blank");
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
