// OpenCode as it comes, with its own interface, and a session in it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";

import type { Model } from "./model.ts";
import { given } from "./programs.ts";

const SWITCHED_OFF = ["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE", "PROJECT_CONFIG"];

export class OpenCode {
  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Serves the repository in this folder; `home` is made for it. */
  static async start(folder: string, home: string, model: Model): Promise<OpenCode> {
    mkdirSync(home, { recursive: true });
    const config = {
      autoupdate: false,
      share: "disabled",
      enabled_providers: ["scripted"],
      model: "scripted/fake-1",
      small_model: "scripted/fake-1",
      provider: {
        scripted: {
          npm: "@ai-sdk/openai-compatible",
          name: "Scripted",
          options: { baseURL: model.address, apiKey: "sk-test" },
          models: { "fake-1": { name: "Fake One", limit: { context: 1_000_000, output: 8192 }, tool_call: true } },
        },
      },
    };
    const env: Record<string, string> = {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      TMPDIR: home,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    };
    for (const name of SWITCHED_OFF) env[`OPENCODE_DISABLE_${name}`] = "1";
    const command = given("SLIPWAY_OPENCODE", ".tools/opencode-1.18.33/bin/opencode");
    const child = spawn(command, ["serve", "--hostname", "127.0.0.1", "--port", "0"], { cwd: folder, env });
    child.stderr.resume();
    for await (const line of createInterface({ input: child.stdout })) {
      const address = line.match(/listening on (http:\S+)/)?.[1];
      if (address) {
        child.stdout.resume();
        return new OpenCode(address, child, folder);
      }
    }
    throw new Error("OpenCode ended before it was ready");
  }

  /** A session in which each of these was said and answered; returns the address of its page. */
  async session(prompts: string[]): Promise<string> {
    const { id } = (await this.post("/session", { title: "A long one" })) as { id: string };
    for (const text of prompts) {
      const model = { providerID: "scripted", modelID: "fake-1" };
      await this.post(`/session/${id}/message`, { model, parts: [{ type: "text", text }] });
    }
    return `${this.address}/${Buffer.from(this.folder).toString("base64url")}/session/${id}`;
  }

  async stop(): Promise<void> {
    const end = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await end;
    clearTimeout(late);
  }

  private async post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
