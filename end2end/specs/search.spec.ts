import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("what was said is found while typing, and a hit leads to its message", async ({ person, repository }) => {
  const turns = Array.from({ length: 9 }, (_, turn) => turn + 1);
  const session = await create(person, { repository: repository.name, message: "Harbour\n/say The keeper lit the lantern." });
  await session.idle();
  for (const turn of turns) {
    await session.send(`Go on ${turn}\n/say Nothing else happened, ${turn}.`);
    await session.idle();
  }

  await person.goto("/sessions");
  await hydrated(person);
  await person.getByRole("searchbox", { name: "Search sessions" }).fill("lantern keep");
  const hits = person.getByRole("list", { name: "In conversations" }).getByRole("listitem");
  const answer = hits.filter({ hasText: "Agent" });
  await expect(answer).toContainText("The keeper lit the lantern.");
  await expect(answer.locator("mark")).toHaveText(["keeper", "lantern"]);

  await answer.getByRole("link").click();
  await expect(person).toHaveURL(/\?at=.*#m-/);
  const log = person.getByRole("log", { name: "Conversation" });
  await expect(log.getByRole("article", { name: "Agent" }).first()).toBeInViewport();
  await expect(log.getByRole("article", { name: "Agent" }).first()).toContainText("lantern");
  await expect(log).not.toContainText("happened, 9.");

  // On to the end, page by page, without moving what is read.
  const later = person.getByRole("button", { name: "Load later messages" });
  await later.scrollIntoViewIfNeeded();
  await later.click();
  await expect(log).toContainText("happened, 9.");
  await expect(later).toHaveCount(0);
});

test("a search works as a plain page", async ({ person, slipway, repository, browser }) => {
  const session = await create(person, { repository: repository.name, message: "Jetty\n/say The <b>gull</b> sat there." });
  await session.idle();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: await person.context().storageState() });
  const page = await context.newPage();
  await page.goto(`${slipway.address}/sessions?q=gull+sat`);
  const hits = page.getByRole("list", { name: "In conversations" });
  await expect(hits.locator("mark").first()).toHaveText("gull");
  await expect(hits).toContainText("<b>gull</b>");
  await hits.getByRole("link").first().click();
  await expect(page.getByRole("log", { name: "Conversation" })).toContainText("sat there.");
  await context.close();
});
