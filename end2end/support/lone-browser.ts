// A browser of its own: nothing in its caches, and nobody attached to its pages but the one tool that is given its port.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, chromium } from "@playwright/test";

type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;

export interface LoneBrowser {
  port: number;
  close(): Promise<void>;
}

/** With these cookies, so that whoever is signed in stays so. */
export async function loneBrowser(program: string, args: string[], cookies: Cookies): Promise<LoneBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-browser-"));
  const port = await freePort();
  const own = ["--headless=new", `--remote-debugging-port=${port}`, `--user-data-dir=${folder}`];
  // In a group of its own, so that none of its processes writes on while the folder goes.
  const child = spawn(program, [...args, ...own, "about:blank"], { stdio: "ignore", detached: true });
  const ended = once(child, "exit");
  const close = async () => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await answers(port);
    const attached = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    await attached.contexts()[0]!.addCookies(cookies);
    await attached.close();
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answers(port: number): Promise<void> {
  const patience = Date.now() + 20_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/json/version`);
      return;
    } catch (error) {
      if (Date.now() > patience) throw error;
      await new Promise((rested) => setTimeout(rested, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
