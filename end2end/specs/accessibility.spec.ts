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
