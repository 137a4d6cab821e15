// From signing in to a merged pull request, and what is not to be found on the way.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { type GitHub, signInAs, test } from "../support/github.ts";
import { Description, ROUTES } from "../support/openapi.ts";
import { type Session, create, hydrated } from "../support/session.ts";
import type { Slipway } from "../support/slipway.ts";
import { expect } from "../support/test.ts";

/** Where a secret lies in a folder's files, a session's processes, or a text. */
function leaks(secrets: string[], slipway: Slipway, session: Session, page: string): string[] {
  const found: string[] = [];
  const processes = slipway.processes(session.id);
  for (const secret of secrets) {
    const files = execFileSync("sh", ["-c", 'grep -rlaF -e "$1" "$2" || true', "sh", secret, slipway.data], {
      encoding: "utf8",
    });
    found.push(...files.split("\n").filter((line) => line !== ""));
    for (const { id, command } of processes) {
      const environment = readFileSync(`/proc/${id}/environ`, "utf8");
      if (`${command}${environment}`.includes(secret)) found.push(`process ${command}`);
    }
    if (slipway.log().includes(secret)) found.push("the log");
    if (page.includes(secret)) found.push("the page");
  }
  return found;
}

async function headOf(github: GitHub, repository: string, branch: string): Promise<string> {
  return (await github.tell("commit-of", { full_name: repository, branch })) as string;
}

test("a session ends in a merged pull request, with a failed check on the way", async ({ page, github, slipway }) => {
  test.setTimeout(240_000);
  const repository = "ada/clock";
  await github.addRepository(repository, { private: true, readers: ["ada"], files: { "clock.txt": "late\n" } });
  await signInAs(page, "ada");
  const session = await create(page, {
    repository,
    message: "Mend the clock\n/write clock.txt\non time\n/say The clock is right now.",
  });
  await session.idle();

  await session.details.getByRole("button", { name: "Open pull request" }).click();
  const dialog = page.getByRole("dialog", { name: "Open pull request" });
  await expect(dialog.getByRole("textbox", { name: "Title" })).not.toHaveValue("");
  await dialog.getByRole("textbox", { name: "Title" }).fill("Mend the clock");
  await dialog.getByRole("button", { name: "Open pull request" }).click();
  const link = session.details.getByRole("link", { name: /#\d+ Mend the clock/ });
  await expect(link).toBeVisible();
  const number = Number((await link.innerText()).match(/#(\d+)/)![1]);

  const branch = (await session.details.locator("code").first().innerText()).trim();
  const pushed = { full_name: repository, branch, path: "clock.txt" };
  expect(await github.tell("show", pushed)).toContain("on time");
  const author = await github.tell("author-of", { full_name: repository, branch });
  expect(author).toMatch(/^ada <\d+\+ada@users\.noreply\.github\.com> Slipway/);

  const commit = await headOf(github, repository, branch);
  await github.tell("check", { commit, name: "build", conclusion: "failure", summary: "clock.txt: two o'clock is missing" });
  const checks = session.details.getByRole("list", { name: "Checks" });
  await checks.getByRole("button", { name: "Ask the agent to fix it" }).click({ timeout: 40_000 });
  await expect(session.log).toContainText("two o'clock is missing");
  await session.idle();
  expect(await github.tell("pulls")).toBe(1);

  await github.tell("merge", { number });
  await expect(session.details.getByText("Merged")).toBeVisible({ timeout: 40_000 });

  const described = Description.read();
  const asked = ((await github.tell("asked")) as string[]).map((path) => described.pathOf(path));
  const compared = Object.values(ROUTES).map((route) => route.split(" ")[1]!);
  expect(asked.filter((path) => !compared.includes(path!)), "paths whose answers nobody compared").toEqual([]);

  const secrets = (await github.tell("secrets")) as string[];
  expect(secrets.length).toBeGreaterThan(1);
  expect(leaks(secrets, slipway, session, await page.content())).toEqual([]);
});

test("two people see their own repositories, and nobody another's session", async ({ page, browser, github, slipway }) => {
  for (const login of ["eve", "fay"]) await github.tell("person", { login });
  await github.addRepository("eve/diary", { private: true, readers: ["eve"], files: { "a.txt": "a\n" } });
  await github.addRepository("acme/shared", { private: true, readers: ["eve", "fay"], files: { "a.txt": "a\n" } });
  await signInAs(page, "eve");
  const session = await create(page, { repository: "eve/diary", message: "/say hello" });
  await session.idle();

  const context = await browser.newContext({ baseURL: slipway.address });
  const other = await context.newPage();
  await signInAs(other, "fay");
  expect((await other.request.get(`/sessions/${session.id}`)).status()).toBe(404);
  await other.goto("/sessions/new");
  const picker = other.getByRole("combobox", { name: "Repository" });
  await picker.click();
  await expect(other.getByRole("option", { name: /acme\/shared/ })).toBeVisible();
  await expect(other.getByRole("option", { name: /eve\/diary/ })).toHaveCount(0);

  const theirs = await create(other, { repository: "acme/shared", message: "/say hello from fay" });
  await theirs.idle();
  const listed = async (someone: Page) => {
    await someone.goto("/sessions");
    await hydrated(someone);
    const links = someone.getByRole("list", { name: "Sessions" }).getByRole("link");
    return links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).pathname));
  };
  // Both may read the repository: a session is its maker's still.
  expect([await listed(page), await listed(other)]).toEqual([[`/sessions/${session.id}`], [`/sessions/${theirs.id}`]]);
  expect((await page.request.get(`/sessions/${theirs.id}`)).status()).toBe(404);
  await context.close();
});

test.describe("a token that was revoked", () => {
  test.use({ expectedErrors: /status of 40[134]/ });

  test("leads to one sentence and the way back in", async ({ page, github }) => {
    await github.tell("person", { login: "cy" });
    await github.addRepository("cy/box", { private: true, readers: ["cy"], files: { "a.txt": "a\n" } });
    await signInAs(page, "cy");
    await github.tell("revoke", { login: "cy" });
    await page.goto("/sessions/new");
    await page.getByRole("link", { name: /Sign in again|Sign in with GitHub/ }).click();
    await page.getByRole("button", { name: "Authorize as cy" }).click();
    await page.goto("/sessions/new");
    await hydrated(page);
    await page.getByRole("combobox", { name: "Repository" }).click();
    await expect(page.getByRole("option", { name: /cy\/box/ })).toBeVisible();
  });

  test("stops a push in mid-session, which goes on after signing in again", async ({ page, github }) => {
    await github.tell("person", { login: "dot" });
    await github.addRepository("dot/box", { private: true, readers: ["dot"], files: { "a.txt": "a\n" } });
    await signInAs(page, "dot");
    const session = await create(page, { repository: "dot/box", message: "Fill it\n/write a.txt\nb\n/say Done." });
    await session.idle();
    await github.tell("revoke", { login: "dot" });
    const push = async () => {
      await session.details.getByRole("button", { name: "Push", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Push" });
      await expect(dialog.getByRole("textbox", { name: "Commit message" })).not.toHaveValue("");
      await dialog.getByRole("button", { name: "Push", exact: true }).click();
      return dialog;
    };
    const dialog = await push();
    await expect(dialog.getByRole("alert")).toHaveText(
      "GitHub no longer accepts your sign-in. Sign in again. Nothing was pushed; your commits are kept here.",
    );
    await dialog.getByRole("link", { name: "Sign in again" }).click();
    await page.getByRole("button", { name: "Authorize as dot" }).click();
    await page.waitForURL(`/sessions/${session.id}`);
    await hydrated(page);
    await expect(session.details.getByText("no longer accepts your sign-in")).toHaveCount(0);
    await push();
    await expect(session.details.getByText(/Pushed up to/)).toBeVisible();
    await expect(page.getByRole("link", { name: "Sign in again" })).toHaveCount(0);
  });
});
