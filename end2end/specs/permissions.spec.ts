import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test.use({ settings: { SLIPWAY_PERMISSIONS: "ask" } });

test("on the host the agent asks before it edits", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Edit.\n/write asked.txt\nyes\n/say Written.",
  });
  const request = person.getByRole("group", { name: "Permission request" });
  await expect(request).toBeVisible();
  await expect(session.phase).toHaveAttribute("data-phase", "waiting-for-you");
  await expect(request).toContainText("asked.txt");
  expect(slipway.checkout(session.id).changes()).toEqual([]);

  await session.open();
  await request.getByRole("button", { name: "Allow once" }).click();
  await expect(session.answer).toContainText("Written.");
  await session.idle();
  await expect(request).toHaveCount(0);
  expect(slipway.checkout(session.id).changes()).toEqual(["asked.txt"]);
});

test("what is denied does not happen", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Run.\n/bash touch denied.txt\n/say Over.",
  });
  const request = person.getByRole("group", { name: "Permission request" });
  await expect(request).toContainText("touch denied.txt");
  const command = session.log.getByRole("button", { name: /touch denied\.txt/ });
  await expect(command).toHaveText(/^Wants to run touch denied\.txt$/);
  await request.getByRole("button", { name: "Deny" }).click();
  await session.idle();
  await expect(request).toHaveCount(0);
  await expect(command).toHaveText(/^Wanted to run touch denied\.txt\s*denied$/);
  expect(slipway.checkout(session.id).changes()).toEqual([]);

  await session.send("And now?\n/say Something else.");
  await expect(session.answer).toContainText("Something else.");
  await session.idle();
});
