import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("Stop ends the answer and keeps what was said", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Talk.\n/words 2000 25" });
  await expect(session.answer).toContainText("w20");

  await session.stopButton.click();
  await session.idle();
  const said = await session.words();
  expect(said.length).toBeGreaterThanOrEqual(20);
  expect(said.length).toBeLessThan(1000);
  await expect(session.stopButton).toBeHidden();

  await session.open();
  expect(await session.words(), "the same after a reload").toEqual(said);
  await session.send("Go on.\n/say Here I am again.");
  await expect(session.answer).toContainText("Here I am again.");
  await session.idle();
});

test("Stop ends a command that runs", async ({ person, slipway, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Wait.\n/bash sleep 600" });
  const sleeping = () => slipway.processes(session.id).filter(({ command }) => command.startsWith("sleep 600"));
  await expect.poll(sleeping).not.toEqual([]);

  await session.stopButton.click();
  await session.idle();
  await expect.poll(sleeping, "what it started is gone too").toEqual([]);
  await expect(session.log.getByRole("button", { name: /sleep 600/ })).toHaveText(/^Ran sleep 600\s*stopped$/);
});

test("what is sent while it works waits its turn, in order", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say I think.\n/hold queue-1\n/say The first answer.",
  });
  await slipway.model.held("queue-1");
  await session.queueUp("Two.\n/say The second answer.");
  await session.queueUp("Three.\n/say The third answer.");
  await expect(session.queue.getByRole("listitem")).toHaveCount(2);
  await expect(session.queue.getByRole("listitem").first()).toContainText("Two.");

  await session.open();
  await expect(session.queue.getByRole("listitem"), "the queue is the server's").toHaveCount(2);

  await slipway.model.open("queue-1");
  await expect(session.answers.nth(2)).toContainText("The third answer.");
  await session.idle();
  await expect(session.queue.getByRole("listitem")).toHaveCount(0);
  const articles = session.log.getByRole("article");
  const order = ["You", "Agent", "You", "Agent", "You", "Agent"];
  await expect(articles).toHaveCount(order.length);
  for (const [place, name] of order.entries()) await expect(articles.nth(place)).toHaveAccessibleName(name);
  await expect(session.answers).toContainText(["The first answer.", "The second answer.", "The third answer."]);
  await expect(session.log.getByRole("article", { name: "You" })).toContainText(["One.", "Two.", "Three."]);
});

test("a queued message can be removed and edited; Stop leaves the queue", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say Busy.\n/hold queue-2\n/say Never said.",
  });
  await slipway.model.held("queue-2");
  await session.queueUp("Two.\n/say Wrong.");
  await session.queueUp("Three.\n/say The right one.");
  const items = session.queue.getByRole("listitem");
  await expect(items).toHaveCount(2);
  await items.filter({ hasText: "Two." }).getByRole("button", { name: "Remove" }).click();
  await expect(items).toHaveCount(1);

  await session.stopButton.click();
  await expect(session.answer).toContainText("The right one.");
  await session.idle();
  for (const unsaid of ["Never said.", "Wrong."]) {
    await expect(session.answers.filter({ hasText: unsaid })).toHaveCount(0);
  }
  await slipway.model.open("queue-2");
});

test("queued messages are moved, and answered in their new order", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say I think.\n/hold queue-3\n/say The first answer.",
  });
  await slipway.model.held("queue-3");
  for (const name of ["Two", "Three", "Four"]) await session.queueUp(`${name}.\n/say Answer to ${name}.`);
  const items = session.queue.getByRole("listitem");
  await expect(items).toHaveCount(3);
  const mover = (name: string, label: string) =>
    items.filter({ hasText: `${name}.` }).getByRole("button", { name: label });
  await expect(mover("Two", "Move up")).toBeDisabled();
  await expect(mover("Four", "Move down")).toBeDisabled();

  await mover("Four", "Move up").click();
  await expect(items).toContainText(["Two.", "Four.", "Three."]);
  await expect(mover("Four", "Move up")).toBeFocused();
  await person.keyboard.press("Enter");
  await expect(items).toContainText(["Four.", "Two.", "Three."]);
  await expect(mover("Four", "Move down"), "at the end the other button has the focus").toBeFocused();
  await mover("Two", "Move down").click();
  await expect(items).toContainText(["Four.", "Three.", "Two."]);
  await session.open();
  await expect(items, "the order is the server's").toContainText(["Four.", "Three.", "Two."]);

  await slipway.model.open("queue-3");
  await expect(session.answers.nth(3)).toContainText("Answer to Two.");
  await session.idle();
  await expect(session.answers).toContainText(["The first answer.", "Answer to Four.", "Answer to Three.", "Answer to Two."]);
});
