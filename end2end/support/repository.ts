// A git repository that can be picked, and a look into any checkout.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class Folder {
  constructor(readonly path: string) {}

  git(...args: string[]): string {
    return execFileSync("git", ["-C", this.path, ...args], {
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"] ?? "",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_NAME: "Ann",
        GIT_AUTHOR_EMAIL: "ann@example.com",
        GIT_COMMITTER_NAME: "Ann",
        GIT_COMMITTER_EMAIL: "ann@example.com",
      },
    }).trim();
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** Names of changed and new files. */
  changes(): string[] {
    return this.git("status", "--porcelain", "--untracked-files=all")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.trim().split(" ").pop()!);
  }
}

/** What a test's repository holds from the start. */
export const NOTES = "one\ntwo\nthree\n";

export function makeRepository(below: string, name: string): Folder {
  const path = join(below, name);
  mkdirSync(path, { recursive: true });
  const folder = new Folder(path);
  folder.git("init", "--quiet", "--initial-branch=main");
  folder.write("README.md", `# ${name}\n\nA place to try things.\n`);
  folder.write("notes.txt", NOTES);
  folder.git("add", ".");
  folder.git("commit", "--quiet", "--message=Begin");
  return folder;
}
