import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("Plan changes no file, neither by the edit tools nor by the shell", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    mode: "Plan",
    message: [
      "Plan something.",
      "/write by-tool.txt",
      "no",
      "/bash echo no > by-shell.txt",
      "/bash touch by-touch.txt",
      '/tool edit {"filePath":"notes.txt","oldString":"two","newString":"no"}',
      "/say The plan is made.",
    ].join("\n"),
  });
  await expect(session.answer).toContainText("The plan is made.");
  await session.idle();
  expect(slipway.checkout(session.id).changes()).toEqual([]);

  await session.page.getByRole("radiogroup", { name: "Mode" }).getByRole("radio", { name: "Build" }).check();
  await session.send("Now do it.\n/write by-tool.txt\nyes\n/say Built.");
  await expect(session.answer).toContainText("Built.");
  await session.idle();
  expect(slipway.checkout(session.id).changes()).toEqual(["by-tool.txt"]);
});

test("the mode is kept", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, mode: "Plan", message: "Hello." });
  await session.idle();
  await session.open();
  const mode = session.page.getByRole("radiogroup", { name: "Mode" });
  await expect(mode.getByRole("radio", { name: "Plan" })).toBeChecked();
  await mode.getByRole("radio", { name: "Build" }).check();
  await expect(async () => {
    await session.open();
    await expect(mode.getByRole("radio", { name: "Build" })).toBeChecked({ timeout: 1000 });
  }).toPass();
});
