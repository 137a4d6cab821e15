import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

async function violations(page: Page): Promise<string[]> {
  const result = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return result.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

for (const scheme of ["light", "dark"] as const) {
  test(`no page has a barrier that axe can see (${scheme})`, async ({ page, slipway, repository }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.goto("/");
    await hydrated(page);
    expect.soft(await violations(page), "landing").toEqual([]);
    await page.getByRole("button", { name: "Continue locally" }).click();
    await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();

    await page.goto("/sessions/new");
    await hydrated(page);
    expect.soft(await violations(page), "new session").toEqual([]);

    const gate = `axe-${scheme}`;
    const session = await create(page, {
      repository: repository.name,
      message: [
        "Look around.",
        "/think Where do I begin?",
        "/say I look at the folder first.",
        "/bash ls",
        '/tool todowrite {"todos":[{"content":"Write it","status":"in_progress","priority":"high"}]}',
        "/say # Found\n\nSome `code`, a [link](https://example.com) and\n\n```rust\nfn main() {}\n```",
        `/hold ${gate}`,
        "/say The end.",
      ].join("\n"),
    });
    await slipway.model.held(gate);
    await expect(session.answer).toContainText("fn main() {}");
    await session.queueUp("And then?\n/say That was it.");
    await expect(session.queue.getByRole("listitem")).toHaveCount(1);
    expect.soft(await violations(page), "a session at work").toEqual([]);

    await slipway.model.open(gate);
    await expect(session.answer).toContainText("That was it.");
    await session.idle();
    await session.log.locator('button[aria-expanded="false"]').first().click();
    expect.soft(await violations(page), "a session at rest, a tool line open").toEqual([]);

    await page.goto("/sessions");
    await hydrated(page);
    expect.soft(await violations(page), "the list").toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect.soft(await violations(page), "the list on a phone").toEqual([]);
    await session.page.goBack();
    await hydrated(page);
    expect.soft(await violations(page), "a session on a phone").toEqual([]);
  });
}

for (const scheme of ["light", "dark"] as const) {
  test.describe(`pages and layers besides (${scheme})`, () => {
    test.use({ expectedErrors: /status of 404/ });

    test("none has a barrier that axe can see", async ({ person, repository }) => {
      await person.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await person.goto("/sessions");
      await hydrated(person);
      await person.keyboard.press("Control+k");
      await expect(person.getByRole("dialog", { name: "Command palette" })).toBeVisible();
      expect.soft(await violations(person), "palette").toEqual([]);
      await person.keyboard.press("Escape");
      await person.keyboard.press("?");
      await expect(person.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
      expect.soft(await violations(person), "shortcuts").toEqual([]);
      await person.keyboard.press("Escape");

      for (const path of ["/settings", "/design", "/no/such/page", "/sessions/nobody-knows", "/sessions?filter=archived"]) {
        await person.goto(path);
        await hydrated(person);
        expect.soft(await violations(person), path).toEqual([]);
      }

      const session = await create(person, { repository: repository.name, message: "Begin.\n/read notes.txt\n/say Ready." });
      await session.idle();
      await session.message.press("/");
      await expect(person.getByRole("listbox", { name: "Suggestions" })).toBeVisible();
      expect.soft(await violations(person), "suggestions").toEqual([]);
      await session.message.press("Escape");
      await person.locator('input[type="file"]').setInputFiles({ name: "log.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
      await expect(person.getByRole("button", { name: "Remove log.txt" })).toBeVisible();
      expect.soft(await violations(person), "a file beside the text").toEqual([]);
      await session.send("See.\n/say Seen.");
      await expect(session.answer).toContainText("Seen.");
      await session.idle();
      const closed = session.log.locator('button[aria-expanded="false"]');
      while ((await closed.count()) > 0) await closed.first().click();
      await expect(session.log.locator('[data-line="2"]').first()).toBeVisible();
      expect.soft(await violations(person), "a file that was read").toEqual([]);
      await person.getByRole("button", { name: "Session actions" }).click();
      await person.getByRole("menuitem", { name: "Archive" }).click();
      await expect(person.getByText("Archived. Branch and history are kept.")).toBeVisible();
      expect.soft(await violations(person), "archived").toEqual([]);
    });
  });
}
