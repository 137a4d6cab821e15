import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

test.use({ viewport: { width: 390, height: 844 } });

test("on a phone the composer’s controls stand in one row, and the menu on the screen", async ({
  person,
  slipway,
  repository,
}) => {
  const session = await create(person, {
    repository: repository.name,
    message: "A name that is long enough to be cut where a phone ends.\n/say Begun.\n/hold phone\n/say Done.",
  });
  await slipway.model.held("phone");
  const composer = person.locator("form").filter({ has: session.message });
  const controls = [
    composer.getByRole("radiogroup", { name: "Mode" }),
    composer.getByRole("combobox", { name: "Model" }),
    composer.getByRole("button", { name: "Attach files" }),
    composer.getByRole("button", { name: "Stop" }),
    composer.getByRole("button", { name: "Queue" }),
  ];
  const middles = new Set<number>();
  let right = 0;
  for (const control of controls) {
    const box = (await control.boundingBox())!;
    middles.add(Math.round(box.y + box.height / 2));
    expect(box.x, "no control lies above another").toBeGreaterThanOrEqual(right);
    right = box.x + box.width;
  }
  expect(Math.max(...middles) - Math.min(...middles)).toBeLessThanOrEqual(1);
  expect(right).toBeLessThan(390);
  const named = await composer.getByRole("combobox", { name: "Model" }).evaluate((select: HTMLSelectElement) => {
    const { paddingLeft, paddingRight, font } = getComputedStyle(select);
    const canvas = document.createElement("canvas").getContext("2d")!;
    canvas.font = font;
    const words = canvas.measureText(select.selectedOptions[0]!.text).width;
    return { words, room: select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) };
  });
  expect(named.room, "the model's name is not cut").toBeGreaterThanOrEqual(named.words);

  await session.queueUp("A message that waits, and is longer than the phone is wide by a few words.\n/say Waited.");
  await session.queueUp("Another one.\n/say Waited as well.");
  for (const queued of await session.queue.getByRole("listitem").all()) {
    expect((await queued.boundingBox())!.height, "a queued message has two lines at most").toBeLessThanOrEqual(53);
    for (const name of ["Send now", "Edit", "Remove"]) {
      const box = (await queued.getByRole("button", { name }).boundingBox())!;
      expect([box.width, box.height], `${name} is large enough for a finger`).toEqual([44, 44]);
    }
  }
  await session.queue.getByRole("button", { name: "Move up" }).click();
  await expect(session.queue.getByRole("listitem").first()).toContainText("Another one.");
  await composer.getByRole("radio", { name: "Plan" }).check();
  await expect(composer.getByRole("radio", { name: "Plan" })).toBeChecked();

  await person.getByRole("button", { name: "Session actions" }).click();
  const menu = (await person.getByRole("menu").boundingBox())!;
  expect(menu.x).toBeGreaterThanOrEqual(0);
  expect(menu.x + menu.width).toBeLessThanOrEqual(390);
  await person.keyboard.press("Escape");
  await slipway.model.open("phone");
  await session.idle();
});

test("code has its colours while it grows, and keeps them", async ({ person, slipway, repository }) => {
  const session = await create(person, {
    repository: repository.name,
    message: [
      "Show me.",
      "/say Look:\\n\\n```rust\\n// half\\nfn main() {\\n",
      "/hold code",
      "/say \\n    let a = 1;\\n}\\n```\\n\\nThat is all.",
    ].join("\n"),
  });
  await slipway.model.held("code");
  const code = session.answer.locator("pre code");
  await expect(code.getByText("fn", { exact: true })).toBeVisible();
  const colourOf = (text: string) =>
    code.getByText(text, { exact: true }).evaluate((element) => getComputedStyle(element).color);
  const growing = await colourOf("fn");
  const plain = await code.evaluate((element) => getComputedStyle(element).color);
  expect(growing).not.toBe(plain);
  expect(await colourOf("// half")).not.toBe(growing);

  await slipway.model.open("code");
  await expect(session.answer).toContainText("That is all.");
  await session.idle();
  expect(await colourOf("fn")).toBe(growing);
  const shown = await code.innerHTML();
  await person.reload();
  await hydrated(person);
  expect(await code.innerHTML(), "the server writes it the same").toBe(shown);
});
