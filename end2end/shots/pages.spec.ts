import { join, resolve } from "node:path";

import { Album } from "../support/album.ts";
import { create, hydrated } from "../support/session.ts";
import { sameFaces } from "../support/still.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

const FOLDER = process.env["SLIPWAY_SHOTS"] ?? join(resolve(import.meta.dirname, "../.."), "target/shots");

test.use({
  bypassCSP: true,
  settings: { SLIPWAY_PERMISSIONS: "ask", SLIPWAY_AWAKE_PER_PERSON: "12" },
  expectedErrors: new RegExp(`${BROKEN_CONNECTION.source}|status of 404`),
});

const CHANGING = [
  "Write the back-off, and note it.",
  "/title Give the back-off its own type",
  "/read notes.txt",
  "/write src/backoff.rs",
  "/// Waits longer each time, and never the same.",
  "pub fn next(cap: u64, base: u64, tries: u32) -> u64 {",
  "    // full jitter: anything up to the cap",
  "    cap.min(base * 2_u64.pow(tries))",
  "}",
  "/write notes.txt",
  "one",
  "two, with jitter",
  "three",
  "/say Both are written. The delay is drawn from `0..cap`, so a hundred clients don't all come back in the same second.",
].join("\n");

/** What else a person has on the list: title, what the agent said, and whether it still works. */
const OTHERS: [title: string, answer: string, rest?: string][] = [
  ["Explain how gauges are polled", "Each gauge is asked every six minutes, and a missing answer is filled in from its neighbours."],
  ["Find the slow test of the tide table", "`interpolates_a_year` builds 700,000 rows. A month shows the same."],
  ["Draft the notes for the next release", "Three things are worth a line: the back-off, the new chart and the faster start.", "/hold drafting"],
  ["Name the columns of the harbour table", "`harbour_id`, `datum` and `offset_minutes` say what they hold."],
];

test("every page in every state", async ({ page, slipway, repository }) => {
  const album = new Album(FOLDER);
  await sameFaces(page);
  await page.goto("/");
  await hydrated(page);
  await album.take(page, "landing");
  await page.getByRole("button", { name: "Continue locally" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  await hydrated(page);
  await album.take(page, "list-empty");

  await page.goto("/sessions/new");
  await hydrated(page);
  await album.take(page, "new-session");
  await page.getByRole("combobox", { name: "Repository" }).click();
  await album.take(page, "new-session-repositories");

  const busy = await create(page, {
    repository: repository.name,
    mode: "Plan",
    message: [
      "The gauge feed reconnects in a tight loop when a station drops. Add back-off with full jitter, cap it at 30 s.",
      "/title Add back-off with jitter to the gauge feed",
      "/think The feed is in notes.txt. Where does it reconnect?",
      "/say I look at the feed first.",
      "/read notes.txt",
      '/tool grep {"pattern":"two"}',
      '/tool todowrite {"todos":[{"content":"Read how the feed reconnects","status":"completed","priority":"high"},{"content":"Test it against a driven clock","status":"in_progress","priority":"high"},{"content":"Update the changelog","status":"pending","priority":"low"}]}',
      "/say The client retries at once.\\n\\n## What changes\\n\\n1. `Backoff` draws its delay from `0..cap`.\\n2. The client sleeps.\\n\\n| Station | Delay |\\n|---|---:|\\n| Harbour | 4 s |\\n\\n```rust\\nfn next(&mut self) -> Duration {\\n    self.cap.min(self.base * 2)\\n}\\n```\\n\\nSo a hundred clients that lose one station don't",
      "/hold busy",
      "/say all come back in the same second.",
    ].join("\n"),
  });
  await slipway.model.held("busy");
  await expect(busy.answer).toContainText("a hundred clients");
  await busy.queueUp("Also log one line per retry, at debug level.\n/say Logged.");
  await busy.message.fill("Then bump the version of");
  await album.take(page, "session-busy");
  await busy.answer.locator('button[aria-expanded="false"]').nth(1).click();
  const closed = busy.answer.locator('.rail button[aria-expanded="false"]');
  while ((await closed.count()) > 0) await closed.first().click();
  await album.take(page, "session-tools-open");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Session details" }).click();
  await album.take(page, "session-details");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Session details" })).toBeHidden();
  await page.goto("/sessions");
  await hydrated(page);
  await album.take(page, "list-busy");
  await page.goto(`/sessions/${busy.id}`);
  await hydrated(page);

  await busy.message.fill("");
  await slipway.model.open("busy");
  await expect(busy.answer).toContainText("Logged.");
  await busy.idle();
  await album.take(page, "session-plan");

  const asking = await create(page, {
    repository: repository.name,
    message: "Publish it.\n/title Check the release\n/say The tests pass. One thing before I finish.\n/bash cargo publish --dry-run",
  });
  await expect(page.getByRole("group", { name: "Permission request" })).toBeVisible();
  await album.take(page, "session-permission");
  await page.getByRole("button", { name: "Deny" }).click();
  await asking.idle();
  await asking.send(
    'What cap?\n/tool question {"questions":[{"header":"Cap","question":"What should the delay be capped at?","options":[{"label":"30 seconds","description":"What you asked for."},{"label":"5 minutes","description":"What the other feeds use."}]}]}\n/say Good.',
  );
  await expect(page.getByRole("group", { name: "Question" })).toBeVisible();
  await album.take(page, "session-question");

  const failing = await create(page, {
    repository: repository.name,
    message: "Upgrade.\n/title Upgrade the server\n/fail 401",
  });
  await expect(failing.log.getByText("refused the API key")).toBeVisible();
  await album.take(page, "session-failed");

  for (const [title, answer, rest = ""] of OTHERS) {
    const message = `${title}.\n/title ${title}\n/say ${answer}\n${rest}`;
    const other = await create(page, { repository: repository.name, message });
    await expect(other.answer).toContainText(answer.slice(-20));
  }
  const changing = await create(page, { repository: repository.name, message: CHANGING });
  for (const written of ["src/backoff.rs", "notes.txt"]) {
    const asked = page.getByRole("group", { name: "Permission request" }).filter({ hasText: written });
    await asked.getByRole("button", { name: "Allow once" }).click();
  }
  await expect(changing.answer).toContainText("Both are written.");
  await changing.idle();
  await expect(page.getByRole("button", { name: "Undo this turn" })).toBeVisible();
  await album.take(page, "session-changed");
  await page.getByRole("link", { name: /^Changes/ }).click();
  await expect(page.getByRole("region", { name: "src/backoff.rs", exact: true })).toContainText("min");
  await page.getByRole("region", { name: "src/backoff.rs", exact: true }).getByRole("button", { name: "Comment on line 4", exact: true }).click();
  await album.take(page, "changes");

  await page.goto("/sessions");
  await hydrated(page);
  await expect(page.getByText("Needs you")).toBeVisible();
  await album.take(page, "list");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Command palette" })).toBeVisible();
  await album.take(page, "palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await album.take(page, "shortcuts");
  await page.keyboard.press("Escape");
  await page.goto("/sessions?q=station");
  await album.take(page, "list-search");
  await page.goto("/sessions?q=nothing-like-it");
  await album.take(page, "list-search-empty");
  await page.goto("/sessions?filter=archived");
  await album.take(page, "list-archived-empty");

  await page.goto(`/sessions/${busy.id}`);
  await hydrated(page);
  await page.getByRole("button", { name: "Session actions" }).click();
  await album.take(page, "session-menu");
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await album.take(page, "session-delete");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Session actions" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await expect(page.getByText("Archived. Branch and history are kept.")).toBeVisible();
  await album.take(page, "session-archived");

  await page.goto(`/sessions/${asking.id}`);
  await hydrated(page);
  await asking.live();
  slipway.wire.cut();
  await expect(asking.connection).toHaveAttribute("data-connection", "offline", { timeout: 60_000 });
  await album.take(page, "session-offline");
  slipway.wire.mend();

  await page.goto("/sessions/nobody-knows-this-one");
  await album.take(page, "session-no-rights");
  await page.goto("/no/such/page");
  await album.take(page, "not-found");
  await page.goto("/settings");
  await hydrated(page);
  await album.take(page, "settings", { whole: true });
  await page.goto("/settings/audit");
  await hydrated(page);
  await album.take(page, "audit");
  await slipway.model.open("drafting");
  album.bind();
});
