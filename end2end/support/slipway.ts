// A real Slipway with its own data folder, its own repositories and its own scripted model.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "@playwright/test";

import { Model } from "./model.ts";
import { type Process, processesOf } from "./processes.ts";
import { Running, given, program } from "./programs.ts";
import { Folder, makeRepository } from "./repository.ts";
import { Wire } from "./wire.ts";

/** More settings, by their variables. */
export type Settings = Record<string, string>;

export class Slipway {
  private running: Running | undefined;

  private constructor(
    readonly folder: string,
    readonly model: Model,
    readonly wire: Wire,
    private readonly settings: Settings,
  ) {}

  static async start(settings: Settings): Promise<Slipway> {
    const folder = mkdtempSync(join(tmpdir(), "slipway-e2e-"));
    for (const name of ["data", "repos", "home", "tmp"]) mkdirSync(join(folder, name));
    const model = await Model.start();
    const slipway = new Slipway(folder, model, await Wire.lay(), settings);
    writeFileSync(slipway.providers, JSON.stringify([model.provider()]));
    await slipway.up();
    return slipway;
  }

  /** How browsers reach it, whatever port it has just now. */
  get address(): string {
    return this.wire.address;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** Starts the server; waits until it serves. */
  async up(): Promise<void> {
    const env: Record<string, string> = {
      PATH: process.env["PATH"] ?? "",
      // A home that nobody configured, as on an empty machine.
      HOME: join(this.folder, "home"),
      TMPDIR: join(this.folder, "tmp"),
      LANG: "C.UTF-8",
      RUST_BACKTRACE: "1",
      SLIPWAY_BIND: "127.0.0.1:0",
      SLIPWAY_PUBLIC_URL: this.address,
      SLIPWAY_DATA_DIR: this.data,
      SLIPWAY_REPOS: join(this.folder, "repos"),
      SLIPWAY_PROVIDERS: this.providers,
      SLIPWAY_DEFAULT_MODEL: "scripted/fake-1",
      SLIPWAY_OPENCODE: given("SLIPWAY_OPENCODE", ".tools/opencode-1.18.33/bin/opencode"),
      SLIPWAY_KEEPER: program("slipway-keeper"),
      SLIPWAY_SITE: given("SLIPWAY_SITE", "target/ci/site"),
      SLIPWAY_PERMISSIONS: "auto",
      SLIPWAY_MAX_AGENTS: "4",
      ...this.settings,
    };
    const { running, match } = await Running.start(
      "slipway",
      ["serve"],
      env,
      /slipway listening on http:\/\/[^:]+:(\d+)/,
    );
    this.running = running;
    this.wire.leadTo(Number(match[1]));
  }

  /** Ends the server. SIGTERM is a restart, SIGKILL an accident, SIGINT a person's Ctrl-C. */
  async down(signal: NodeJS.Signals): Promise<number | string> {
    const ended = await this.running!.stop(signal);
    return ended;
  }

  makeRepository(name: string): Folder {
    return makeRepository(join(this.folder, "repos"), name);
  }

  sessionFolder(id: string): string {
    return join(this.data, "sessions", id);
  }

  checkout(id: string): Folder {
    return new Folder(join(this.sessionFolder(id), "work"));
  }

  /** The session's agent, its keeper, and what they have started. */
  processes(id: string): Process[] {
    return processesOf(this.sessionFolder(id));
  }

  /** Changes rows behind the server's back, to make time pass. */
  change(sql: string): void {
    execFileSync("sqlite3", ["-cmd", ".timeout 10000", join(this.data, "slipway.db"), sql]);
  }

  log(): string {
    return this.running?.output.join("\n") ?? "";
  }

  /** Ends everything; what Slipway leaves running is an error. */
  async end(): Promise<void> {
    await this.down("SIGINT");
    const left = () => processesOf(this.folder);
    try {
      await expect.poll(left, { message: "processes left behind", timeout: 20_000 }).toEqual([]);
    } finally {
      for (const { id } of left()) process.kill(id, "SIGKILL");
      await this.wire.remove();
      await this.model.stop();
      if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  private get providers(): string {
    return join(this.folder, "providers.json");
  }
}
