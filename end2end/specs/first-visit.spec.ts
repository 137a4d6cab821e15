import { signIn } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

// A setting that no other file has: a Slipway where nobody was before.
test.use({ settings: { SLIPWAY_LOG: "debug" } });

test("a first visitor is told what to do", async ({ page }) => {
  await signIn(page);

  await expect(page.getByRole("listitem").filter({ has: page.locator("[data-phase]") })).toHaveCount(0);
  const begin = page.getByRole("link", { name: "New session" });
  await begin.or(page.getByRole("button", { name: "New session" })).first().click();
  await expect(page).toHaveURL(/\/sessions\/new$/);
  await page.getByRole("combobox", { name: "Repository" }).click();
  await expect(page.getByRole("option", { name: /sample/ }), "there is a repository to begin with").toBeVisible();
});
