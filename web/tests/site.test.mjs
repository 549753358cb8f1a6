// Tests the site of a generation in Chromium: METABOARD_SITE is its folder.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { openWatched, ready } from "./browser.mjs";
import { pagesOf, useSite } from "./fixtures.mjs";

const site = resolve(process.env.METABOARD_SITE ?? "site");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const running = useSite(site, { width: 1440, height: 900 });

async function open(path) {
  const { page, seen } = await openWatched(running.context, running.server.address);
  await page.goto(running.server.address + path);
  await ready(page);
  return { page, seen };
}

const first = (page) => page.locator("#table .tabulator-row .model a").first().textContent();
const shown = async (page) => Number((await page.locator("#count strong").textContent()).replaceAll(",", ""));
/** Waits until the number of models shown differs from `last`. */
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

for (const name of pagesOf(site)) {
  test(`${name} opens without an error or a request to another host`, async () => {
    await isQuiet(await open(name));
  });
}

test("the search finds a model by any raw name and is in the address", async () => {
  const opened = await open("index.html");
  const all = await shown(opened.page);
  await opened.page.keyboard.press("/");
  await opened.page.keyboard.type("qwen2.5 72b instruct");
  assert.ok((await changed(opened.page, all)) < all);
  assert.match(await first(opened.page), /Qwen2\.5-72B-Instruct/i);
  assert.match(opened.page.url(), /#q=qwen2\.5\+72b\+instruct/);
  await isQuiet(opened);
});

test("the search puts the model that a typed name means first, and names one that the list leaves out", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const search = page.getByLabel("Search models");
  for (const [text, name] of [
    ["gemma 7b", "gemma-7b"], ["https://huggingface.co/google/gemma-2-9b-it", "gemma-2-9b-it"], ["llama 3.1 70b instruct", "Llama-3.1-70B-Instruct"], ["mistal 7b instruct v0.2", "Mistral-7B-Instruct-v0.2"],
  ]) {
    await search.fill(text);
    await page.waitForFunction((wanted) => document.querySelector("#table .model a")?.textContent === wanted, name);
  }
  await search.fill("text-embedding-3-large");
  await page.waitForFunction(() => document.querySelector("#order-note a")?.textContent === "openai/text-embedding-3-large");
  assert.match(await page.locator("#order-note").textContent(), /not in this list/);
  const again = await open("index.html#track=embedding&q=bge+m3");
  assert.equal(await first(again.page), "bge-m3");
  assert.equal(await again.page.locator("#order-note").textContent(), "");
  await isQuiet(again);
  await isQuiet(opened);
});

test("filters select rows, reset shows all, and the back button undoes a filter", async () => {
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

test("with a filter, places and their intervals are those among the models shown, beside the rank in the whole table", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const cells = (field) => page.locator(`#table .tabulator-row .tabulator-cell[tabulator-field="${field}"]`).allTextContents();
  assert.equal(await page.locator('.tabulator-col[tabulator-field="whole"]').isVisible(), false);
  const ranks = new Map((await page.locator("#table .model").allTextContents()).map((name, at) => [name, at]));
  assert.ok(ranks.size > 0);
  await page.getByRole("button", { name: "≤ 9" }).click();
  await page.waitForFunction(() => Number(document.documentElement.dataset.placed) > 0 && document.querySelector("#table .place small"));
  const places = (await page.locator("#table .place b").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  const whole = (await cells("whole")).map((text) => Number(text.replaceAll(",", "")));
  assert.deepEqual(places.slice(0, 3), [1, 2, 3]);
  assert.ok(places.every((place, at) => place <= whole[at]) && places.at(-1) < whole.at(-1), `${places} and ${whole}`);
  // The intervals of the macro `places`, if the caller provides them.
  const wanted = new Map(JSON.parse(process.env.METABOARD_PLACES ?? "[]"));
  const names = await page.locator("#table .model").allTextContents();
  const shownIntervals = (await page.locator("#table .place small").allTextContents()).map((text) => text.replaceAll(",", ""));
  if (wanted.size) names.slice(0, 10).forEach((name, at) => assert.equal(shownIntervals[at], wanted.get(name), name));
  // The search changes no place.
  await page.getByLabel("Search models").fill(names[4].split("/").pop());
  await page.waitForFunction((name) => document.querySelector("#table .model").textContent === name, names[4]);
  assert.equal(await page.locator("#table .place b").first().textContent(), "5");
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForFunction(() => document.querySelector("#order-note").textContent === "");
  assert.equal(await page.locator('.tabulator-col[tabulator-field="whole"]').isVisible(), false);
  assert.deepEqual((await page.locator("#table .place b").allTextContents()).slice(0, 2), ["1", "2"]);
  await isQuiet(opened);
});

test("a permanent link shows the same rows again", async () => {
  const opened = await open("index.html#track=embedding&sort=params_b&dir=desc");
  const wanted = [await first(opened.page), await shown(opened.page)];
  const again = await open(opened.page.url().slice(running.server.address.length));
  assert.deepEqual([await first(again.page), await shown(again.page)], wanted);
  await isQuiet(opened);
  await isQuiet(again);
});

test("a heading sorts, and unknown values are last in both directions", async () => {
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

test("own weights give the order of the macro weighted_rank", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const before = await first(page);
  await page.locator('input[data-source="arena_text_style_control"]').fill("0");
  await page.waitForURL(/w=arena_text_style_control/);
  // The best model can be the same by both orders.
  await page.waitForFunction(() => /your weights/i.test(document.querySelector("#order-note").textContent));
  const places = (await page.locator("#table .place b").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  assert.equal(places[0], 1);
  // The ranks of the macro, if the caller provides them.
  const wanted = new Map(JSON.parse(process.env.METABOARD_WEIGHTED ?? "[]"));
  const names = await page.locator("#table .model").allTextContents();
  names.slice(0, 10).forEach((name, at) => assert.equal(places[at], wanted.size ? wanted.get(name) : places[at], name));
  await page.getByRole("button", { name: "Back to the combined rank" }).click();
  await page.waitForFunction((name) => document.querySelector("#table .model a").textContent === name, before);
  await isQuiet(opened);
});

test("the table has columns of boards with entries in view, and of the boards that the reader chooses", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  const titles = () => page.locator("#table .tabulator-col-title").allTextContents();
  const before = await titles();
  const boards = await page.locator("[data-choices=on] .choice span").allTextContents();
  assert.ok(boards.length > 0);
  assert.ok(boards.some((board) => before.includes(board)), `${before}`);
  const chosen = page.locator("[data-choices=col] .choice").last();
  const title = await chosen.locator("span").textContent();
  await chosen.locator("input").check();
  await page.waitForURL(/col=/);
  await page.waitForFunction((wanted) => [...document.querySelectorAll("#table .tabulator-col-title")].some((cell) => cell.textContent === wanted), title);
  assert.deepEqual((await titles()).filter((name) => boards.includes(name)), [title]);
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForFunction((count) => document.querySelectorAll("#table .tabulator-col-title").length === count, before.length);
  await isQuiet(opened);
});

test("another method gives another order", async () => {
  const opened = await open("index.html");
  const before = await first(opened.page);
  await opened.page.getByLabel("Method").selectOption("mteb_borda");
  await opened.page.waitForFunction((name) => document.querySelector("#table .model a").textContent !== name, before);
  await isQuiet(opened);
});

test("two models can be compared with the keyboard", async () => {
  const opened = await open("index.html");
  const { page } = opened;
  for (const at of [0, 1]) {
    await page.locator("#table .pin").nth(at).focus();
    await page.keyboard.press("Space");
  }
  await page.getByRole("button", { name: "Side by side" }).click();
  assert.equal(await page.locator("#comparison .scrolled thead th").count(), 2);
  await page.waitForFunction(() => document.documentElement.dataset.compared === "1");
  const sentences = await page.locator(".verdict p").allTextContents();
  assert.match(sentences[0], /^Where both were measured/);
  assert.match(sentences[1], /^Overall, as (releases|settings): .* with (> )?\d\d %/);
  // The sentences of `metaboard compare`, if the caller provides them.
  const wanted = JSON.parse(process.env.METABOARD_COMPARED ?? "null");
  if (wanted) assert.deepEqual(sentences, wanted);
  await page.keyboard.press("Escape");
  assert.match(page.url(), /pin=/);
  await isQuiet(opened);
});

test("the CSV file has the rows shown", async () => {
  const opened = await open("index.html#q=llama");
  const [download] = await Promise.all([opened.page.waitForEvent("download"), opened.page.getByRole("button", { name: "CSV" }).click()]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
  assert.equal(lines.length - 1, await shown(opened.page));
  assert.match(lines[0], /Rank/);
  await isQuiet(opened);
});

test("a click opens the page of a model, and the back button restores the search", async () => {
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

test("an unknown model id gives a page without a model", async () => {
  const opened = await open("model.html?id=__proto__");
  assert.match(await opened.page.locator("h1").textContent(), /No such model/);
  await isQuiet(opened);
});

test("the page works from a folder", async () => {
  const address = pathToFileURL(join(site, "index.html")).href;
  const { page, seen } = await openWatched(running.context, address);
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
  test(`axe finds no serious problem at ${width} pixels, ${colorScheme}`, async () => {
    const { server, context } = running;
    const page = await context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const model = (await readFile(join(site, "data", "leaderboard.js"), "utf8")).match(/"model_id":\["([^"]+)"/)[1];
    const found = [];
    const audit = async (path) => {
      // The debugger is not limited by the content security policy of the page.
      await page.evaluate(await readFile(axe, "utf8"));
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const one of violations.filter(({ impact }) => ["serious", "critical"].includes(impact))) {
        found.push(`${path}: ${one.id}: ${one.nodes[0].target} (${one.nodes.length}) ${one.nodes[0].failureSummary?.split("\n")[1] ?? ""}`);
      }
    };
    for (const path of [...pagesOf(site), `model.html?id=${encodeURIComponent(model)}`]) {
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

test("the SQL console queries the file", async (t) => {
  const opened = await open("console.html");
  const { page } = opened;
  if (!(await page.locator("#run").count())) {
    assert.match(await page.locator(".notice").textContent(), /without the console/);
    await page.close();
    t.skip("built without the console");
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
