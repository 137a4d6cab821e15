import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("a sub-agent's work is told in one line, and its conversation is inside", async ({
  person,
  slipway,
  repository,
}) => {
  const task = {
    description: "Look around",
    subagent_type: "general",
    prompt: "/say I look.\n/read README.md\n/read notes.txt\n/hold helper\n/say There are **two** files.",
  };
  const session = await create(person, {
    repository: repository.name,
    message: `Delegate.\n/say I ask somebody.\n/tool task ${JSON.stringify(task)}\n/say The helper is done.`,
  });
  await slipway.model.held("helper");

  // While it works, the line and the phase follow what it does.
  const line = session.log.getByRole("button", { name: /^Helper explored 2 files/ });
  await expect(line).toHaveAttribute("aria-expanded", "false");
  await expect(session.phase).toHaveAttribute("data-phase", "exploring");
  await expect(session.log.getByText("I look.", { exact: true })).toHaveCount(0);

  await line.click();
  await session.log.getByRole("button", { name: /^Helper Look around explored 2 files/ }).click();
  const inside = session.log.getByRole("group", { name: "Sub-agent" });
  await expect(inside).toContainText("/hold helper");
  await expect(inside.getByText("I look.", { exact: true })).toBeVisible();
  await expect(inside.getByRole("button", { name: /^Explored 2 files/ })).toBeVisible();

  await slipway.model.open("helper");
  await expect(inside.locator("strong")).toHaveText("two");
  await expect(session.answer).toContainText("The helper is done.");
  await session.idle();
  await expect(session.answers).toHaveCount(1);

  // It is the same for whoever comes later.
  await session.open();
  await session.log.getByRole("button", { name: /^Helper explored 2 files/ }).click();
  await session.log.getByRole("button", { name: /^Helper Look around/ }).click();
  await inside.getByRole("button", { name: /^Explored 2 files/ }).click();
  await inside.getByRole("button", { name: /notes\.txt/ }).click();
  await expect(inside.locator(".output")).toContainText("three");
  await expect(inside.locator("strong")).toHaveText("two");
  await expect(inside).not.toContainText("The helper is done.");
});
