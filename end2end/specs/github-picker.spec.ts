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

test("an archived repository says so, and one of many branches is found by typing", async ({ page, github }) => {
  await github.tell("person", { login: "fen" });
  await github.addRepository("fen/attic", { readers: ["fen"], files: { "a.txt": "a\n" } });
  await github.addRepository("fen/mill", { readers: ["fen"], files: { "a.txt": "a\n" } });
  for (let number = 1; number <= 40; number += 1) {
    await github.tell("commit", { full_name: "fen/mill", branch: `feature/wheel-${number}`, message: "Turn" });
  }
  await github.tell("archive", { full_name: "fen/attic" });
  await signInAs(page, "fen");
  await page.goto("/sessions/new");
  await hydrated(page);
  const picker = page.getByRole("combobox", { name: "Repository" });
  await picker.click();
  await expect(page.getByRole("option", { name: /fen\/attic.*archived/i })).toHaveAttribute("aria-disabled", "true");
  await picker.fill("mill");
  await page.getByRole("option", { name: /fen\/mill/ }).click();

  const branches = page.getByRole("combobox", { name: "Base branch" });
  await expect(branches).toHaveValue("main");
  await branches.click();
  await expect(page.getByRole("option").first()).toHaveAccessibleName(/main/);
  await branches.fill("wheel-37");
  await page.getByRole("option", { name: "feature/wheel-37" }).click();
  await expect(branches).toHaveValue("feature/wheel-37");
});
