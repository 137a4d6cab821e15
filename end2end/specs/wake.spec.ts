import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test.use({ settings: { SLIPWAY_IDLE_STOP: "1s" } });

test("whoever is about to write finds the agent awake", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "One.\n/say The first answer." });
  await expect(session.answer).toContainText("The first answer.");
  await expect(session.phase).toHaveAttribute("data-phase", "asleep");

  let woken = 0;
  person.on("request", (request) => {
    if (/"wake"/.test(request.postData() ?? "")) woken += 1;
  });
  await session.message.focus();
  await expect.poll(() => woken).toBe(1);
  await expect(session.phase).toHaveAttribute("data-phase", "starting");
  await session.message.blur();
  await session.message.focus();
  await session.started();
  await expect(session.phase).toHaveAttribute("data-phase", "asleep");
  expect(woken, "asked once").toBe(1);
  await session.message.blur();
  await session.message.focus();
  await expect(session.phase).toHaveAttribute("data-phase", "starting");
  expect(woken, "and again after it slept").toBe(2);
});
