// Compares models and places rows with the page's code: `node tests/verdict.mjs < request.json`, for tests/site/test_verdict.py.
// The request has `common`, `records` (by model id), `pairs` of ids, `draws` of one track, and `sets` of rows `{at, whole}`.
import { readFileSync } from "node:fs";
import { decode, intervalsOf, placesOf } from "../src/leaderboard/places.js";
import { comparePair } from "../src/verdict.js";

const { common, records, pairs, draws, sets } = JSON.parse(readFileSync(0, "utf8"));
const model = (id) => ({ id, record: records[id] });
const verdicts = pairs.map(([a, b]) => comparePair(model(a), model(b), common));
const decoded = decode(draws);
const start = performance.now();
const placed = sets.map((rows) => {
  const places = placesOf(rows);
  const intervals = intervalsOf(rows, places, decoded);
  return rows.filter((row) => places.has(row)).map((row) => [row.at, places.get(row), ...(intervals.get(row) ?? [null, null])]);
});
console.log(JSON.stringify({ verdicts, placed, milliseconds: performance.now() - start }));
