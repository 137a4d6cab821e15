import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

// A Slipway of its own, which no other test fills with sessions.
test.use({ settings: { SLIPWAY_PERMISSIONS: "ask", SLIPWAY_MAX_AGENTS: "3" } });

test("the tab's title counts the sessions that need a person", async ({ person, slipway, repository }) => {
  const first = await create(person, {
    repository: repository.name,
    message: "Harbour\n/title Harbour\n/bash ls\n/say Listed.\n/hold title\n/say Done.",
  });
  // What waits for the person counts also while it is looked at, and what is merely unread does not.
  const request = person.getByRole("group", { name: "Permission request" });
  await expect(request).toBeVisible();
  await expect(person).toHaveTitle("(1) Harbour · Slipway");
  await request.getByRole("button", { name: "Allow once" }).click();
  await slipway.model.held("title");
  await expect(person).toHaveTitle("Harbour · Slipway");

  await person.goto("/sessions/new");
  await slipway.model.open("title");
  await expect(person).toHaveTitle("(1) New session · Slipway");
  await first.open();
  await expect(first.answer).toContainText("Done.");
  await expect(person).toHaveTitle("Harbour · Slipway");
});
