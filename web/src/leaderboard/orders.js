// Other orders than that of the ability: published ones, and the reader's own weights.
import { load } from "../data.js";

const byAbility = (row) => ({ place: row.rank, low: row.rank_low, high: row.rank_high, worth: null });

/** Reads `open_llm_v2:2,arena:0.5`; a board that is not named has weight 1. */
export function readWeights(text) {
  const named = (text ? text.split(",") : []).map((part) => part.split(":")).map(([source, value]) => [source, Number(value)]);
  return Object.fromEntries(named.filter(([, weight]) => Number.isFinite(weight) && weight >= 0 && weight <= 10));
}

export const writeWeights = (weights) =>
  Object.entries(weights).filter(([, weight]) => weight !== 1).map(([source, weight]) => `${source}:${weight}`).join(",");

/** Gives each row the `place`, `low` and `high` that the state asks for; resolves to a word about the order. */
export async function order(rows, state, views) {
  if (state.w) return weighted(rows, readWeights(state.w), views, await load("weights"));
  if (state.by === "ability") {
    for (const row of rows) Object.assign(row, byAbility(row));
    return;
  }
  const given = (await load("methods"))?.methods[state.by];
  for (const row of rows) {
    row.place = given?.rank[row.at] ?? null;
    row.low = given?.low[row.at] ?? null;
    row.high = given?.high[row.at] ?? null;
    row.worth = null;
  }
}

/**
 * The weighted mean of the shares of other models beaten, over the leaderboards that list the model: what the macro
 * `weighted_rank` of the DuckDB file counts, with a weight of its own for each leaderboard.
 */
function weighted(rows, weights, views, rates) {
  const boards = views.filter((view) => rates?.[view.source]).map((view) => ({ ...view, rates: rates[view.source], weight: weights[view.source] ?? 1 }));
  for (const row of rows) {
    let sum = 0;
    let all = 0;
    for (const board of boards) {
      const rate = board.track === row.track ? board.rates[row.at] : null;
      if (rate !== null) {
        sum += rate * board.weight;
        all += board.weight;
      }
    }
    row.low = row.high = row.place = null;
    row.worth = all > 0 && !row.flagged && row.copy_of === null ? sum / all : null;
  }
  for (const track of new Set(rows.map((row) => row.track))) {
    const placed = rows.filter((row) => row.track === track && row.worth !== null).sort((a, b) => b.worth - a.worth);
    placed.forEach((row, at) => {
      row.place = at > 0 && placed[at - 1].worth === row.worth ? placed[at - 1].place : at + 1;
    });
  }
}
