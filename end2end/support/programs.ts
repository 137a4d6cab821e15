// Where the programs under test lie, and how they are started and stopped.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const workspace = resolve(import.meta.dirname, "../..");

/** A program of this workspace: where `cargo xtask test` says, else the build for checks. */
export function program(name: string): string {
  const path = join(process.env["SLIPWAY_PROGRAMS"] ?? join(workspace, "target/ci"), name);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing; run the browser tests by \`cargo xtask test --only e2e\``);
  }
  return path;
}

/** A path that `cargo xtask test` hands over, else the usual one in the clone. */
export function given(variable: string, usual: string): string {
  return process.env[variable] ?? join(workspace, usual);
}

export class Running {
  readonly output: string[] = [];

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it and waits for the line that says it is ready; returns the match. */
  static async start(
    name: string,
    args: string[],
    env: Record<string, string>,
    ready: RegExp,
  ): Promise<{ running: Running; match: RegExpMatchArray }> {
    const child = spawn(program(name), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const running = new Running(name, child);
    const match = await new Promise<RegExpMatchArray>((found, failed) => {
      const deadline = setTimeout(() => {
        failed(new Error(`${name} did not get ready:\n${running.output.join("\n")}`));
        child.kill("SIGKILL");
      }, 30_000);
      child.once("exit", (code, signal) => {
        clearTimeout(deadline);
        failed(new Error(`${name} ended with ${code ?? signal}:\n${running.output.join("\n")}`));
      });
      createInterface({ input: child.stderr! }).on("line", (line) => running.keep(line));
      createInterface({ input: child.stdout! }).on("line", (line) => {
        running.keep(line);
        const match = line.match(ready);
        if (match) {
          clearTimeout(deadline);
          found(match);
        }
      });
    });
    return { running, match };
  }

  /** Sends the signal and waits for the end; kills what does not end in time. Says how it ended. */
  async stop(signal: NodeJS.Signals, withinMs = 15_000): Promise<number | string> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const end = once(child, "exit");
      child.kill(signal);
      const late = setTimeout(() => {
        this.keep(`(did not end within ${withinMs} ms after ${signal})`);
        child.kill("SIGKILL");
      }, withinMs);
      await end;
      clearTimeout(late);
    }
    return child.exitCode ?? child.signalCode ?? "gone";
  }

  private keep(line: string): void {
    this.output.push(`${this.name}: ${line}`);
    if (this.output.length > 2000) this.output.shift();
  }
}
