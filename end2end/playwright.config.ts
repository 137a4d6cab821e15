import { defineConfig } from "@playwright/test";

const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  // Each worker has a Slipway, a model and agents of its own; two keep two cores busy.
  workers: 2,
  fullyParallel: false,
  // A test that passes only at its second try is a bug.
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  // Where an agent has to start first, `Session.started` waits longer.
  expect: {
    timeout: 20_000,
    // Two builds of Chromium differ in a few edges of letters.
    toHaveScreenshot: { maxDiffPixelRatio: 0.003, animations: "disabled", caret: "hide" },
  },
  snapshotPathTemplate: "looks/{arg}{ext}",
  reporter: [["list"], ["json"], ["html", { open: "never", outputFolder: "playwright-report" }]],
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    // A trace of every test takes a sixth of the time of all of them; `--trace on` makes one.
    trace: "off",
    // What moves takes a core of its own, where no graphics card draws it.
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 20_000,
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--disable-gpu",
        "--disable-software-rasterizer",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...(asRoot ? ["--no-sandbox"] : []),
      ],
    },
  },
});
