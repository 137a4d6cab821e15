import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("what a turn did to the files is taken back, and done again", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Write a note.\n/write made.txt\nby the agent\n/say It is written.",
  });
  await session.idle();
  const checkout = slipway.checkout(session.id);
  expect(checkout.changes()).toEqual(["made.txt"]);
  const line = session.answer.getByText("Changed 1 file");
  await expect(line).toBeVisible();

  await session.answer.getByRole("button", { name: "Undo this turn" }).click();
  await expect(session.answer.getByText("Undone: 1 file")).toBeVisible();
  await expect(session.log).toContainText("The turn's changes were undone in 1 file.");
  expect(checkout.changes()).toEqual([]);
  await expect(session.answer, "the conversation stays").toContainText("It is written.");

  await session.open();
  await session.answer.getByRole("button", { name: "Redo" }).click();
  await expect(line).toBeVisible();
  expect(checkout.changes()).toEqual(["made.txt"]);
});

test("an undo does not overwrite what a later turn wrote, and says so", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/write made.txt\nfirst\n/say One.",
  });
  await session.idle();
  await session.send("Two.\n/bash echo second >> made.txt\n/say Two.");
  await expect(session.answer).toContainText("Two.");
  await session.idle();

  const first = session.answers.first();
  await first.getByRole("button", { name: "Undo this turn" }).click();
  await expect(person.getByText("Nothing was changed: made.txt changed since this turn.")).toBeVisible();
  await expect(first.getByRole("button", { name: "Undo this turn" })).toBeEnabled();
  expect(slipway.checkout(session.id).changes()).toEqual(["made.txt"]);
});
