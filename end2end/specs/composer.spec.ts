import type { Page } from "@playwright/test";

import { create, hydrated, signIn } from "../support/session.ts";
import { BROKEN_CONNECTION, expect, test } from "../support/test.ts";

/** A picture of one pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/** What the server alone has of the draft. */
async function draftOnServer(page: Page, id: string): Promise<string> {
  const answer = await page.request.get(`/sessions/${id}`);
  return page.evaluate((html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    return page.querySelector("textarea#message")?.textContent?.trim() ?? "";
  }, await answer.text());
}

test("what is not sent yet is there again, here and on another device", async ({ person, browser, slipway, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
  await session.idle();
  await session.message.fill("Then bump the version");
  await expect.poll(() => draftOnServer(person, session.id)).toBe("Then bump the version");

  const other = await browser.newContext({ baseURL: slipway.address });
  const phone = await other.newPage();
  await signIn(phone);
  const there = await session.open(phone);
  await expect(there.message).toHaveValue("Then bump the version");
  await there.send("Then bump the version\n/say Bumped.");
  await expect(session.answer).toContainText("Bumped.");
  await other.close();

  await session.open();
  await expect(session.message).toHaveValue("");
});

test.describe("without a connection", () => {
  test.use({ expectedErrors: BROKEN_CONNECTION });

  test("a text that never reached the server is still there after a reload", async ({ person, repository }) => {
    const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
    await session.idle();
    await person.route("**/api/sessions/draft/save", (route) => route.abort());
    const lost = person.waitForRequest("**/api/sessions/draft/save");
    await session.message.fill("Typed in a tunnel");
    await lost;
    expect(await draftOnServer(person, session.id)).toBe("");
    await person.reload();
    await hydrated(person);
    await expect(session.message).toHaveValue("Typed in a tunnel");
    await person.unroute("**/api/sessions/draft/save");
    await session.message.press("End");
    await session.message.pressSequentially(", read outside");
    await expect.poll(() => draftOnServer(person, session.id)).toBe("Typed in a tunnel, read outside");
  });
});

test("an @ names a file of the checkout, a slash a command", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Begin.\n/write plans.txt\nx\n/say Ready." });
  await session.idle();
  const offers = person.getByRole("listbox", { name: "Suggestions" });

  await session.message.pressSequentially("Look at @not");
  await expect(offers.getByRole("option", { name: "@notes.txt" })).toBeVisible();
  await session.message.press("Enter");
  await expect(session.message).toHaveValue("Look at @notes.txt ");
  await session.message.pressSequentially("and @pl");
  await expect(offers.getByRole("option", { name: "@plans.txt" })).toBeVisible();
  await session.message.press("Escape");
  await expect(offers).toBeHidden();
  await expect(session.message).toHaveValue("Look at @notes.txt and @pl");

  await session.message.fill("");
  await session.message.press("/");
  await expect(offers.getByRole("option")).toHaveText([/\/compact/, /\/plan/, /\/build/]);
  await session.message.press("ArrowDown");
  await session.message.press("Tab");
  await expect(session.message).toHaveValue("/plan");
  await session.message.press("Enter");
  await expect(session.message).toHaveValue("");
  const mode = person.getByRole("radiogroup", { name: "Mode" }).first();
  await expect(mode.getByRole("radio", { name: "Plan" })).toBeChecked();
});

test("Enter sends, Shift+Enter breaks the line, Ctrl+Enter does not wait", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Begin.\n/say One.\n/hold keys\n/say Never.",
  });
  await slipway.model.held("keys");
  await session.message.fill("Queued.");
  await session.message.press("Shift+Enter");
  await session.message.pressSequentially("/say Two.");
  await session.message.press("Enter");
  await expect(session.queue.getByRole("listitem")).toHaveCount(1);
  await session.message.fill("At once.\n/say Three.");
  await session.message.press("Control+Enter");
  await expect(session.answers.filter({ hasText: "Three." })).toHaveCount(1);
  await expect(session.answers.filter({ hasText: "Never." })).toHaveCount(0);
  await slipway.model.open("keys");
  await session.idle();
});

test("pictures and files go with a message, to the agent and into the conversation", async ({
  person,
  slipway,
  repository,
}) => {
  const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
  await session.idle();
  const given = person.locator("form").getByRole("list", { name: "Attached files" });
  const input = person.locator('input[type="file"]');

  await input.setInputFiles([
    { name: "chart.png", mimeType: "image/png", buffer: PIXEL },
    { name: "log.txt", mimeType: "text/plain", buffer: Buffer.from("high water at noon\n") },
  ]);
  await expect(given.getByRole("listitem")).toHaveText(["chart.png70 bytes", "log.txt19 bytes"]);
  await expect(given.locator("img")).toHaveCount(1);
  await person.reload();
  await hydrated(person);
  await expect(given.getByRole("listitem")).toHaveText(["chart.png70 bytes", "log.txt19 bytes"]);

  await input.setInputFiles({ name: "huge.bin", mimeType: "image/png", buffer: Buffer.alloc(6 * 1024 * 1024) });
  await expect(person.getByRole("alert")).toContainText("files of up to 5 MB can be attached");
  await expect(given.getByRole("listitem")).toHaveCount(2);

  await person.getByRole("button", { name: "Remove log.txt" }).click();
  await expect(given.getByRole("listitem")).toHaveCount(1);
  await session.send("What is on it?\n/say A pixel.");
  await expect(session.answer).toContainText("A pixel.");
  await expect(given).toBeHidden();
  const mine = session.log.getByRole("article", { name: "You" }).last();
  await expect(mine.getByRole("img", { name: "chart.png" })).toBeVisible();
  const asked = (await slipway.model.requests()).filter((request) => request.includes("What is on it?"));
  expect(asked.some((request) => request.includes("chart.png") || request.includes("image"))).toBe(true);

  await session.open();
  await expect(mine.getByRole("img", { name: "chart.png" })).toBeVisible();
});

test("who leaves while a file is on its way is asked first", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
  await session.idle();
  const given = person.locator("form").getByRole("list", { name: "Attached files" }).getByRole("listitem");
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await person.route("**/attachments/*", async (route) => {
    await held;
    await route.continue();
  });
  await session.message.click();
  await person.locator('input[type="file"]').setInputFiles([
    { name: "first.txt", mimeType: "text/plain", buffer: Buffer.from("high water\n") },
    { name: "second.txt", mimeType: "text/plain", buffer: Buffer.from("low water\n") },
  ]);
  await expect(given).toHaveText(["first.txton its way", "second.txton its way"]);

  const asked = person.waitForEvent("dialog");
  await person.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();

  // Looking at another page of the app takes nothing away.
  await person.getByRole("link", { name: "Back to sessions" }).click();
  await expect(person.getByRole("heading", { name: "Sessions" })).toBeVisible();
  const brought = person.waitForResponse((response) => response.url().includes("second.txt"));
  letGo();
  await brought;
  await session.open();
  await expect(given).toHaveText(["first.txt11 bytes", "second.txt10 bytes"]);
});

test("a picture is pasted and dropped", async ({ person, repository }) => {
  const session = await create(person, { repository: repository.name, message: "Begin.\n/say Ready." });
  await session.idle();
  const given = person.locator("form").getByRole("list", { name: "Attached files" });
  for (const kind of ["paste", "drop"]) {
    await session.message.evaluate(
      (field, { kind, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
        const event =
          kind === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        field.dispatchEvent(event);
      },
      { kind, bytes: [...PIXEL] },
    );
  }
  await expect(given.getByRole("listitem")).toHaveText([/paste\.png/, /drop\.png/]);
});
