import type { Locator, Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test.use({ settings: { SLIPWAY_EGRESS: "allowlist:usual.invalid" } });

/** A command that wants to reach a machine. There is none of that name, so it fails in one way or another. */
function reach(host: string): string {
  return `Fetch.\n/bash curl -sS --max-time 20 https://${host}/ || true\n/say Tried.`;
}

function refusals(log: Locator): Locator {
  return log.getByText(/^The agent wanted to reach .* was refused/);
}

async function preferNetwork(person: Page, choice: string): Promise<void> {
  await person.goto("/settings");
  await hydrated(person);
  const defaults = person.getByRole("region", { name: "Defaults" });
  await defaults.getByRole("combobox", { name: "Network" }).selectOption(choice);
  await expect(defaults.getByRole("status")).toHaveText("Saved");
}

test("a machine that was refused is allowed for this session, and no longer", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: reach("other.invalid") });
  await session.idle();
  await expect(refusals(session.log)).toHaveText([
    "The agent wanted to reach other.invalid:443, and was refused. It is not on the list of what this session may reach.",
  ]);
  const allow = session.log.getByRole("button", { name: "Allow for this session" });
  await allow.click();
  await expect(allow).toHaveCount(0);
  await expect(session.log).toContainText("lets the agent reach other.invalid:443 in this session.");
  const rules = session.details.getByRole("list", { name: "Rules of this session" });
  await expect(rules.getByRole("listitem")).toHaveText(["other.invalid:443"]);

  await session.send(reach("other.invalid"));
  await expect(session.answers).toHaveCount(2);
  await session.idle();
  await expect(refusals(session.log)).toHaveCount(1);

  await rules.getByRole("button", { name: "No longer allow other.invalid:443" }).click();
  await expect(rules).toHaveCount(0);
  await session.send(reach("other.invalid"));
  await expect(session.answers).toHaveCount(3);
  await session.idle();
  await expect(refusals(session.log)).toHaveCount(2);

  await person.goto("/settings/audit");
  await expect(person.getByText("refused an agent a machine")).toHaveCount(2);
  await expect(person.getByText("let an agent reach a machine")).toHaveCount(1);
});

test("who prefers it lets agents reach only what is allowed in the session", async ({ person, repository }) => {
  await preferNetwork(person, "Nothing but what I allow in the session");
  const session = await create(person, { repository: repository.name, message: reach("usual.invalid") });
  await session.idle();
  await expect(refusals(session.log)).toHaveCount(1);
  const rules = session.details.getByRole("list", { name: "Rules of this session" });
  await expect(rules.getByRole("listitem")).toHaveText(["Reaches no machine but those allowed here"]);
  await preferNetwork(person, "What the installation allows");
  const usual = await create(person, { repository: repository.name, message: reach("usual.invalid") });
  await usual.idle();
  await expect(refusals(usual.log)).toHaveCount(0);
});
