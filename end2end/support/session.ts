// What a person does with Slipway, by the roles and names that are part of its interface.

import { type Locator, type Page, expect } from "@playwright/test";

export interface Start {
  repository: string;
  message: string;
  mode?: "Build" | "Plan";
}

export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "true");
}

export async function signIn(page: Page): Promise<void> {
  await page.goto("/");
  await hydrated(page);
  await page.getByRole("button", { name: "Continue locally" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
}

/** Fills in the form of a new session and sends it. */
export async function create(page: Page, start: Start): Promise<Session> {
  await page.goto("/sessions/new");
  await hydrated(page);
  await choose(page, page.getByRole("combobox", { name: "Repository" }), start.repository);
  if (start.mode) {
    await page.getByRole("radiogroup", { name: "Mode" }).getByRole("radio", { name: start.mode }).check();
  }
  await page.getByRole("textbox", { name: "Message" }).fill(start.message);
  await page.getByRole("button", { name: "Create session" }).click();
  await page.waitForURL(/\/sessions\/(?!new)[^/]+$/);
  await hydrated(page);
  const session = new Session(page);
  await session.started();
  return session;
}

/** Picks an option of an ARIA combobox by a part of its name. */
async function choose(page: Page, combobox: Locator, name: string): Promise<void> {
  await combobox.click();
  await combobox.fill(name);
  await page.getByRole("option", { name }).first().click();
}

export class Session {
  readonly id: string;

  /** The session that the page shows, unless another is named. */
  constructor(
    readonly page: Page,
    id?: string,
  ) {
    this.id = id ?? new URL(page.url()).pathname.split("/")[2]!;
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Conversation" });
  }

  get answers(): Locator {
    return this.log.getByRole("article", { name: "Agent" });
  }

  /** The newest answer. */
  get answer(): Locator {
    return this.answers.last();
  }

  get queue(): Locator {
    return this.page.getByRole("list", { name: "Queued messages" });
  }

  get message(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get stopButton(): Locator {
    return this.page.getByRole("button", { name: "Stop" });
  }

  get phase(): Locator {
    return this.page.locator("[data-phase]");
  }

  get connection(): Locator {
    return this.page.locator("[data-connection]");
  }

  get details(): Locator {
    return this.page.getByRole("complementary", { name: "Session details" });
  }

  /** Opens the session's page anew, in this page or another. */
  async open(page: Page = this.page): Promise<Session> {
    await page.goto(`/sessions/${this.id}`);
    await hydrated(page);
    return new Session(page, this.id);
  }

  async send(text: string): Promise<void> {
    await this.message.fill(text);
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(this.message).toHaveValue("");
  }

  async queueUp(text: string): Promise<void> {
    await this.message.fill(text);
    await this.page.getByRole("button", { name: "Queue", exact: true }).click();
    await expect(this.message).toHaveValue("");
  }

  /** Waits for the start of the agent, which is the one slow thing here. */
  async started(): Promise<void> {
    await expect(async () => {
      const phase = await this.phase.getAttribute("data-phase");
      const untouched = phase === "asleep" && (await this.answers.count()) === 0;
      expect(untouched || phase === "starting" || phase === "waiting-for-agent").toBe(false);
    }, "the agent did not start").toPass({ timeout: 60_000, intervals: [50] });
  }

  /** Waits until the agent of a session that slept or failed has started. */
  async woken(): Promise<void> {
    const isUp = /^(?!asleep|failed|starting|waiting-for-agent)/;
    await expect(this.phase, "the agent did not wake").toHaveAttribute("data-phase", isUp, { timeout: 60_000 });
  }

  /** Waits for the end of the turn. */
  async idle(): Promise<void> {
    await this.started();
    await expect(this.phase).toHaveAttribute("data-phase", /^(idle|asleep)$/);
  }

  async live(): Promise<void> {
    await expect(this.connection).toHaveAttribute("data-connection", "live");
  }

  /** The text of the newest answer, one blank between words. */
  async text(): Promise<string> {
    return (await this.answer.innerText()).replace(/\s+/g, " ").trim();
  }

  /** The words of a counted stream (`/words`) in the newest answer. */
  async words(): Promise<string[]> {
    return (await this.text()).match(/\bw\d+\b/g) ?? [];
  }

  /** All that is said, as the server alone renders it: fetched anew, scripts aside. */
  async onServer(): Promise<string[]> {
    const answer = await this.page.request.get(`/sessions/${this.id}`);
    expect(answer.status()).toBe(200);
    return this.page.evaluate((html) => {
      const page = new DOMParser().parseFromString(html, "text/html");
      const articles = page.querySelectorAll('[role="log"] article, [role="log"] [role="article"]');
      return [...articles].map((article) => (article.textContent ?? "").replace(/\s+/g, " ").trim());
    }, await answer.text());
  }
}

/** `w1 w2 ... wN`: what `/words N` streams. */
export function counted(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `w${index + 1}`);
}
