import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("a conversation goes on with a summary when a person asks for it", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "The word is heron.\n/usage 900 30\n/say Heard.",
  });
  await session.idle();
  await session.details.getByRole("button", { name: "Compact" }).click();
  await expect(session.log).toContainText("The conversation so far was summarized.");
  await session.idle();
  await expect(session.log.getByRole("article", { name: "You" }).last()).toContainText("/compact");

  await session.send("/say And on.");
  await expect(session.answer).toContainText("And on.");
  await session.idle();
  const asked = (await slipway.model.requests()).at(-1);
  expect(asked, "the summary stands for what was said").not.toContain("The word is heron.");
});
