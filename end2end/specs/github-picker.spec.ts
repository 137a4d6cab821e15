import { signInAs, test } from "../support/github.ts";
import { hydrated } from "../support/session.ts";
import { expect } from "../support/test.ts";

test("one of 1,500 repositories is found by typing, and the page stays small", async ({ page, github }) => {
  await github.tell("person", { login: "dee" });
  await github.tell("repositories", { owner: "dee", count: 1500, readers: ["dee"] });
  await github.addRepository("dee/vault", { private: true, readers: ["dee"], files: { "a.txt": "a\n" } });
  await signInAs(page, "dee");

  const html = await (await page.request.get("/sessions/new")).text();
  expect(html.match(/dee\/thing-/g)!.length).toBeLessThan(300);
  await page.goto("/sessions/new");
  await hydrated(page);
  const picker = page.getByRole("combobox", { name: "Repository" });
  await picker.click();
  await picker.fill("thing-1387");
  await expect(page.getByRole("option", { name: /dee\/thing-1387/ })).toBeVisible();
  await picker.fill("vault");
  await expect(page.getByRole("option", { name: /dee\/vault.*private/i })).toBeVisible();
  await picker.fill("nothing has this name");
  await expect(page.getByText(/not listed/i)).toBeVisible();
});
