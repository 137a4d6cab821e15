// The GitHub of these tests answers as GitHub's own description says: nobody is fooled by a stage that is kinder than the world.

import { test } from "../support/github.ts";
import { Description } from "../support/openapi.ts";
import { expect } from "../support/test.ts";

test("every answer has the shape that GitHub describes", async ({ github }) => {
  test.setTimeout(180_000);
  const repository = "ada/shapes";
  await github.addRepository(repository, { private: true, readers: ["ada"], files: { "a.txt": "a\n" } });
  const commit = (await github.tell("commit-of", { full_name: repository, branch: "main" })) as string;
  await github.tell("check", { commit, name: "build", conclusion: "failure", summary: "It broke." });
  const number = await github.tell("open-pull", { full_name: repository, head: "main", title: "Shapes" });
  await github.tell("comment", { number, author: "bob", path: "a.txt", line: 1, text: "Why?" });
  await github.tell("review", { number, author: "bob", state: "CHANGES_REQUESTED", text: "Not yet." });
  const token = (await github.tell("token-of", { login: "ada" })) as string;

  const pull = `/repos/{owner}/{repo}/pulls/{pull_number}`;
  const routes: [path: string, asked: string, status?: number][] = [
    ["/user", "/user"],
    ["/user/orgs", "/user/orgs"],
    ["/user/repos", "/user/repos?per_page=5"],
    // What an app that is not installed hears.
    ["/user/installations", "/user/installations", 403],
    ["/repos/{owner}/{repo}", `/repos/${repository}`],
    ["/repos/{owner}/{repo}/pulls", `/repos/${repository}/pulls?state=open`],
    [pull, `/repos/${repository}/pulls/${number}`],
    [`${pull}/reviews`, `/repos/${repository}/pulls/${number}/reviews`],
    [`${pull}/comments`, `/repos/${repository}/pulls/${number}/comments`],
    ["/repos/{owner}/{repo}/commits/{ref}/check-runs", `/repos/${repository}/commits/${commit}/check-runs`],
    ["/repos/{owner}/{repo}/commits/{ref}/status", `/repos/${repository}/commits/${commit}/status`],
  ];
  const described = Description.read();
  const mistakes: string[] = [];
  for (const [path, asked, status = 200] of routes) {
    const answer = await fetch(`${github.address}${asked}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status, asked).toBe(status);
    mistakes.push(...described.mistakes(path, status, await answer.json()));
  }
  const unknown = await fetch(`${github.address}/repos/ada/none`, { headers: { authorization: `Bearer ${token}` } });
  mistakes.push(...described.mistakes("/repos/{owner}/{repo}", 404, await unknown.json()));
  expect(mistakes).toEqual([]);
});
