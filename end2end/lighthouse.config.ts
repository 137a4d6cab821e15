// A long session on a phone, measured, by `cargo xtask lighthouse`.

import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "lighthouse",
  workers: 1,
  timeout: 1_800_000,
  reporter: [["list"]],
});
