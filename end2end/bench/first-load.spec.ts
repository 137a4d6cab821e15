// The first load of a page by a browser that has seen nothing yet: bytes on the wire, first paint, usable.
//
// Usable: there is a field to write the next message in, and the program has taken the page over. Ours says when it has;
// a page that is drawn by its program has when the field is there.

import { test } from "@playwright/test";

import { address, isOurs, keep, median, profile } from "./figures.ts";

const LOADS = 11;
/** Milliseconds without a byte after which everything has come. */
const QUIET = 1_000;

test("first load", async ({ browser }) => {
  const loads: { kilobytes: number; paint: number; usable: number }[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    const context = await profile(browser);
    const page = await context.newPage();
    const wire = await context.newCDPSession(page);
    await wire.send("Network.enable");
    let bytes = 0;
    let last = Date.now();
    wire.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
    for (const sign of ["requestWillBeSent", "dataReceived", "loadingFinished"] as const) {
      wire.on(`Network.${sign}`, () => (last = Date.now()));
    }
    await page.addInitScript((isServed) => {
      const usable = () => {
        const field = document.querySelector("textarea, [contenteditable=true], [role=textbox]");
        return field !== null && (!isServed || document.documentElement.dataset["hydrated"] === "true");
      };
      const look = () => {
        if (usable()) Object.assign(window, { usableAt: performance.now() });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, isOurs);
    await page.goto(address);
    await page.waitForFunction(() => "usableAt" in window);
    // Both pages keep a stream of events open: that the network falls silent is all one can wait for.
    while (Date.now() - last < QUIET) await page.waitForTimeout(QUIET / 10);
    const times = await page.evaluate(() => ({
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      usable: (window as unknown as { usableAt: number }).usableAt,
    }));
    loads.push({ kilobytes: bytes / 1000, ...times });
    await context.close();
  }
  keep({
    kilobytes: median(loads.map((load) => load.kilobytes)),
    paint: median(loads.map((load) => load.paint)),
    usable: median(loads.map((load) => load.usable)),
  });
});
