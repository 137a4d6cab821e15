import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test("the palette leads to sessions, pages and what was said, by keys alone", async ({ person, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: "Barnacles\n/say The hull was scraped at noon.",
  });
  await session.idle();
  await person.goto("/sessions");
  await hydrated(person);
  const palette = person.getByRole("dialog", { name: "Command palette" });
  const field = palette.getByRole("combobox", { name: "Jump to" });

  await person.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await field.pressSequentially("barnac");
  await expect(palette.getByRole("option", { name: /Barnacles/ }).first()).toBeVisible();
  await person.keyboard.press("Enter");
  await expect(person).toHaveURL(new RegExp(`/sessions/${session.id}$`));
  await expect(palette).toBeHidden();

  await person.keyboard.press("Control+k");
  await field.pressSequentially("scraped at");
  const hit = palette.getByRole("option", { name: /hull was scraped/ }).first();
  await expect(hit).toBeVisible();
  await hit.click();
  await expect(person).toHaveURL(new RegExp(`/sessions/${session.id}.*#m-`));

  await person.keyboard.press("Control+k");
  await field.pressSequentially("plan mode");
  await person.keyboard.press("Enter");
  await expect(person.getByRole("radiogroup", { name: "Mode" }).first().getByRole("radio", { name: "Plan" })).toBeChecked();

  await person.keyboard.press("Control+k");
  await field.pressSequentially("no such thing at all");
  await expect(palette.getByRole("status")).toHaveText("Nothing is called so.");
  await person.keyboard.press("Escape");
  await expect(palette).toBeHidden();

  await person.keyboard.press("Control+k");
  await field.pressSequentially("settings");
  await person.keyboard.press("Enter");
  await expect(person.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
});

test("a question mark tells the keys, a slash searches, arrows walk the list", async ({ person, repository }) => {
  for (const title of ["Anchor", "Buoy"]) {
    const session = await create(person, { repository: repository.name, message: `${title}\n/say Done.` });
    await session.idle();
  }
  await person.goto("/sessions");
  await hydrated(person);
  await person.keyboard.press("?");
  const help = person.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help).toContainText("Open the command palette");
  await person.keyboard.press("Escape");
  await expect(help).toBeHidden();

  const field = person.getByRole("combobox", { name: "Jump to" });
  await person.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  // Who is quick closes and opens it before the page hears that it was closed.
  await person.keyboard.press("Escape");
  await person.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  // Both keys within one frame: the palette's field still has the focus then.
  await person.evaluate(() => {
    document.querySelector<HTMLDialogElement>("dialog[open]")?.close();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
  });
  await expect(help).toBeVisible();
  await person.keyboard.press("Escape");
  await expect(help).toBeHidden();

  const links = person.getByRole("list", { name: "Sessions" }).getByRole("link");
  await links.first().focus();
  await person.keyboard.press("ArrowDown");
  await expect(links.nth(1)).toBeFocused();
  await person.keyboard.press("Home");
  await expect(links.first()).toBeFocused();

  await person.keyboard.press("/");
  await expect(person.getByRole("searchbox", { name: "Search sessions" })).toBeFocused();
  await person.keyboard.type("?");
  await expect(help).toBeHidden();
});
