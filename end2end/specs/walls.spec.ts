import { existsSync } from "node:fs";
import { join } from "node:path";

import { bringConfiguration, configurationCard } from "../support/configuration.ts";
import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test.use({ settings: { SLIPWAY_SANDBOX: "host" } });

test("where agents run without isolation, each page says so", async ({ person }) => {
  for (const path of ["/sessions", "/sessions/new"]) {
    await person.goto(path);
    await expect(person.getByText(/without isolation/i).first()).toBeVisible();
  }
});

test("without isolation no agent starts beside what a repository brings, until it is trusted", async ({
  person,
  slipway,
  repository,
}) => {
  bringConfiguration(repository);
  const session = await create(person, { repository: repository.name, message: "Look.\n/say Seen." });
  await expect(configurationCard(person)).toContainText("this one does not start before you trust the repository");
  await expect(session.phase).toHaveAttribute("data-phase", "failed");
  await expect(session.answers).toHaveCount(0);
  const spied = join(slipway.checkout(session.id).path, "spied.txt");
  expect(existsSync(spied)).toBe(false);

  await configurationCard(person).getByRole("button", { name: "Trust this repository" }).click();
  // How soon it answers is up to what the repository brings: its plugins may load packages first.
  await session.woken();
  await expect(session.details.getByText("Its configuration is on", { exact: true })).toBeVisible();
});
