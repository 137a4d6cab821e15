import { create } from "../support/session.ts";
import { slowLine } from "../support/slow-line.ts";
import { expect, test } from "../support/test.ts";

/** Milliseconds in which a browser draws whatever it may. */
const LONG = 1_000;

test("a page whose rest is still on its way is not drawn in part", async ({ person, browser, slipway, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Hello.\n/say It waits." });
  await session.idle();
  const line = await slowLine(slipway.address, "It waits.");
  // The program has no part in it.
  const storageState = await person.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState });
  try {
    const page = await context.newPage();
    const now = () => page.evaluate(() => performance.now());
    const painted = () => page.evaluate(() => performance.getEntriesByType("paint").map(({ name }) => name));
    await page.goto(`${line.address}/sessions/${session.id}`, { waitUntil: "commit" });
    await expect(page.getByText("It waits.")).toHaveCount(1);
    const came = await now();
    await expect.poll(now).toBeGreaterThan(came + LONG);
    await expect(page.getByRole("button", { name: "Send" })).toHaveCount(0);
    expect(await painted()).toEqual([]);

    line.goOn();
    await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
    await expect.poll(painted).toContain("first-contentful-paint");
  } finally {
    await context.close();
    line.end();
  }
});
