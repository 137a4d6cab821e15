// What the main pages look like, compared with pictures that somebody looked at. After a wanted change:
// `cargo xtask test --only e2e -- looks --update-snapshots`, and look at what changed.

import type { Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { holdStill, sameFaces } from "../support/still.ts";
import { expect, test } from "../support/test.ts";

const DESKTOP = { name: "desktop", width: 1280, height: 800 };
const PHONE = { name: "phone", width: 390, height: 844 };

// Settings of its own mean a Slipway of its own, in which nothing has happened yet.
test.use({ settings: { SLIPWAY_LOG: "info" }, bypassCSP: true, expectedErrors: /Failed to load resource/ });

test.beforeEach(({ page }) => sameFaces(page));

/** In both sizes; light on the desktop and dark on the phone, so that each page is seen in both themes. */
async function looksAsBefore(page: Page, name: string): Promise<void> {
  for (const [size, colorScheme] of [
    [DESKTOP, "light"],
    [PHONE, "dark"],
  ] as const) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await holdStill(page);
    await expect.soft(page).toHaveScreenshot(`${name}-${size.name}.png`);
  }
  await page.setViewportSize(DESKTOP);
}

test("the main pages", async ({ page, slipway }) => {
  await page.goto("/");
  await hydrated(page);
  await looksAsBefore(page, "landing");
  await page.getByRole("button", { name: "Continue locally" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();

  slipway.makeRepository("tide");
  const session = await create(page, {
    repository: "tide",
    message: [
      "The gauge feed reconnects in a tight loop. Add back-off with full jitter.",
      "/title Add back-off to the gauge feed",
      "/read notes.txt",
      "/bash printf 'one\\ntwo more\\nthree\\n' > notes.txt",
      "/say The client retries at once.\\n\\n## What changes\\n\\n1. `Backoff` draws its delay from `0..cap`.\\n2. The client sleeps.\\n\\n```rust\\nfn next(&mut self) -> Duration {\\n    self.cap.min(self.base * 2) // half\\n}\\n```\\n\\n| Station | Delay |\\n|---|---:|\\n| Harbour | 4 s |",
    ].join("\n"),
  });
  await session.idle();
  await session.live();
  // The turn's files are looked at once it has ended.
  await expect(page.getByRole("button", { name: "Undo this turn" })).toBeVisible();
  await session.message.focus();
  await session.message.blur();
  await looksAsBefore(page, "session");

  await page.goto(`/sessions/${session.id}/changes`);
  await hydrated(page);
  await expect(page.getByRole("region", { name: "notes.txt", exact: true }).locator("mark")).toHaveText("more");
  await looksAsBefore(page, "changes");

  await page.goto("/sessions");
  await hydrated(page);
  await expect(page.getByRole("list", { name: "Sessions" }).getByRole("listitem")).toHaveCount(1);
  await looksAsBefore(page, "list");

  await page.goto("/settings");
  await hydrated(page);
  await looksAsBefore(page, "settings");
});
