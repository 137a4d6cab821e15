// The scripted model: its answers stand in the prompts (see crates/test-support/README.md).

import { expect } from "@playwright/test";

import { Running } from "./programs.ts";

export class Model {
  private constructor(
    private readonly running: Running,
    /** Of its API, `/v1` included. */
    readonly address: string,
  ) {}

  static async start(): Promise<Model> {
    const { running, match } = await Running.start(
      "scripted-model",
      ["--port", "0"],
      { PATH: process.env["PATH"] ?? "" },
      /listening on (http:\S+)/,
    );
    return new Model(running, match[1]!);
  }

  /** As SLIPWAY_PROVIDERS describes it. */
  provider(): object {
    return {
      id: "scripted",
      kind: "openai-compatible",
      name: "Scripted",
      base_url: this.address,
      api_key: "sk-test",
      models: [{ id: "fake-1", name: "Fake One", context: 128000, output: 8192 }],
      small_model: "fake-1",
    };
  }

  /** Waits until an answer stands at the gate. */
  async held(gate: string): Promise<void> {
    await expect(async () => {
      const answer = await fetch(this.side("/gates"));
      expect(await answer.json()).toContain(gate);
    }, `the model never came to the gate ${gate}`).toPass({ timeout: 40_000, intervals: [50] });
  }

  async open(gate: string): Promise<void> {
    const answer = await fetch(this.side(`/gates/${gate}`), { method: "POST" });
    expect(answer.ok).toBe(true);
  }

  /** Every request body received so far, as text. */
  async requests(): Promise<string[]> {
    const answer = await fetch(this.side("/requests"));
    return ((await answer.json()) as unknown[]).map((request) => JSON.stringify(request));
  }

  async stop(): Promise<void> {
    await this.running.stop("SIGTERM");
  }

  private side(path: string): string {
    return new URL(path, this.address).href;
  }
}
