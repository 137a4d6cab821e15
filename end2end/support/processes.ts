// The processes of this machine, by the folder they work in (Linux: /proc).

import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";

export interface Process {
  id: number;
  command: string;
}

/** Whoever works below this folder, or was told of it by an argument. */
export function processesOf(folder: string): Process[] {
  if (!existsSync("/proc/self")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const cwd = readlinkSync(`/proc/${name}/cwd`);
        const there = cwd === folder || cwd.startsWith(`${folder}/`) || command.includes(folder);
        return there && command !== "" ? [{ id: Number(name), command }] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
