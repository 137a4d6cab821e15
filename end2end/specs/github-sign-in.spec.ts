import { signInAs, test } from "../support/github.ts";
import { create, hydrated } from "../support/session.ts";
import { expect } from "../support/test.ts";

test("a person signs in with GitHub, lands where they wanted to be, and signs out", async ({ page, github }) => {
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Continue locally" })).toHaveCount(0);
  await page.goto("/auth/github?next=/sessions/new");
  await page.getByRole("button", { name: "Authorize as ada" }).click();
  await expect(page).toHaveURL(/\/sessions\/new$/);

  const cookies = await page.context().cookies();
  const ours = cookies.find((cookie) => cookie.name.includes("slipway"))!;
  expect([ours.httpOnly, ours.sameSite]).toEqual([true, "Lax"]);
  const secrets = (await github.tell("secrets")) as string[];
  const seen = [await page.content(), JSON.stringify(cookies)].join("\n");
  expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);

  await page.goto("/sessions");
  await page.getByRole("button", { name: /account|menu/i }).first().click();
  await page.getByRole("button", { name: "Sign out" }).or(page.getByRole("menuitem", { name: "Sign out" })).click();
  await expect(page.getByRole("link", { name: "Sign in with GitHub" })).toBeVisible();
});

test("who cancels at GitHub is where they were", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in with GitHub" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("link", { name: "Sign in with GitHub" })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe("/");
});

test.describe("a return that is not good", () => {
  test.use({ expectedErrors: /status of 403/ });

  test("a forged state and a replay are refused with a sentence", async ({ page }) => {
    await page.goto("/");
    const forged = await page.goto("/auth/github/callback?code=x&state=forged");
    expect(forged?.status()).toBe(403);
    await expect(page.getByText("This sign-in was not begun in this browser, or too long ago.")).toBeVisible();

    let returned = "";
    page.on("request", (request) => {
      if (request.url().includes("/auth/github/callback?code=code_")) returned = request.url();
    });
    await signInAs(page, "ada");
    const again = await page.goto(returned);
    expect(again?.status()).toBe(403);
    await page.goto("/sessions");
    await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  });

  test("what another browser began is not taken up here", async ({ page, browser, slipway }) => {
    const context = await browser.newContext({ baseURL: slipway.address });
    const other = await context.newPage();
    const callback = /\/auth\/github\/callback\?code=/;
    await other.route(callback, (route) => route.abort());
    const returned = other.waitForRequest(callback);
    await other.goto("/auth/github");
    await other.getByRole("button", { name: "Authorize as bob" }).click();
    const address = (await returned).url();
    await page.goto("/auth/github");
    expect((await page.goto(address))?.status()).toBe(403);
    await page.goto("/");
    await expect(page.getByRole("link", { name: "Sign in with GitHub" })).toBeVisible();
    await context.close();
  });

  test("who took too long at GitHub begins again", async ({ page, slipway }) => {
    await page.goto("/auth/github?next=/sessions/new");
    slipway.change("update web_sessions set data = cast(json_set(cast(data as text), '$.data.github.at[0]', 2020) as blob)");
    await page.getByRole("button", { name: "Authorize as ada" }).click();
    await expect(page.getByText("This sign-in was not begun in this browser, or too long ago.")).toBeVisible();
    await page.getByRole("link", { name: "Go to Slipway" }).click();
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("button", { name: "Authorize as ada" }).click();
    await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  });
});

test.describe("a sign-in that has run out", () => {
  test.use({ expectedErrors: /status of 401|WebSocket/ });

  const ranOut = "update web_sessions set expires_at = 1";

  test.beforeAll(async ({ github }) => {
    await github.tell("person", { login: "gil" });
    await github.addRepository("gil/ran-out", { readers: ["gil"], files: { "a.txt": "a\n" } });
  });

  test.beforeEach(({ page }) => signInAs(page, "gil"));

  test("takes nothing of what was typed, and the way back leads to it", async ({ page, slipway }) => {
    const session = await create(page, { repository: "gil/ran-out", message: "/say Hello." });
    await session.idle();
    await session.message.fill("What I was about to say");
    slipway.change(ranOut);
    // The page hears of it by itself.
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("button", { name: "Authorize as gil" }).click();
    await page.waitForURL(`/sessions/${session.id}`);
    await hydrated(page);
    await expect(session.message).toHaveValue("What I was about to say");
  });

  test("refuses what is sent before the page has heard of it, and leaves it to be sent again", async ({ page, slipway }) => {
    await page.routeWebSocket(/\/live/, (socket) => {
      socket.connectToServer().onClose(() => {});
    });
    const session = await create(page, { repository: "gil/ran-out", message: "/say Hello." });
    await session.idle();
    await session.message.fill("/say Still here.");
    slipway.change(ranOut);
    await session.message.press("Enter");
    await expect(page.getByRole("alert").filter({ hasText: "Sign in to go on." })).toBeVisible();
    await expect(session.message).toHaveValue("/say Still here.");
    await page.reload();
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("button", { name: "Authorize as gil" }).click();
    await page.waitForURL(`/sessions/${session.id}`);
    await hydrated(page);
    await session.message.press("Enter");
    await expect(session.answer).toContainText("Still here.");
  });
});
