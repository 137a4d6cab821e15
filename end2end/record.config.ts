// What a page needs of the browser's program to come alive, by `cargo xtask record`.

import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  // What records a page calls the program.
  use: { ...tests.use, trace: "off" },
  testDir: "record",
  workers: 1,
  reporter: [["list"]],
});
