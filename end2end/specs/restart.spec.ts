import { counted, create } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

test.use({ expectedErrors: BROKEN_CONNECTION });

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`the turn goes on when the server is restarted by ${signal} in the middle of it`, async ({
    person,
    slipway,
    repository,
  }) => {
    const gate = `restart-${signal.toLowerCase()}`;
    const session = await create(person, {
      repository: repository.name,
      message: `Count.\n/words 50 50\n/hold ${gate}\n/words 50 50\n/bash echo made > made.txt\n/say All is said.`,
    });
    await slipway.model.held(gate);
    await expect(session.answer).toContainText("w50");

    const ended = await slipway.down(signal);
    if (signal === "SIGTERM") expect(ended, "it ends by itself").toBe(0);
    await expect(session.connection).not.toHaveAttribute("data-connection", "live");
    expect(slipway.processes(session.id), "the agent works on").not.toEqual([]);
    // The answer goes on while nobody is there to hear it.
    await slipway.model.open(gate);
    await expect.poll(() => slipway.checkout(session.id).changes(), { timeout: 30_000 }).toEqual(["made.txt"]);
    await slipway.up();

    await session.live();
    await expect(session.answer).toContainText("All is said.");
    await session.idle();
    expect(await session.words()).toEqual([...counted(50), ...counted(50)]);
    await expect(session.answers).toHaveCount(1);
    await expect(session.log.getByRole("article", { name: "You" })).toHaveCount(1);

    await session.send("Still there?\n/say Still here.");
    await expect(session.answer).toContainText("Still here.");
    await session.idle();
  });
}

test("a restart between turns is not noticed", async ({ person, slipway, repository }) => {
  const session = await create(person, { repository: repository.name, message: "One.\n/say The first answer." });
  await expect(session.answer).toContainText("The first answer.");
  await session.idle();

  expect(await slipway.down("SIGTERM")).toBe(0);
  await slipway.up();
  await session.live();
  await session.send("What did I say before?\n/say The second answer.");
  await session.woken();
  await expect(session.answer).toContainText("The second answer.");
  await session.idle();

  const requests = await slipway.model.requests();
  expect(
    requests.some((request) => request.includes("What did I say before?") && request.includes("The first answer.")),
    "the agent still knows the conversation",
  ).toBe(true);
});

test("a message queued before an accident is answered after it", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "One.\n/say Busy.\n/hold accident\n/say The first answer.",
  });
  await slipway.model.held("accident");
  await session.queueUp("Two.\n/say The second answer.");
  await slipway.down("SIGKILL");
  await slipway.model.open("accident");
  await slipway.up();

  await expect(session.answers.nth(1)).toContainText("The second answer.");
  await session.idle();
  await expect(session.answers).toHaveCount(2);
});

test("Ctrl-C stops the running turn and keeps its text", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Talk.\n/words 40\n/hold interrupt\n/say Never said.",
  });
  await slipway.model.held("interrupt");
  await expect(session.answer).toContainText("w40");

  expect(await slipway.down("SIGINT")).toBe(0);
  await expect.poll(() => slipway.processes(session.id), "nothing is left running").toEqual([]);
  await slipway.up();
  await session.live();
  await session.idle();
  expect(await session.words()).toEqual(counted(40));
  await slipway.model.open("interrupt");
});
