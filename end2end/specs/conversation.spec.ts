import { readFileSync } from "node:fs";
import { join } from "node:path";

import { counted, create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("the answer grows on the page while the turn runs", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Say something.\n/say First words.\n/hold grow-1\n/say Second words.\n/hold grow-2\n/say Third words.",
  });

  await slipway.model.held("grow-1");
  await expect(session.answer).toContainText("First words.");
  await expect(session.answer).not.toContainText("Second words.");
  await expect(session.stopButton).toBeVisible();
  await expect(session.phase).toHaveAttribute("data-phase", /writing|coding|planning|running/);

  await slipway.model.open("grow-1");
  await slipway.model.held("grow-2");
  await expect(session.answer).toContainText("First words. Second words.");
  await expect(session.answer).not.toContainText("Third words.");
  await expect(session.stopButton).toBeVisible();

  await slipway.model.open("grow-2");
  await expect(session.answer).toContainText("First words. Second words. Third words.");
  await session.idle();
  await expect(session.stopButton).toBeHidden();
  await expect(session.answers).toHaveCount(1);
  await expect(session.log.getByRole("article", { name: "You" })).toHaveCount(1);
});

test("tokens arrive one by one, not in one lump", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Count.\n/words 240 20" });

  const lengths = new Set<number>();
  await expect(async () => {
    lengths.add((await session.words()).length);
    expect(lengths.has(240)).toBe(true);
  }).toPass({ timeout: 40_000, intervals: [50] });

  expect(lengths.size, `lengths seen: ${[...lengths].join(" ")}`).toBeGreaterThan(4);
  expect(await session.words()).toEqual(counted(240));
  await session.idle();
});

test("a tool call is one closed line that opens, and its file is really there", async ({
  person,
  slipway,
  repository,
}) => {
  const session = await create(person, {
    repository: repository.name,
    message: [
      "Make files.",
      "/say I begin.",
      "/bash printf 'from the shell' > made.txt && echo shell-has-spoken",
      "/write written.txt",
      "from the edit tool",
      '/tool edit {"filePath":"notes.txt","oldString":"two","newString":"zwei"}',
      "/say All done.",
    ].join("\n"),
  });
  await session.idle();
  await expect(session.answer).toContainText("All done.");

  const lines = session.log.locator("button[aria-expanded]");
  await expect(lines.first()).toBeVisible();
  for (const line of await lines.all()) await expect(line).toHaveAttribute("aria-expanded", "false");
  await expect(session.log.getByText("shell-has-spoken", { exact: true })).toBeHidden();

  // The activity line opens to its calls, a call to its body.
  const activity = lines.filter({ hasText: /ran/i }).first();
  await activity.click();
  await expect(activity).toHaveAttribute("aria-expanded", "true");
  const call = session.log.locator('button[aria-expanded="false"]').filter({ hasText: "printf" }).first();
  await call.click();
  await expect(session.log.getByText("shell-has-spoken", { exact: true })).toBeVisible();
  await activity.click();
  await expect(session.log.getByText("shell-has-spoken", { exact: true })).toBeHidden();

  const checkout = slipway.checkout(session.id);
  const text = (name: string) => readFileSync(join(checkout.path, name), "utf8");
  expect(text("made.txt")).toBe("from the shell");
  expect(text("written.txt")).toContain("from the edit tool");
  expect(text("notes.txt")).toBe("one\nzwei\nthree\n");
  expect(repository.changes(), "the person's own folder is not touched").toEqual([]);
  for (const name of ["made.txt", "written.txt", "notes.txt"]) {
    await expect(session.details).toContainText(name);
  }
});

test("Markdown is Markdown, HTML is text, code is coloured", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: [
      "Show me.",
      "/say # A heading",
      "",
      "- [x] done",
      "- [ ] open",
      "",
      "| a | b |",
      "|---|---|",
      "| 1 | 2 |",
      "",
      "```rust",
      "fn main() { let answer = 42; }",
      "```",
      "",
      "<img src=x onerror=\"document.title='owned'\"> and [a link](javascript:alert(1))",
    ].join("\n"),
  });
  await session.idle();

  const answer = session.answer;
  await expect(answer.getByRole("heading", { name: "A heading" })).toBeVisible();
  await expect(answer.getByRole("cell", { name: "2" })).toBeVisible();
  await expect(answer.getByRole("checkbox")).toHaveCount(2);
  await expect(answer.locator("pre")).toContainText("fn main() { let answer = 42; }");
  expect(await answer.locator("pre code span").count(), "the code has colours").toBeGreaterThan(2);
  await expect(answer.locator("img")).toHaveCount(0);
  await expect(answer).toContainText("<img src=x");
  await expect(answer.locator('a[href^="javascript"]')).toHaveCount(0);
  await expect(person).not.toHaveTitle(/owned/);
});

test("the task list is in the side panel", async ({ person, repository }) => {
  const todos = [
    { content: "Read the notes", status: "completed", priority: "high" },
    { content: "Change the notes", status: "in_progress", priority: "high" },
    { content: "Tell about it", status: "pending", priority: "low" },
  ];
  const session = await create(person, {
    repository: repository.name,
    message: `Plan it.\n/tool todowrite ${JSON.stringify({ todos })}\n/say Planned.`,
  });
  await session.idle();

  const tasks = session.details.getByRole("list", { name: "Tasks" }).getByRole("listitem");
  await expect(tasks).toHaveCount(3);
  for (const [index, todo] of todos.entries()) {
    await expect(tasks.nth(index)).toContainText(todo.content);
    await expect(tasks.nth(index)).toHaveAttribute("data-status", todo.status);
  }
  await expect(session.details).toContainText(/slipway\//);
  await expect(session.details).toContainText("main");
});

test("two sessions of one repository do not see each other's work", async ({ person, slipway, repository }) => {
  const first = await create(person, {
    repository: repository.name,
    message: "First.\n/write first.txt\n1\n/hold parallel\n/say The first is done.",
  });
  await slipway.model.held("parallel");
  const second = await create(person, {
    repository: repository.name,
    message: "Second.\n/write second.txt\n2\n/say The second is done.",
  });
  await second.idle();
  expect(slipway.checkout(second.id).changes()).toEqual(["second.txt"]);
  expect(slipway.checkout(first.id).changes()).toEqual(["first.txt"]);

  await slipway.model.open("parallel");
  await first.open();
  await expect(first.answer).toContainText("The first is done.");
  await first.idle();
});

test("a model that refuses the key is said in words, and the session goes on", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Fail.\n/fail 401 message The key is not valid.",
  });
  await expect(session.log).toContainText(/key/i);
  await expect(session.phase).toHaveAttribute("data-phase", "failed");
  await expect(session.log.getByRole("group", { name: "Waiting for you" })).toBeVisible();
  await expect(person).toHaveTitle(/^\([1-9]\d*\) /);

  await session.send("Again.\n/say Now it works.");
  await expect(session.answer).toContainText("Now it works.");
  await session.idle();
});

test("what a session waits for is said where one looks", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Try.\n/fail 429 times 1 retry-after 600 message Slow down\n/say Done.",
  });
  const waits = session.log.getByRole("status");
  await expect(waits).toHaveText(/Slow down.* Trying again in \d+ s \(attempt 1\)\./);
  await expect(session.phase).toHaveAttribute("data-phase", "retrying");
  await session.stopButton.click();
  await expect(waits).toHaveCount(0);
  await session.idle();
});
