import { expect, test } from "../support/test.ts";

test.use({ settings: { SLIPWAY_SANDBOX: "host" } });

test("where agents run without isolation, each page says so", async ({ person }) => {
  for (const path of ["/sessions", "/sessions/new"]) {
    await person.goto(path);
    await expect(person.getByText(/without isolation/i).first()).toBeVisible();
  }
});
