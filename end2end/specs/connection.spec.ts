import { counted, create } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

test.use({ expectedErrors: BROKEN_CONNECTION });

test("a reload in the middle of an answer loses and doubles nothing", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Count.\n/words 120 30" });
  await expect(session.answer).toContainText("w15");

  await session.open();
  const atReload = (await session.words()).length;
  expect(atReload, "the page came with what was said so far").toBeGreaterThanOrEqual(15);
  await expect(session.answer).toContainText("w120");
  expect(await session.words()).toEqual(counted(120));
  await session.idle();
});

test("a cut connection is found again, and nothing is missing", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Count.\n/words 40 40\n/hold cut-1\n/say while away\n/words 40\n/hold cut-2\n/say and back.",
  });
  await slipway.model.held("cut-1");
  await session.live();
  await expect(session.answer).toContainText("w40");

  slipway.wire.cut();
  await expect(session.connection).not.toHaveAttribute("data-connection", "live");
  await slipway.model.open("cut-1");
  await slipway.model.held("cut-2");
  await expect(session.answer).not.toContainText("while away");

  slipway.wire.mend();
  await session.live();
  await expect(session.answer).toContainText("while away");
  await slipway.model.open("cut-2");
  await expect(session.answer).toContainText("and back.");
  await session.idle();
  expect(await session.words()).toEqual([...counted(40), ...counted(40)]);
  const onServer = await session.onServer();
  expect(onServer.at(-1)).toContain("and back.");
  expect(onServer.at(-1)!.match(/\bw\d+\b/g)).toEqual(await session.words());
});

test("messages that came while the connection was cut are all there", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say I wait.\n/hold cut-3\n/bash echo in-between\n/say First done.",
  });
  await slipway.model.held("cut-3");
  await session.queueUp("Two.\n/words 30\n/say Second done.");

  slipway.wire.cut();
  await slipway.model.open("cut-3");
  await expect.poll(async () => (await slipway.model.requests()).join("\n"), { timeout: 40_000 }).toContain(
    "Second done.",
  );
  slipway.wire.mend();

  await expect(session.answer).toContainText("Second done.");
  await session.idle();
  await expect(session.answers).toHaveCount(2);
  await expect(session.queue.getByRole("listitem")).toHaveCount(0);
});

test("a connection that fell silent is noticed", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Wait.\n/say Before.\n/hold silent\n/say After.",
  });
  await slipway.model.held("silent");
  await session.live();

  slipway.wire.silence();
  await slipway.model.open("silent");
  await expect(session.connection, "nothing came for too long").not.toHaveAttribute("data-connection", "live", {
    timeout: 40_000,
  });
  slipway.wire.mend();
  await session.live();
  await expect(session.answer).toContainText("Before. After.");
  await session.idle();
});

test("a second tab shows the same, while it happens", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Count.\n/words 30 60\n/hold tabs\n/words 10",
  });
  await slipway.model.held("tabs");
  const other = await session.open(await person.context().newPage());
  await expect(other.answer).toContainText("w30");
  await slipway.model.open("tabs");
  await session.idle();
  await other.idle();
  expect(await other.words()).toEqual(await session.words());

  await other.send("From the other tab.\n/say Heard in both.");
  await expect(session.log).toContainText("From the other tab.");
  await expect(session.answer).toContainText("Heard in both.");
  await session.idle();
  await expect(other.answers).toHaveCount(2);
});
