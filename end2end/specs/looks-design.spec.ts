// What the pieces look like, compared with pictures that somebody looked at. Apart from the pages, which show who else signed in.

import { hydrated, signIn } from "../support/session.ts";
import { holdStill, sameFaces } from "../support/still.ts";
import { expect, test } from "../support/test.ts";

test.use({ bypassCSP: true, expectedErrors: /Failed to load resource/ });

test("every piece in every state", async ({ page }) => {
  await sameFaces(page);
  await signIn(page);
  await page.goto("/design");
  await hydrated(page);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await holdStill(page);
    await expect.soft(page).toHaveScreenshot(`design-${colorScheme}.png`, { fullPage: true });
  }
});
