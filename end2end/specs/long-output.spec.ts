import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("a long output comes with its end; all of it is shown on demand", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Count.\n/bash seq 10001 15000\n/say Counted.",
  });
  await session.idle();
  await expect(session.answer).toContainText("Counted.");

  await session.open();
  await session.log.getByRole("button", { name: /^Ran seq/ }).first().click();
  await session.log.getByRole("button", { name: /^Ran seq/ }).nth(1).click();
  const output = session.log.locator(".output");
  await expect(output).toContainText("15000");
  await expect(output).not.toContainText("10001");
  await expect(session.log).toContainText(/\d+ KB before this/);

  await session.log.getByRole("button", { name: "Show all" }).click();
  await expect(output).toContainText("10001");
  const lines = (await output.innerText()).trim().split("\n");
  expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => String(10001 + index)));
  await expect(session.log.getByRole("button", { name: "Show all" })).toHaveCount(0);
});
