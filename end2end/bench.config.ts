// Figures of a real browser, by `cargo xtask bench`: each script is told an address and leaves figures in a file.

import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "bench",
  workers: 1,
  retries: 0,
  timeout: 300_000,
  reporter: [["line"]],
});
