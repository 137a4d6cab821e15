// What makes a picture of a page the same today and tomorrow, here and on another machine: faces of its own, and no times.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Page } from "@playwright/test";

const FACES = {
  still: "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  "still-mono": "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
};

const require = createRequire(import.meta.url);

/** Draws every page that comes with the same two faces. The page's own rules allow no others, so `bypassCSP` must be set. */
export async function sameFaces(page: Page): Promise<void> {
  const faces = Object.entries(FACES).map(([name, file]) => {
    const data = readFileSync(require.resolve(file)).toString("base64");
    return `@font-face { font-family: ${name}; font-weight: 100 900; src: url(data:font/woff2;base64,${data}); }`;
  });
  const style = `${faces.join("\n")}\n:root { --font-sans: still; --font-mono: still-mono; }`;
  await page.addInitScript((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
  }, style);
}

/** Waits for the faces; times are not drawn. */
export async function holdStill(page: Page): Promise<void> {
  await page.addStyleTag({ content: "time { visibility: hidden; }" });
  await page.evaluate(async () => {
    await Promise.all([document.fonts.load("15px still"), document.fonts.load("13px still-mono")]);
    await document.fonts.ready;
  });
}
