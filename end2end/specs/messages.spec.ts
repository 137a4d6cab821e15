import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("a message is copied, and a link to it leads there", async ({ person, repository }) => {
  await person.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => person.evaluate(() => navigator.clipboard.readText());
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say The **first** answer.\n/bash echo between\n/say And its end.",
  });
  await session.idle();
  await session.send("Two.\n/words 3000");
  await session.idle();

  const first = session.answers.first();
  await first.getByRole("button", { name: "Copy", exact: true }).focus();
  await person.keyboard.press("Enter");
  expect(await copied(), "as Markdown, without what the tools said").toBe("The **first** answer.\n\nAnd its end.");
  await first.getByRole("button", { name: "Copy link" }).click();
  const link = await copied();
  expect(link).toMatch(new RegExp(`/sessions/${session.id}\\?at=\\w+#m-\\w+$`));

  const page = await person.context().newPage();
  await page.goto(link);
  await hydrated(page);
  const there = page.getByRole("article", { name: "Agent" }).first();
  await expect(there).toBeFocused();
  await expect(there).toBeInViewport();
  await expect(page.getByRole("button", { name: "Jump to latest" })).toBeVisible();
});

test("the agent's title is shown until a person chooses another", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Something is wrong with the clock.\n/title Mend the tower clock\n/say Mended.",
  });
  const heading = person.getByRole("heading", { level: 1 });
  await expect(heading).toHaveText("Mend the tower clock");
  await expect(person).toHaveTitle(/Mend the tower clock · Slipway$/);
  await expect(session.details, "the branch keeps its name").toContainText("slipway/something-is-wrong");
  await session.idle();

  await person.getByRole("button", { name: "Session actions" }).click();
  await person.getByRole("menuitem", { name: "Rename" }).click();
  await person.getByRole("textbox", { name: "Title" }).fill("Harbour");
  await person.getByRole("button", { name: "Save" }).click();
  await expect(heading).toHaveText("Harbour");
  await session.send("And now?\n/title Another\n/say Nothing.");
  await expect(session.answer).toContainText("Nothing.");
  await session.idle();
  await expect(heading).toHaveText("Harbour");
});
