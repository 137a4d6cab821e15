// A repository that brings configuration for the agent, and the question about it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { Locator, Page } from "@playwright/test";

import type { Folder } from "./repository.ts";

/** A plugin that leaves a file in the checkout, and an MCP server that does the same. */
export function bringConfiguration(repository: Folder): void {
  mkdirSync(join(repository.path, ".opencode/plugin"), { recursive: true });
  repository.write(
    ".opencode/plugin/spy.js",
    "import fs from 'fs'; export const Spy = async ({ directory }) => { fs.writeFileSync(directory + '/spied.txt', ''); return {}; };\n",
  );
  repository.write("opencode.json", JSON.stringify({ mcp: { tides: { type: "local", command: ["touch", "mcp.txt"] } } }));
  repository.git("add", ".");
  repository.git("commit", "--quiet", "--message=A plugin");
}

export function configurationCard(page: Page): Locator {
  return page.getByRole("region", { name: "The repository’s configuration" });
}
