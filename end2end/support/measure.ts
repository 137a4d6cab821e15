// What a person with a phone waits for when they open a page: on a slow line and a slow processor, as Lighthouse has them.

import type { BrowserContext, Page } from "@playwright/test";

export interface Measured {
  /** Kilobytes over the wire until the page could be used. */
  kilobytes: number;
  requests: number;
  /** Milliseconds until something was drawn, and until the page could be used. */
  painted: number;
  usable: number;
}

/** Opens the page for the first time; `usable` waits until a person could read and write. */
export async function measure(
  context: BrowserContext,
  address: string,
  usable: (page: Page) => Promise<void>,
): Promise<Measured> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  let bytes = 0;
  let requests = 0;
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 150,
    downloadThroughput: (1.6 * 1024 * 1024) / 8,
    uploadThroughput: (750 * 1024) / 8,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.goto(address, { waitUntil: "commit" });
  await usable(page);
  const measured = await page.evaluate(() => ({
    usable: performance.now(),
    painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  }));
  await page.close();
  return { kilobytes: bytes / 1024, requests, ...measured };
}

/** The one in the middle of three, by the time until it could be used. */
export async function middleOfThree(one: () => Promise<Measured>): Promise<Measured> {
  const all = [await one(), await one(), await one()].sort((a, b) => a.usable - b.usable);
  return all[1]!;
}
