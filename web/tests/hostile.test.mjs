// A site whose names, organisations, licences and addresses try to be more than text: METABOARD_HOSTILE_SITE names its folder.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { launch, ready, serve, watched } from "./browser.mjs";

const site = resolve(process.env.METABOARD_HOSTILE_SITE ?? "hostile");
const PAGES = ["index", "families", "boards", "oddities", "identity", "health", "changes", "how", "console"];

let server;
let context;

before(async () => {
  server = await serve(site);
  context = await launch({ viewport: { width: 1440, height: 1400 } });
});
after(async () => {
  await context.close();
  server.close();
});

test("no name is ever run, and every name is shown as it is spelt", async () => {
  const { page, seen } = await watched(context, server.address);

  /** Touches everything on the page and makes sure that nothing ran. */
  async function probe(path) {
    await page.goto(server.address + path);
    await ready(page);
    for (const details of await page.locator("details").all()) await details.evaluate((one) => { one.open = true; });
    await page.evaluate(() => {
      for (const element of document.querySelectorAll("main *")) {
        for (const type of ["mouseover", "mouseenter", "focus", "click", "toggle", "load", "error"]) {
          if (type !== "click" || !element.closest("a, button, label, input, summary")) element.dispatchEvent(new Event(type));
        }
      }
    });
    const state = await page.evaluate(() => ({
      pwned: globalThis.__pwned ?? null,
      title: document.title,
      foreign: [...document.querySelectorAll("main script, iframe, object, embed, base, img, main style:not(svg style)")].map((one) => one.outerHTML),
      handlers: [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(({ name }) => name.startsWith("on"))).map((one) => one.outerHTML),
      links: [...document.querySelectorAll("a")].map((one) => new URL(one.href?.baseVal ?? one.href, document.baseURI).href).filter((href) => !/^(https:\/\/huggingface\.co\/|http:\/\/127\.0\.0\.1:)/.test(href)),
    }));
    assert.deepEqual({ ...state, title: state.title === "pwned" }, { pwned: null, title: false, foreign: [], handlers: [], links: [] }, path);
  }

  for (const name of PAGES) await probe(`${name}.html`);
  const ids = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.src = "data/leaderboard.js";
    await new Promise((loaded) => { script.onload = loaded; document.head.append(script); });
    return globalThis.metaboardData.leaderboard.columns.model_id;
  });
  assert.ok(ids.length >= 30);
  for (const id of ids) {
    await probe(`model.html?id=${encodeURIComponent(id)}`);
    assert.equal(await page.locator("h1").textContent(), id);
    await probe(`index.html#q=${encodeURIComponent(id)}&pin=${encodeURIComponent(id)}&lic=${encodeURIComponent(id)}&w=${encodeURIComponent(id)}&by=${encodeURIComponent(id)}&sort=rank_low`);
  }
  assert.deepEqual(seen.outside, []);
  assert.equal(seen.dialogs, 0);
  assert.deepEqual(seen.errors, []);
  console.log(`${ids.length} hostile texts, 0 executed`);
});
