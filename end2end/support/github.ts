// A GitHub of the tests: people sign in with it, repositories lie there, pull requests are opened (see crates/test-support/README.md).

import { type Page, expect } from "@playwright/test";

import { Running } from "./programs.ts";
import { hydrated } from "./session.ts";
import type { Settings } from "./slipway.ts";
import { test as base } from "./test.ts";

export interface Code {
  private?: boolean;
  readers: string[];
  files?: Record<string, string>;
}

export class GitHub {
  private constructor(
    private readonly running: Running,
    readonly address: string,
    private readonly door: string,
  ) {}

  static async start(): Promise<GitHub> {
    const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", TMPDIR: process.env["TMPDIR"] ?? "/tmp" };
    const ready = /github listening on (\S+), told on (\S+)/;
    const { running, match } = await Running.start("github-stage", [], env, ready);
    return new GitHub(running, match[1]!, match[2]!);
  }

  /** What makes a Slipway know it. */
  get settings(): Settings {
    return {
      SLIPWAY_GITHUB_CLIENT_ID: "Iv1.slipway-test",
      SLIPWAY_GITHUB_CLIENT_SECRET: "secret-of-the-app-0123456789",
      SLIPWAY_GITHUB_WEB_URL: this.address,
      SLIPWAY_GITHUB_API_URL: this.address,
      SLIPWAY_ALLOW: "everyone",
    };
  }

  async tell(deed: string, more: object = {}): Promise<unknown> {
    const body = JSON.stringify({ deed, ...more });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.door, { method: "POST", headers, body });
    expect(answer.status, `${deed}: ${body}`).toBe(200);
    return answer.json();
  }

  async addRepository(name: string, { readers, private: hidden = false, files = {} }: Code): Promise<void> {
    await this.tell("repository", { full_name: name, private: hidden, readers, files: Object.entries(files) });
  }

  async stop(): Promise<void> {
    await this.running.stop("SIGTERM");
  }
}

/** Through GitHub's page, as this person. */
export async function signInAs(page: Page, login: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in with GitHub" }).click();
  await page.getByRole("button", { name: `Authorize as ${login}` }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  await hydrated(page);
}

/** A Slipway that signs people in with a GitHub where ada and bob are. */
export const test = base.extend<object, { github: GitHub }>({
  github: [
    async ({}, use) => {
      const github = await GitHub.start();
      for (const login of ["ada", "bob"]) await github.tell("person", { login });
      await use(github);
      await github.stop();
    },
    { scope: "worker" },
  ],
  settings: [async ({ github }, use) => use(github.settings), { scope: "worker" }],
});
