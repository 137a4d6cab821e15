import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

// A Slipway of its own, which no other test fills with sessions.
test.use({ settings: { SLIPWAY_MAX_AGENTS: "3" } });

test("the tab's title counts the sessions that need a person", async ({ person, slipway, repository }) => {
  const first = await create(person, {
    repository: repository.name,
    message: "Harbour\n/title Harbour\n/say I wait.\n/hold title\n/say Done.",
  });
  await slipway.model.held("title");
  await create(person, { repository: repository.name, message: "Lighthouse\n/title Lighthouse\n/say Lit." });
  await expect(person).toHaveTitle("Lighthouse · Slipway");
  await slipway.model.open("title");
  await expect(person).toHaveTitle("(1) Lighthouse · Slipway");

  await person.goto("/sessions/new");
  await expect(person).toHaveTitle(/^\(1\) /);
  await first.open();
  await expect(person).toHaveTitle("Harbour · Slipway");
});
