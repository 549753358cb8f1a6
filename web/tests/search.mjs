// Answers typed names with the page's search: `node tests/search.mjs < request.json`, for tests/site/test_search.py.
// The request has `data` of aggregator/site/search_data.py, `find` (typed names) and `tokens` (texts).
import { readFileSync } from "node:fs";
import { find, makeIndex, nameTokens } from "../src/search.js";

const request = JSON.parse(readFileSync(0, "utf8"));
const search = makeIndex(request.data);
const times = [];
const found = request.find.map((text) => {
  const start = performance.now();
  const answer = find(search, text).slice(0, 10);
  times.push(performance.now() - start);
  return answer;
});
console.log(JSON.stringify({ found, tokens: request.tokens.map(nameTokens), slowest: Math.max(...times), median: times.sort((a, b) => a - b)[times.length >> 1] }));
