// Pictures of a page in both sizes and both themes, and a page that shows them all.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "@playwright/test";

const SIZES = [
  { name: "desktop", width: 1280, height: 800 },
  { name: "phone", width: 390, height: 844 },
] as const;
const THEMES = ["light", "dark"] as const;

export class Album {
  private readonly names: string[] = [];

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** `whole`: also what lies below the window. */
  async take(page: Page, name: string, { whole = false } = {}): Promise<void> {
    for (const { name: size, width, height } of SIZES) {
      await page.setViewportSize({ width, height });
      await page.evaluate(hideScript);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.screenshot({ path: join(this.folder, file(name, size, colorScheme)), fullPage: whole, animations: "disabled" });
      }
    }
    await page.setViewportSize(SIZES[0]);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    this.names.push(name);
  }

  /** Writes the page that shows all of them. */
  bind(): void {
    const picture = (name: string, size: string, theme: string) =>
      `<a href="${file(name, size, theme)}"><img src="${file(name, size, theme)}" alt="${name}, ${size}, ${theme}" loading="lazy"></a>`;
    const row = (name: string) => {
      const pictures = SIZES.flatMap((size) => THEMES.map((theme) => picture(name, size.name, theme)));
      return `<h2 id="${name}">${name}</h2><p>${pictures.join("\n")}</p>`;
    };
    const style = "body{font:14px system-ui;margin:24px;background:#888}img{height:360px;margin:4px;border:1px solid #444}";
    writeFileSync(
      join(this.folder, "index.html"),
      `<!doctype html><meta charset="utf-8"><title>Slipway, page by page</title><style>${style}</style>\n` +
        `<h1>Slipway, page by page</h1>\n${this.names.map(row).join("\n")}\n`,
    );
  }
}

/** The scripted model's directives stand in what a person says; nobody else would see such. */
function hideScript(): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    const plain = text.data.replace(/\s\/(say|think|title|read|write|tool|bash|hold|fail)\b[^]*/, "");
    if (plain !== text.data && text.parentElement?.tagName !== "SCRIPT") text.data = plain;
  }
}

function file(name: string, size: string, theme: string): string {
  return `${name}.${size}.${theme}.png`;
}
