// Tests a site whose names, organisations, licences and addresses contain attacks: METABOARD_HOSTILE_SITE is its folder.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { openWatched, ready } from "./browser.mjs";
import { pagesOf, useSite } from "./fixtures.mjs";

const site = resolve(process.env.METABOARD_HOSTILE_SITE ?? "hostile");
const running = useSite(site, { width: 1440, height: 1400 });

test("no text is executed, and every name is shown unchanged", async () => {
  const { server, context } = running;
  const { page, seen } = await openWatched(context, server.address);

  /** Sends events to every element of a page and checks that nothing was executed. */
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

  for (const name of pagesOf(site)) await probe(name);
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
    const former = `former ${id}`;
    await probe(`model.html?id=${encodeURIComponent(former)}`);
    assert.equal(await page.locator("h1").textContent(), id, "the address of a former id leads to the model");
    assert.equal(new URL(page.url()).searchParams.get("id"), id);
    assert.match(await page.locator("[role=note]").textContent(), /^former /);
    await probe(`index.html#q=${encodeURIComponent(id)}&pin=${encodeURIComponent(id)}&lic=${encodeURIComponent(id)}&w=${encodeURIComponent(id)}&by=${encodeURIComponent(id)}&sort=rank_low`);
  }
  await page.goto(`${server.address}index.html#pin=${encodeURIComponent(ids.filter((id) => !id.includes("|")).slice(0, 4).join("|"))}`);
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "Side by side" }).click();
  await page.waitForFunction(() => Number(document.documentElement.dataset.compared) > 0);
  assert.equal(await page.evaluate(() => globalThis.__pwned ?? null), null);
  assert.ok((await page.locator(".verdict p").count()) >= 2);
  assert.equal(await page.locator(".verdict :not(p, details, summary, table, thead, tbody, tr, th, td)").count(), 0);
  assert.deepEqual(seen.outside, []);
  assert.equal(seen.dialogs, 0);
  assert.deepEqual(seen.errors, []);
  console.log(`${ids.length} hostile texts, 0 executed`);
});
