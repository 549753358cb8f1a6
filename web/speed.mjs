// Measures the leaderboard page and prints JSON: `node speed.mjs SITE`, see benchmarks/site_speed.py.
import { resolve } from "node:path";
import { launch, ready, serve } from "./tests/browser.mjs";

const RUNS = 5;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const server = await serve(resolve(process.argv[2]));
const paints = [];
const tables = [];
const interactives = [];
let filters;

for (let run = 0; run < RUNS; run++) {
  const context = await launch({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(server.address + "index.html");
  await ready(page);
  const times = await page.evaluate(async () => {
    // `metaboard-ready` is the first frame with the table. When the browser is idle, it can handle a click.
    const idle = await new Promise((done) => requestIdleCallback(() => done(performance.now())));
    return {
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
      table: performance.getEntriesByName("metaboard-ready")[0].duration,
      idle,
    };
  });
  paints.push(times.paint);
  tables.push(times.table);
  interactives.push(times.idle);
  if (run === RUNS - 1) filters = await latencies(page);
  await context.close();
}
server.close();
console.log(JSON.stringify({
  "first paint, ms": median(paints), "first table visible, ms": median(tables), "interactive, ms": median(interactives), ...filters,
}));

/** Measures the time from the change of a control to the frame with the new rows: the median of several changes. */
async function latencies(page) {
  const measure = (selector, values, type) => page.evaluate(async ([selector, values, type]) => {
    const control = document.querySelector(selector);
    const times = [];
    for (const value of values) {
      const last = document.documentElement.dataset.turn;
      const start = performance.now();
      if (type === "check") control.checked = value;
      else control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      while (document.documentElement.dataset.turn === last) await new Promise((next) => setTimeout(next, 0));
      await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
      times.push(performance.now() - start);
      await new Promise((next) => setTimeout(next, 150));
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  }, [selector, values, type]);
  await page.evaluate(() => { location.hash = ""; });
  return {
    "filter over all rows, ms": await measure('input[name="open"]', [true, false, true, false, true, false, true], "check"),
    "search over all rows, ms": await measure('input[name="q"]', ["q", "qw", "qwe", "qwen", "qwen 7", "qwen 7b", ""], "text"),
    "own weights over all rows, ms": await measure('input[data-source="open_llm_v2"]', ["2", "2.5", "3", "3.5", "4", "3.75", "3.25"], "range"),
  };
}
