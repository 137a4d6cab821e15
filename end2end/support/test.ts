// The tests' `test`: a Slipway for each worker, a repository for each test, and no error in the browser unnoticed.

import { type Page, test as base, expect } from "@playwright/test";

import type { Folder } from "./repository.ts";
import { Slipway, type Settings } from "./slipway.ts";
import { signIn } from "./session.ts";

export { expect };

interface TestFixtures {
  repository: Folder & { name: string };
  /** A page that is signed in. */
  person: Page;
  /** Messages of the browser that are expected in this test. */
  expectedErrors: RegExp;
}

interface WorkerFixtures {
  settings: Settings;
  slipway: Slipway;
}

let made = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  settings: [{}, { scope: "worker", option: true }],

  slipway: [
    async ({ settings }, use) => {
      const slipway = await Slipway.start(settings);
      await use(slipway);
      await slipway.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  baseURL: async ({ slipway }, use) => use(slipway.address),

  expectedErrors: [/(?!)/, { option: true }],

  page: async ({ page, slipway, expectedErrors }, use, info) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(`thrown: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(page);
    if (info.status !== info.expectedStatus) {
      await info.attach("slipway.log", { body: slipway.log(), contentType: "text/plain" });
    }
    const unexpected = errors.filter((error) => !expectedErrors.test(error));
    expect(unexpected, "errors in the browser's console").toEqual([]);
  },

  repository: async ({ slipway }, use, info) => {
    made += 1;
    const name = `demo-${info.workerIndex}-${made}`;
    await use(Object.assign(slipway.makeRepository(name), { name }));
  },

  person: async ({ page }, use) => {
    await signIn(page);
    await use(page);
  },
});

/** What the browser says when its connection breaks, which these tests bring about. */
export const BROKEN_CONNECTION = /WebSocket connection to .* failed|net::ERR_|Failed to load resource/;
