// Slipway as an app: installed, without a connection, and at its end.

import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";
import { hydrated } from "../support/session.ts";

test("it can be installed: a manifest whose icons are there", async ({ person }) => {
  const link = await person.locator('link[rel="manifest"]').getAttribute("href");
  const answer = await person.request.get(link!);
  expect(answer.headers()["content-type"]).toContain("application/manifest+json");
  const manifest = (await answer.json()) as { name: string; start_url: string; icons: { src: string; sizes: string }[] };
  expect([manifest.name, manifest.start_url]).toEqual(["Slipway", "/sessions"]);
  expect(manifest.icons.map((icon) => icon.sizes)).toEqual(["any", "192x192", "512x512", "512x512"]);
  for (const { src } of manifest.icons) expect((await person.request.get(src)).status(), src).toBe(200);
});

test("what is pressed before the program runs happens when it does", async ({ person }) => {
  let bring = () => {};
  const pressed = new Promise<void>((resolve) => (bring = resolve));
  await person.route("**/pkg/*.js*", async (route) => {
    await pressed;
    await route.continue();
  });
  await person.goto("/sessions");
  await person.getByRole("button", { name: "Account" }).click();
  await expect(person.getByRole("menuitem", { name: "Settings" })).toHaveCount(0);
  bring();
  await expect(person.getByRole("menuitem", { name: "Settings" })).toBeVisible();
});

test.describe("with a line that breaks", () => {
  test.use({ expectedErrors: BROKEN_CONNECTION });

  test("a program that was lost on its way is brought again", async ({ person }) => {
    const asked: (string | null)[] = [];
    await person.route("**/pkg/*.js*", async (route) => {
      asked.push(new URL(route.request().url()).searchParams.get("attempt"));
      await (asked.length === 1 ? route.abort("connectionreset") : route.continue());
    });
    await person.goto("/sessions");
    await hydrated(person);
    expect(asked).toEqual([null, "1"]);
  });
});

test.describe("without a server", () => {
  test.use({ expectedErrors: BROKEN_CONNECTION });

  test("a page says that there is no connection, and leads back when there is one", async ({ person, slipway }) => {
    // It answers for the next page, whether or not it came in time to claim this one.
    await person.evaluate(async () => void (await navigator.serviceWorker.ready));
    await slipway.wire.cut();
    await person.goto("/sessions");
    await expect(person.getByRole("heading", { name: "No connection to Slipway" })).toBeVisible();
    const cached = await person.evaluate(async () => {
      const names = await caches.keys();
      const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return all.flat().map((request) => new URL(request.url).pathname);
    });
    expect(cached).toEqual(["/offline.html"]);
    await slipway.wire.mend();
    await person.getByRole("link", { name: "Try again" }).click();
    await hydrated(person);
    await expect(person.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  });
});

test.describe("when the program ends", () => {
  test.use({ expectedErrors: /panicked|unreachable|RuntimeError/ });

  test("a card offers to reload, and the server's log hears of it once", async ({ person, slipway }) => {
    await person.goto("/design");
    await hydrated(person);
    await person.getByRole("button", { name: "Panic" }).click();
    const card = person.getByRole("alert").filter({ hasText: "This page stopped working" });
    await expect(card).toBeVisible();
    const told = () => slipway.log().split("\n").filter((line) => line.includes("program of a browser panicked"));
    await expect.poll(() => told().length).toBe(1);
    expect(told()[0]).toContain("somebody asked for it on /design");
    await card.getByRole("button", { name: "Reload" }).click();
    await hydrated(person);
    await expect(card).toHaveCount(0);
    expect(told()).toHaveLength(1);
  });
});
