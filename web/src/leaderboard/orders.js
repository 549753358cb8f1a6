// Orders the rows by the ability, by another published method, or by the reader's weights.
import { load, unpackColumn } from "../data.js";

const byAbility = (row) => ({ whole: row.rank, wholeLow: row.rank_low, wholeHigh: row.rank_high, share: null });

/** Parses `open_llm_v2:2,arena:0.5`; a board that is missing has weight 1. */
export function parseWeights(text) {
  const named = (text ? text.split(",") : []).map((part) => part.split(":")).map(([source, value]) => [source, Number(value)]);
  return Object.fromEntries(named.filter(([, weight]) => Number.isFinite(weight) && weight >= 0 && weight <= 10));
}

export const formatWeights = (weights) =>
  Object.entries(weights).filter(([, weight]) => weight !== 1).map(([source, weight]) => `${source}:${weight}`).join(",");

/** Sets `whole`, `wholeLow`, `wholeHigh` and `share` of each row: its place in the whole table by the order of the state. */
export async function orderRows(rows, state, views) {
  if (state.w) return orderByWeights(rows, parseWeights(state.w), views, await load("weights"));
  if (state.by === "ability") {
    for (const row of rows) Object.assign(row, byAbility(row));
    return;
  }
  const method = (await load("methods"))?.methods[state.by];
  for (const row of rows) {
    row.whole = method?.rank[row.at] ?? null;
    row.wholeLow = method?.low[row.at] ?? null;
    row.wholeHigh = method?.high[row.at] ?? null;
    row.share = null;
  }
}

const unpacked = new WeakMap();

/** The values of a packed column by row, unpacked once. */
function inRows(packed, length) {
  if (!unpacked.has(packed)) unpacked.set(packed, unpackColumn(packed, length));
  return unpacked.get(packed);
}

/**
 * Orders by the weighted mean of the win rates on the leaderboards on which the ability of the model rests.
 * The macro `weighted_rank` of the DuckDB file computes the same.
 */
function orderByWeights(rows, weights, views, rates) {
  const boards = views.filter((view) => rates?.[view.source]).map((view) => ({ ...view, rates: inRows(rates[view.source], rows.length), weight: weights[view.source] ?? 1 }));
  for (const row of rows) {
    let sum = 0;
    let total = 0;
    for (const board of boards) {
      const rate = board.track === row.track ? board.rates[row.at] : null;
      if (rate !== null) {
        sum += rate * board.weight;
        total += board.weight;
      }
    }
    row.wholeLow = row.wholeHigh = row.whole = null;
    row.share = total > 0 && !row.flagged && row.copy_of === null ? sum / total : null;
  }
  for (const track of new Set(rows.map((row) => row.track))) {
    const placed = rows.filter((row) => row.track === track && row.share !== null).sort((a, b) => b.share - a.share);
    placed.forEach((row, at) => {
      row.whole = at > 0 && placed[at - 1].share === row.share ? placed[at - 1].whole : at + 1;
    });
  }
}
