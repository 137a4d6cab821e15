import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("each tool shows what it did in a body of its own", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: [
      "Look.",
      "/read notes.txt",
      '/tool grep {"pattern":"two"}',
      '/tool todowrite {"todos":[{"content":"Look around","status":"completed","priority":"high"},{"content":"Mend it","status":"pending","priority":"low"}]}',
      "/say Done.",
    ].join("\n"),
  });
  await session.idle();
  for (const line of await session.answer.locator('button[aria-expanded="false"]').all()) await line.click();
  const call = (name: RegExp) => session.answer.getByRole("button", { name }).last();

  await call(/^Read notes\.txt/).click();
  await expect(session.answer.locator('[data-line="2"]').first()).toHaveText("two");
  await call(/^Searched two/).click();
  await expect(session.answer.getByText("notes.txt", { exact: true }).last()).toBeVisible();
  await expect(session.answer.locator('[data-line="2"]').last()).toHaveText("two");
  await call(/^Updated the tasks/).click();
  const tasks = session.answer.getByRole("listitem");
  await expect(tasks.filter({ hasText: "Look around" })).toHaveAttribute("data-status", "completed");
  await expect(tasks.filter({ hasText: "Mend it" })).toHaveAttribute("data-status", "pending");
});
