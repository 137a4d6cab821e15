import { readFileSync } from "node:fs";
import { join } from "node:path";

import { create } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("Deliver puts the session's branch into the repository and touches nothing else", async ({
  person,
  slipway,
  repository,
}) => {
  // The person is in the middle of something.
  repository.write("notes.txt", "my own unfinished line\n");
  repository.git("branch", "mine");
  const before = repository.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads");
  const head = repository.git("symbolic-ref", "HEAD");

  const session = await create(person, {
    repository: repository.name,
    message: "Deliver this.\n/write delivered.txt\nfrom the session\n/say Ready.",
  });
  await session.idle();
  await person.getByRole("button", { name: "Deliver", exact: true }).click();

  const branch = slipway.checkout(session.id).git("branch", "--show-current");
  expect(branch).toMatch(/^slipway\//);
  await expect.poll(() => repository.git("branch", "--list", branch, "--format=%(refname:short)")).toBe(branch);
  expect(repository.git("show", `${branch}:delivered.txt`)).toBe("from the session");
  const after = repository.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads");
  expect(after.split("\n").filter((line) => !line.startsWith("refs/heads/slipway/"))).toEqual(before.split("\n"));
  expect(repository.git("symbolic-ref", "HEAD")).toBe(head);
  expect(readFileSync(join(repository.path, "notes.txt"), "utf8")).toBe("my own unfinished line\n");
  expect(repository.changes()).toEqual(["notes.txt"]);
});
