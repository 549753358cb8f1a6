// The site of a generation in a real Chromium: METABOARD_SITE names its folder.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { launch, ready, serve, watched } from "./browser.mjs";

const site = resolve(process.env.METABOARD_SITE ?? "site");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PAGES = ["index", "families", "boards", "oddities", "identity", "health", "changes", "how", "console"];
let server;
let context;

before(async () => {
  server = await serve(site);
  context = await launch({ viewport: { width: 1440, height: 900 } });
});
after(async () => {
  await context.close();
  server.close();
});

async function open(path) {
  const { page, seen } = await watched(context, server.address);
  await page.goto(server.address + path);
  await ready(page);
  return { page, seen };
}

const first = (page) => page.locator("#table .tabulator-row .model a").first().textContent();
const shown = async (page) => Number((await page.locator("#count strong").textContent()).replaceAll(",", ""));
/** Waits until the number of models shown is another one than `last`. */
async function changed(page, last) {
  await page.waitForFunction((text) => document.querySelector("#count strong").textContent !== text, last.toLocaleString("en-GB"));
  return shown(page);
}

async function isQuiet({ page, seen }) {
  assert.deepEqual(seen.errors, []);
  assert.deepEqual(seen.outside, []);
  assert.equal(seen.dialogs, 0);
  await page.close();
}

for (const name of PAGES) {
  test(`${name}: opens without an error or an outside request`, async () => {
    await isQuiet(await open(`${name}.html`));
  });
}

test("search finds a model by a spelling of any leaderboard, and the address says so", async () => {
  const opened = await open("index.html");
  const all = await shown(opened.page);
  await opened.page.keyboard.press("/");
  await opened.page.keyboard.type("qwen2.5 72b instruct");
  assert.ok((await changed(opened.page, all)) < all);
  assert.match(await first(opened.page), /Qwen2\.5-72B-Instruct/i);
  assert.match(opened.page.url(), /#q=qwen2\.5\+72b\+instruct/);
  await isQuiet(opened);
});

test("filters narrow, reset widens, and the back button goes back", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const all = await shown(page);
  await page.getByLabel("Pretrained", { exact: false }).first().check();
  const pretrained = await changed(page, all);
  await page.getByRole("button", { name: "≤ 9" }).click();
  const small = await changed(page, pretrained);
  assert.ok(all > pretrained && pretrained > small && small > 0);
  await page.goBack();
  assert.equal(await changed(page, small), pretrained);
  await page.goForward();
  assert.equal(await changed(page, pretrained), small);
  await page.getByRole("button", { name: "Reset" }).click();
  assert.equal(await changed(page, small), all);
  await isQuiet(opened);
});

test("a permanent link shows the same rows again", async () => {
  const opened = await open("index.html#track=embedding&sort=params_b&dir=desc");
  const wanted = [await first(opened.page), await shown(opened.page)];
  const again = await open(opened.page.url().slice(server.address.length));
  assert.deepEqual([await first(again.page), await shown(again.page)], wanted);
  await isQuiet(opened);
  await isQuiet(again);
});

test("a heading sorts, and unknown values stay last both ways", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const size = page.locator('.tabulator-col[tabulator-field="params_b"]');
  const top = () => page.locator('#table .tabulator-row .tabulator-cell[tabulator-field="params_b"]').first().textContent();
  await size.click();
  await page.waitForURL(/sort=params_b/);
  const least = await top();
  await size.click();
  await page.waitForURL(/dir=desc/);
  const most = await top();
  assert.ok(least && most && least !== most, `${least} and ${most}`);
  await isQuiet(opened);
});

test("own weights rank anew as the file's macro does", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const before = await first(page);
  await page.locator('input[data-source="arena_text_style_control"]').fill("0");
  await page.waitForURL(/w=arena_text_style_control/);
  await page.waitForFunction((name) => document.querySelector("#table .model a").textContent !== name, before);
  assert.match(await page.locator("#order-note").textContent(), /your weights/i);
  const places = (await page.locator("#table .place b").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  assert.equal(places[0], 1);
  // What the macro says of each model, where the caller asked the file.
  const wanted = new Map(JSON.parse(process.env.METABOARD_WEIGHTED ?? "[]"));
  const names = await page.locator("#table .model").allTextContents();
  names.slice(0, 10).forEach((name, at) => assert.equal(places[at], wanted.size ? wanted.get(name) : places[at], name));
  await page.getByRole("button", { name: "Back to the combined rank" }).click();
  await page.waitForFunction((name) => document.querySelector("#table .model a").textContent === name, before);
  await isQuiet(opened);
});

test("another method gives another order", async () => {
  const opened = await open("index.html");
  const before = await first(opened.page);
  await opened.page.getByLabel("Method").selectOption("mteb_borda");
  await opened.page.waitForFunction((name) => document.querySelector("#table .model a").textContent !== name, before);
  await isQuiet(opened);
});

test("two models are compared side by side, with the keyboard", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  for (const at of [0, 1]) {
    await page.locator("#table .pin").nth(at).focus();
    await page.keyboard.press("Space");
  }
  await page.getByRole("button", { name: "Side by side" }).click();
  assert.equal(await page.locator("#comparison thead th").count(), 2);
  assert.match(await page.locator(".verdict").textContent(), /intervals|tracks/);
  await page.keyboard.press("Escape");
  assert.match(page.url(), /pin=/);
  await isQuiet(opened);
});

test("the rows shown are downloaded as CSV", async () => {
  const opened = await open("index.html#q=llama");
  const [download] = await Promise.all([opened.page.waitForEvent("download"), opened.page.getByRole("button", { name: "CSV" }).click()]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
  assert.equal(lines.length - 1, await shown(opened.page));
  assert.match(lines[0], /Rank/);
  await isQuiet(opened);
});

test("a model's page is one click away and the back button returns to the same place", async () => {
  const opened = await open("index.html#q=qwen");
  const { page } = opened;
  const name = await first(page);
  await page.locator("#table .model a").first().click();
  await page.waitForURL(/model\.html\?id=/);
  await ready(page);
  assert.ok((await page.locator("h1").textContent()).includes(name));
  assert.ok((await page.getByRole("heading", { name: "Names, and why they are this model" }).count()) === 1);
  await page.goBack();
  await ready(page);
  assert.equal(await page.getByLabel("Search models").inputValue(), "qwen");
  assert.equal(await first(page), name);
  await isQuiet(opened);
});

test("an unknown model is said to be unknown", async () => {
  const opened = await open("model.html?id=__proto__");
  assert.match(await opened.page.locator("h1").textContent(), /No such model/);
  await isQuiet(opened);
});

test("the page works from a folder", async () => {
  const address = pathToFileURL(join(site, "index.html")).href;
  const { page, seen } = await watched(context, address);
  await page.goto(address);
  await ready(page);
  const all = await shown(page);
  await page.getByLabel("Search models").fill("mistral");
  assert.ok((await changed(page, all)) > 0);
  await page.locator("#table .model a").first().click();
  await page.waitForURL(/model\.html/);
  await ready(page);
  assert.ok((await page.locator("#model section").count()) > 1);
  await isQuiet({ page, seen });
});

for (const [width, height, colorScheme] of [[390, 844, "dark"], [1440, 900, "light"]]) {
  test(`axe finds nothing serious at ${width} pixels, ${colorScheme}`, async () => {
    const page = await context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const model = (await readFile(join(site, "data", "leaderboard.js"), "utf8")).match(/"model_id":\["([^"]+)"/)[1];
    const found = [];
    const audit = async (path) => {
      // Through the debugger, which no policy of the page holds back.
      await page.evaluate(await readFile(axe, "utf8"));
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const one of violations.filter(({ impact }) => ["serious", "critical"].includes(impact))) {
        found.push(`${path}: ${one.id}: ${one.nodes[0].target} (${one.nodes.length}) ${one.nodes[0].failureSummary?.split("\n")[1] ?? ""}`);
      }
    };
    for (const path of [...PAGES.map((name) => `${name}.html`), `model.html?id=${encodeURIComponent(model)}`]) {
      await page.goto(server.address + path);
      await ready(page);
      await audit(path);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is wider than the screen`);
    }
    await page.goto(`${server.address}index.html#w=open_llm_v2:2&pin=${encodeURIComponent(model)}`);
    await ready(page);
    await page.evaluate(() => {
      document.documentElement.classList.add("filtering");
      document.querySelector("#table .pin:not([aria-pressed=true])")?.click();
    });
    await audit("the filters, open");
    const compare = page.getByRole("button", { name: "Side by side" });
    if (await compare.count()) {
      await page.evaluate(() => document.documentElement.classList.remove("filtering"));
      await compare.click();
      await audit("the comparison");
    }
    assert.deepEqual(found, []);
    await page.close();
  });
}

test("the SQL console answers from the file", async (t) => {
  const opened = await open("console.html");
  const { page } = opened;
  if (!(await page.locator("#run").count())) {
    assert.match(await page.locator(".notice").textContent(), /without the console/);
    await page.close();
    t.skip("built without the console's parts");
    return;
  }
  await page.locator("#question").fill("select count(*) as models, min(rank) as best from leaderboard");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForFunction(() => document.documentElement.dataset.asked === "1", null, { timeout: 60000 });
  assert.equal(await page.locator("#wrong").textContent(), "");
  assert.match(await page.locator("#result tbody").textContent(), /\d/);
  for (const [at, button] of (await page.locator("[data-sql]").all()).entries()) {
    await page.locator("details").nth(at).evaluate((details) => { details.open = true; });
    await button.click();
    await page.waitForFunction((asked) => document.documentElement.dataset.asked === String(asked), at + 2, { timeout: 60000 });
    assert.equal(await page.locator("#wrong").textContent(), "", `example ${at + 1}`);
  }
  await isQuiet(opened);
});
