// What a script is told, and where it leaves what it measured.

import { writeFileSync } from "node:fs";

import type { Browser, BrowserContext } from "@playwright/test";

function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is set by \`cargo xtask bench\``);
  return value;
}

export const address = told("BENCH_ADDRESS");

/** Slipway's page is opened by somebody who is signed in; the agent's own asks for no cookie. */
export const isOurs = told("BENCH_COOKIE") !== "";

export function keep(figures: Record<string, number>): void {
  writeFileSync(told("BENCH_FIGURES"), JSON.stringify(figures));
}

/** A profile that has seen nothing yet, signed in where that is needed. */
export async function profile(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const [name, value] = told("BENCH_COOKIE").split("=");
  if (name && value) await context.addCookies([{ name, value, url: address }]);
  return context;
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
