import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

const CODE = "/// Mends the clock.\nfn main() {\n    let station = \"north\";\n    println!(\"{station}\");\n}";

/** A turn that changes, adds and moves files. */
const TURN = [
  "Mend the clock.",
  "/bash printf 'one\\ntwo more\\nthree\\nfour\\n' > notes.txt",
  "/bash mkdir -p src/feed && printf 'ab\\0cd' > src/feed/image.bin",
  `/write src/feed/clock.rs\n${CODE}`,
  "/bash seq 1 600 > src/long.txt",
  "/say It is mended.",
].join("\n");

async function violations(page: Page): Promise<string[]> {
  const result = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return result.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

test("the changes of a session are read, marked, commented on and discarded", async ({ person, slipway, repository }, info) => {
  const session = await create(person, { repository: repository.name, message: TURN });
  await session.idle();
  await person.getByRole("link", { name: /^Changes/ }).click();
  await person.waitForURL(/\/changes$/);
  await expect(person.getByRole("heading", { name: "Changes", level: 1 })).toBeAttached();

  const tree = person.getByRole("navigation", { name: "Changed files" });
  await expect(tree.getByRole("link")).toHaveText([/long\.txt/, /clock\.rs/, /image\.bin/, /notes\.txt/]);
  const file = (path: string) => person.getByRole("region", { name: path, exact: true });
  await expect(file("notes.txt").locator("mark")).toHaveText("more");
  await expect(file("src/feed/image.bin")).toContainText("Binary file, 5 bytes.");
  await expect(file("src/feed/clock.rs")).toContainText("println!");

  await test.step("a long change is shown when it is asked for", async () => {
    const long = file("src/long.txt");
    await long.getByRole("button", { name: "Show 600 lines" }).click();
    await expect(long.getByRole("button", { name: "Comment on line 600", exact: true })).toBeAttached();
  });

  await test.step("the sides stand beside one another, and a reload keeps that", async () => {
    await person.getByRole("button", { name: "Split" }).click();
    await expect(file("notes.txt").locator(".diff-pair")).toHaveCount(4);
    await person.reload();
    await hydrated(person);
    await expect(person.getByRole("button", { name: "Split" })).toHaveAttribute("aria-pressed", "true");
    await person.getByRole("button", { name: "Unified" }).click();
    await expect(file("notes.txt").locator(".diff-pair")).toHaveCount(0);
  });

  await test.step("what was viewed stays viewed", async () => {
    await file("src/feed/image.bin").getByRole("button", { name: "Viewed" }).click();
    await expect(tree).toContainText("1 of 4 viewed");
    await person.reload();
    await hydrated(person);
    await expect(file("src/feed/image.bin").getByRole("button", { name: "Viewed" })).toHaveAttribute("aria-pressed", "true");
    await expect(file("src/feed/image.bin")).not.toContainText("Binary file");
  });

  await test.step("the tree is filtered", async () => {
    await person.getByRole("textbox", { name: "Filter files" }).fill("NOTES");
    await expect(tree.getByRole("link")).toHaveCount(1);
    await person.getByRole("textbox", { name: "Filter files" }).fill("");
  });

  await test.step("two comments wait over a reload and go out as one message", async () => {
    const say = async (path: string, button: string, text: string) => {
      await file(path).getByRole("button", { name: button, exact: true }).click();
      await file(path).getByRole("textbox", { name: "Comment" }).fill(text);
      await file(path).getByRole("button", { name: "Add to review" }).click();
      await expect(file(path).getByRole("article").filter({ hasText: text.split("\n")[0]! })).toBeVisible();
    };
    await say("src/feed/clock.rs", "Comment on line 3", "Which station?");
    await say("notes.txt", "Comment on removed line 2", "Why more?\n/say Both are seen.");
    for (const scheme of ["light", "dark"] as const) {
      await person.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      expect.soft(await violations(person), `unified, ${scheme}`).toEqual([]);
      await person.screenshot({ path: info.outputPath(`changes-${scheme}.png`) });
      await person.getByRole("button", { name: "Split" }).click();
      await file("src/feed/clock.rs").getByRole("button", { name: "Comment on line 4", exact: true }).click();
      await file("src/feed/clock.rs").getByRole("textbox", { name: "Comment" }).fill("Print it once.");
      expect.soft(await violations(person), `split, ${scheme}`).toEqual([]);
      await person.screenshot({ path: info.outputPath(`changes-split-${scheme}.png`) });
      await person.getByRole("button", { name: "Cancel" }).click();
      await person.getByRole("button", { name: "Unified" }).click();
    }
    await person.reload();
    await hydrated(person);
    const review = person.getByRole("region", { name: "Review" });
    await expect(review).toContainText("2 comments");
    await review.getByRole("button", { name: "Send to agent" }).click();
    await expect(review).toHaveCount(0);
    await expect(file("notes.txt")).toContainText("sent to the agent");
  });

  await test.step("a file is discarded after a question, and taken back", async () => {
    await expect.poll(async () => (await session.onServer()).join(" ")).toContain("Both are seen.");
    await session.idle();
    const discard = file("notes.txt").getByRole("button", { name: "Discard" });
    await discard.click();
    const dialog = person.getByRole("dialog", { name: "Discard changes to notes.txt?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(dialog).toBeHidden();
    await discard.click();
    await dialog.getByRole("button", { name: "Discard" }).click();
    await expect(tree.getByRole("link")).toHaveCount(3);
    expect(slipway.checkout(session.id).changes()).not.toContain("notes.txt");
  });

  await test.step("on a phone", async () => {
    await person.setViewportSize({ width: 390, height: 844 });
    expect.soft(await violations(person), "phone").toEqual([]);
    await person.screenshot({ path: info.outputPath("changes-phone.png") });
    const width = await person.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
    await person.setViewportSize({ width: 1280, height: 800 });
  });

  await person.getByRole("link", { name: "Conversation" }).click();
  await expect(session.log).toContainText("I have 2 comments on your changes.");
  await expect(session.log).toContainText("src/feed/clock.rs, line 3 (after the change):");
  await expect(session.answers.filter({ hasText: "Both are seen." })).toBeVisible();
  await session.log.getByRole("button", { name: "Take back" }).click();
  await expect(session.log).toContainText("What was discarded is back in 1 file.");
  expect(slipway.checkout(session.id).changes()).toContain("notes.txt");
});

test("a turn can be looked at alone, and the page follows the session", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "First.\n/write first.txt\none\n/say One.",
  });
  await session.idle();
  const other = await person.context().newPage();
  await other.goto(`/sessions/${session.id}/changes`);
  await hydrated(other);
  const tree = other.getByRole("navigation", { name: "Changed files" });
  await expect(tree.getByRole("link")).toHaveText([/first\.txt/]);
  await session.send("Second.\n/write second.txt\ntwo\n/say Two.");
  await expect(tree.getByRole("link")).toHaveText([/first\.txt/, /second\.txt/]);
  const turns = other.getByRole("combobox", { name: "Compare" });
  await expect(turns.getByRole("option")).toHaveText(["Whole session", "Turn: Second.", "Turn: First."]);
  await turns.selectOption({ label: "Turn: First." });
  await expect(tree.getByRole("link")).toHaveText([/first\.txt/]);
  await other.close();
});

test("the changes are whole in what the server sends", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Write.\n/write plain.txt\nfrom the server\n/say Done.",
  });
  await session.idle();
  const answer = await person.request.get(`/sessions/${session.id}/changes`);
  expect(answer.status()).toBe(200);
  const html = await answer.text();
  expect(html).toContain("from the server");
  expect(html).toContain("Changed files");
  const none = await person.request.get("/sessions/no-such-session/changes");
  expect(none.status()).toBe(404);
});
