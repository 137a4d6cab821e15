// The GitHub of these tests answers as GitHub's own description says: nobody is fooled by a stage that is kinder than the world.

import { test } from "../support/github.ts";
import { Description, ROUTES } from "../support/openapi.ts";
import { expect } from "../support/test.ts";

interface Question {
  route: string;
  address: string;
  status?: number;
  /** Makes it a POST. */
  body?: object;
  token?: string;
}

test("every answer has the shape that GitHub describes", async ({ github }) => {
  test.setTimeout(180_000);
  const repository = "ada/shapes";
  await github.addRepository(repository, { private: true, readers: ["ada"], files: { "a.txt": "a\n" } });
  const commit = (await github.tell("commit", { full_name: repository, branch: "topic", message: "More" })) as string;
  const run = { commit, name: "build", conclusion: "failure", summary: "It broke." };
  const check = (await github.tell("check", { ...run, annotations: [["a.txt", 1, "Here."]] })) as number;
  await github.tell("status", { commit, context: "ci/old", state: "pending", description: "It waits." });
  const good = (await github.tell("token-of", { login: "ada" })) as string;

  const described = Description.read();
  const mistakes: string[] = [];
  const asked = new Set<string>();
  const ask = async ({ route, address, status = 200, body, token = good }: Question): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const options = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${github.address}${address}`, options);
    expect(answer.status, address).toBe(status);
    const said: unknown = await answer.json();
    mistakes.push(...described.mistakes(route, status, said));
    asked.add(route);
    return said;
  };

  await ask({ route: ROUTES.me, address: "/user" });
  await ask({ route: ROUTES.me, address: "/user", status: 401, token: "gho_nobody" });
  await ask({ route: ROUTES.organisations, address: "/user/orgs" });
  await ask({ route: ROUTES.repositories, address: "/user/repos?per_page=5" });
  // What an app that is not installed hears, and one that is.
  await ask({ route: ROUTES.installations, address: "/user/installations", status: 403 });
  await github.tell("install", { slug: "slipway", account: "ada", members: ["ada"], repositories: [repository] });
  const { installations } = (await ask({ route: ROUTES.installations, address: "/user/installations" })) as {
    installations: { id: number }[];
  };
  await ask({ route: ROUTES.installed, address: `/user/installations/${installations[0]!.id}/repositories` });

  const at = `/repos/${repository}`;
  await ask({ route: ROUTES.repository, address: at });
  await ask({ route: ROUTES.repository, address: "/repos/ada/none", status: 404 });
  const wanted = { title: "Shapes", body: "", head: "topic", base: "main", draft: true };
  const { number } = (await ask({ route: ROUTES.openPull, address: `${at}/pulls`, body: wanted, status: 201 })) as {
    number: number;
  };
  await ask({ route: ROUTES.openPull, address: `${at}/pulls`, body: wanted, status: 422 });
  await ask({ route: ROUTES.openPull, address: `${at}/pulls`, body: { ...wanted, head: "none" }, status: 422 });
  await github.tell("only-reads", { login: "ada", full_name: repository });
  await ask({ route: ROUTES.openPull, address: `${at}/pulls`, body: wanted, status: 403 });
  await github.tell("comment", { number, author: "bob", path: "a.txt", line: 1, text: "Why?" });
  await github.tell("review", { number, author: "bob", state: "CHANGES_REQUESTED", text: "Not yet." });
  await ask({ route: ROUTES.pulls, address: `${at}/pulls?state=open` });
  await ask({ route: ROUTES.pull, address: `${at}/pulls/${number}` });
  await ask({ route: ROUTES.pull, address: `${at}/pulls/999`, status: 404 });
  await ask({ route: ROUTES.reviews, address: `${at}/pulls/${number}/reviews` });
  await ask({ route: ROUTES.comments, address: `${at}/pulls/${number}/comments` });
  await ask({ route: ROUTES.checkRuns, address: `${at}/commits/${commit}/check-runs` });
  await ask({ route: ROUTES.statuses, address: `${at}/commits/${commit}/status` });
  await ask({ route: ROUTES.checkRun, address: `${at}/check-runs/${check}` });
  await ask({ route: ROUTES.annotations, address: `${at}/check-runs/${check}/annotations` });

  expect(mistakes).toEqual([]);
  expect([...asked].sort(), "each route was compared").toEqual(Object.values(ROUTES).sort());
});
