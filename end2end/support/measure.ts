// What a person with a phone waits for when they open a page: on a slow line and a slow processor, as Lighthouse has them.

import type { BrowserContext } from "@playwright/test";

export interface Measured {
  /** Kilobytes over the wire until the page could be used. */
  kilobytes: number;
  requests: number;
  /** Milliseconds until something was drawn, and until the page could be used. */
  painted: number;
  usable: number;
}

/** Runs in the page, so it refers to nothing outside: whether a person could read this text, and write. */
export type Usable = (last: string) => boolean;

/** Opens the page for the first time. The page itself looks whether it is usable: being asked from outside costs it time. */
export async function measure(context: BrowserContext, address: string, usable: Usable, last: string): Promise<Measured> {
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
  await page.addInitScript(`{
    const usable = ${String(usable)};
    const look = () => {
      if (usable(${JSON.stringify(last)})) window.usableAt = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }`);
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForFunction(() => "usableAt" in window, undefined, { polling: 1_000, timeout: 120_000 });
  const measured = await page.evaluate(() => ({
    usable: (window as unknown as { usableAt: number }).usableAt,
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
