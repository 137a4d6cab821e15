// Pictures of every page and state, by `cargo xtask shots`: one story, told once.

import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "shots",
  workers: 1,
  timeout: 600_000,
  reporter: [["list"]],
});
