import { hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("a person continues locally and finds the list of sessions", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.getByRole("button", { name: "Continue locally" }).click();

  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe("/sessions");
  await page.goto("/");
  await expect(page, "who is signed in goes straight to the sessions").toHaveURL(/\/sessions$/);
});

test.describe("signed out", () => {
  test.use({ expectedErrors: /status of 40[134]/ });

  test("pages of sessions are for who is signed in", async ({ page }) => {
    for (const path of ["/sessions", "/sessions/new", "/sessions/abcdefgh"]) {
      await page.goto(path);
      await expect(page.getByRole("button", { name: "Continue locally" })).toBeVisible();
      expect(await page.content()).not.toContain("demo-");
    }
  });
});

test("old addresses lead to the sessions", async ({ person }) => {
  await person.goto("/agents");
  await expect(person).toHaveURL(/\/sessions$/);
  const answer = await person.request.get("/agents/abcdefgh", { maxRedirects: 0 });
  expect(answer.headers()["location"]).toBe("/sessions/abcdefgh");
});

test.describe("what is not there", () => {
  test.use({ expectedErrors: /status of 404/ });

  test("a session that never was is 404, with a sentence", async ({ person }) => {
    const answer = await person.goto("/sessions/nosuchsession");
    expect(answer?.status()).toBe(404);
    await expect(person.getByRole("main")).toContainText(/no such session|not found|does not exist/i);
    expect((await person.goto("/nothing/here"))?.status()).toBe(404);
  });
});
