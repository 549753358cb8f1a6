// Draws the plots with Observable Plot. Colours are CSS variables of the page, so both themes work.
import { date, number } from "./format.js";
import { modelAddress } from "./links.js";

const INK = "currentColor";
const ACCENT = "var(--accent)";
const SOFT = "var(--accent-soft)";
const base = { style: { background: "none", fontFamily: "inherit", fontSize: "11.5px", color: "var(--dim)" } };

/** A score over time, with its interval. */
export function history(points, label, width) {
  const { areaY, dot, gridX, lineY, plot, pointer, tip } = globalThis.metaboardPlot;
  const banded = points.filter((point) => point.low !== null);
  return plot({
    ...base, ariaLabel: `${label} over time`, height: 150, width, marginLeft: 44, marginBottom: 26,
    x: { type: "utc", label: null }, y: { label: null, nice: true, ticks: 4, tickFormat: (value) => number(value) },
    marks: [
      gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
      areaY(banded, { x: "on", y1: "low", y2: "high", fill: ACCENT, fillOpacity: 0.16, curve: "monotone-x" }),
      lineY(points, { x: "on", y: "score", stroke: ACCENT, strokeWidth: 1.6, curve: "monotone-x" }),
      dot(points.slice(-1), { x: "on", y: "score", fill: ACCENT, r: 3.5 }),
      tip(points, { ...pointer({ x: "on", y: "score", px: "on", maxRadius: 60 }), title: (point) => `${date(point.on)}\n${number(point.score)} · rank ${number(point.rank, "count")}`, ...tipStyle }),
    ],
  });
}

const tipStyle = { fill: "var(--raised)", stroke: "var(--edge)", textPadding: 7, fontSize: 12 };

/** Arena ratings of shared models over their scores on another leaderboard: one dot per model. */
export function meetings(rows, x, xLabel, width) {
  const { dot, linearRegressionY, plot, pointer, ruleX, tip } = globalThis.metaboardPlot;
  const shown = rows.filter((row) => row[x] !== null && row.arena_rating !== null);
  return plot({
    ...base, ariaLabel: `Chatbot Arena rating over ${xLabel}`, width, height: 430, marginLeft: 48, marginBottom: 38,
    grid: false, x: { label: `${xLabel} →`, nice: true, inset: 6 }, y: { label: "↑ Arena rating", nice: true, inset: 6, tickFormat: (value) => number(value) },
    marks: [
      linearRegressionY(shown, { x, y: "arena_rating", stroke: ACCENT, strokeOpacity: 0.7, fill: ACCENT, fillOpacity: 0.08 }),
      ruleX(shown, { x, y1: "arena_rating_low", y2: "arena_rating_high", stroke: INK, strokeOpacity: 0.35 }),
      dot(shown, { x, y: "arena_rating", r: 3.4, fill: ACCENT, stroke: "var(--paper)", strokeWidth: 0.8, href: (row) => modelAddress(row.model_id), ariaLabel: "model_id" }),
      tip(shown, pointer({ x, y: "arena_rating", title: (row) => `${row.model_id}\nArena ${number(row.arena_rating, "whole")} · ${xLabel} ${number(row[x])}`, ...tipStyle })),
    ],
  });
}

const MOST_COMPARED = 30;

/** The names with the most pairs, in alphabetical order: more rows than these are too small to read. */
function mostCompared(both) {
  const pairs = new Map();
  for (const { a } of both) pairs.set(a, (pairs.get(a) ?? 0) + 1);
  return [...pairs].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1)).slice(0, MOST_COMPARED).map(([name]) => name).sort();
}

/** The agreement of every pair of leaderboards or benchmarks, of at most `MOST_COMPARED` of them. */
export function matrix(pairs, titles, width) {
  const { cell, plot, pointer, text, tip } = globalThis.metaboardPlot;
  const both = pairs.flatMap((pair) => [{ ...pair, a: pair.left_name, b: pair.right_name }, { ...pair, a: pair.right_name, b: pair.left_name }]);
  const names = mostCompared(both);
  const shown = both.filter((pair) => names.includes(pair.a) && names.includes(pair.b));
  const wide = names.length > 9;
  const side = (width - (wide ? 160 : 134) - 56) / names.length;
  return plot({
    ...base, ariaLabel: "Agreement of every pair, Spearman’s rank correlation", width, height: 100 + names.length * (names.length > 18 ? 26 : wide ? 32 : 40), marginLeft: wide ? 160 : 134, marginTop: wide ? 120 : 90, marginRight: 56, padding: 0.04,
    x: { axis: "top", label: null, domain: names, tickFormat: titles, tickRotate: -38, tickSize: 0 }, y: { label: null, domain: names, tickFormat: titles, tickSize: 0 },
    color: { type: "linear", domain: [0, 1], range: ["var(--sunk)", "var(--accent)"], interpolate: (from, to) => (share) => `color-mix(in oklab, ${to} ${Math.round(share * 100)}%, ${from})` },
    marks: [
      cell(shown, { x: "a", y: "b", fill: (pair) => Math.max(0, pair.spearman), rx: 3 }),
      text(side < 26 ? [] : shown, { x: "a", y: "b", text: (pair) => number(pair.spearman, "ratio"), fill: (pair) => (pair.spearman > 0.62 ? "var(--on-accent)" : "var(--ink)"), fontSize: wide ? 10.5 : 12 }),
      tip(shown, pointer({ x: "a", y: "b", title: (pair) => `${titles(pair.a)} and ${titles(pair.b)}\nSpearman ${number(pair.spearman, "ratio")} (${number(pair.spearman_low, "ratio")} to ${number(pair.spearman_high, "ratio")})\n${number(pair.n_models, "count")} models`, ...tipStyle })),
    ],
  });
}

/** The agreement of Arena's editions with the archived leaderboards over time. */
export function overTime(rows, titles, width) {
  const { areaY, lineY, plot, pointer, text, tip } = globalThis.metaboardPlot;
  const points = rows.map((row) => ({ ...row, on: new Date(row.published_on), pair: `${titles(row.left_name)} and ${titles(row.right_name)}` }));
  const pairs = [...new Set(points.map((point) => point.pair))];
  const colours = ["var(--accent)", "var(--warm)", "var(--good)", "var(--bad)"];
  const colour = (point) => colours[pairs.indexOf(point.pair) % colours.length];
  const last = pairs.map((pair) => points.filter((point) => point.pair === pair).at(-1));
  return plot({
    ...base, ariaLabel: "Agreement over time", width, height: 320, marginLeft: 40, marginRight: 12, marginBottom: 38,
    x: { type: "utc", label: null }, y: { label: "↑ Spearman", nice: true, domain: [Math.min(0.6, ...points.map((point) => point.spearman_low)), 1] },
    marks: [
      ...pairs.map((pair) => areaY(points.filter((point) => point.pair === pair), { x: "on", y1: "spearman_low", y2: "spearman_high", fill: colour({ pair }), fillOpacity: 0.12 })),
      ...pairs.map((pair) => lineY(points.filter((point) => point.pair === pair), { x: "on", y: "spearman", stroke: colour({ pair }), strokeWidth: 1.8 })),
      ...[...last].sort((a, b) => b.spearman - a.spearman).map((point, at) => text([point], { x: "on", y: "spearman", text: "pair", fill: colour, textAnchor: "end", dx: -4, dy: at ? 14 : -12, fontWeight: 560 })),
      tip(points, pointer({ x: "on", y: "spearman", title: (point) => `${point.pair}\n${date(point.on)}: ${number(point.spearman, "ratio")} (${number(point.spearman_low, "ratio")} to ${number(point.spearman_high, "ratio")})\n${number(point.n_models, "count")} models`, ...tipStyle })),
    ],
  });
}

/** The rank intervals over the ranks. */
export function intervals(rows, width) {
  const { link, lineY, plot } = globalThis.metaboardPlot;
  const ranked = rows.filter((row) => row.track === "llm" && row.rank !== null);
  const every = Math.max(1, Math.floor(ranked.length / 240));
  const shown = ranked.filter((_, at) => at % every === 0);
  return plot({
    ...base, ariaLabel: "Rank intervals of language models", width, height: 320, marginLeft: 56, marginBottom: 36,
    x: { label: "rank →" , tickFormat: (value) => number(value, "count") }, y: { label: "↓ rank interval", reverse: true, tickFormat: (value) => number(value, "count") },
    marks: [
      link(shown, { x1: "rank", x2: "rank", y1: "rank_low", y2: "rank_high", stroke: ACCENT, strokeOpacity: 0.5, strokeWidth: 1.6 }),
      lineY(shown, { x: "rank", y: "rank", stroke: INK, strokeWidth: 1 }),
    ],
  });
}

/** A histogram of abilities, coloured by the number of leaderboards on which they rest. */
export function abilities(rows, width) {
  const { binX, plot, rectY, ruleY } = globalThis.metaboardPlot;
  const shown = rows.filter((row) => row.track === "llm" && row.rank !== null);
  const on = (row) => (row.boards > 2 ? "three boards or more" : row.boards === 2 ? "two boards" : "one board");
  return plot({
    ...base, ariaLabel: "Abilities of language models", width, height: 280, marginLeft: 56, marginBottom: 36,
    x: { label: "ability →" }, y: { label: "↑ models", tickFormat: (value) => number(value, "count") },
    color: { domain: ["one board", "two boards", "three boards or more"], range: [SOFT, ACCENT, "var(--warm)"] },
    marks: [rectY(shown, binX({ y: "count" }, { x: "ability", fill: on, thresholds: 60, inset: 0.5 })), ruleY([0], { stroke: "var(--line)" })],
  });
}

/** Measured shares, with their 95 % intervals. */
export function shares(rows, title, width) {
  const { dot, gridX, link, plot, text } = globalThis.metaboardPlot;
  return plot({
    ...base, ariaLabel: title, width, height: 44 + rows.length * 30, marginLeft: 116, marginRight: 84, marginBottom: 30,
    x: { domain: [Math.min(0.7, ...rows.map((row) => row.low ?? 1)), 1], label: null, tickFormat: (value) => number(value, "percent") }, y: { label: null, domain: rows.map((row) => row.label), tickSize: 0 },
    marks: [
      gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
      link(rows.filter((row) => row.low !== null), { x1: "low", x2: "high", y: "label", stroke: ACCENT, strokeOpacity: 0.45, strokeWidth: 5, strokeLinecap: "round" }),
      dot(rows, { x: "value", y: "label", fill: ACCENT, r: 4.5 }),
      text(rows, { x: 1, y: "label", dx: 10, textAnchor: "start", text: (row) => (row.decisions === null ? "" : `${number(row.right_decisions, "count")} of ${number(row.decisions, "count")}`), fill: INK }),
    ],
  });
}

/** The ability of gems over their size, with the usual ability for that size. */
export function gems(rows, width) {
  const { dot, link, plot, pointer, tip } = globalThis.metaboardPlot;
  return plot({
    ...base, ariaLabel: "Ability of gems over their size", width, height: 320, marginLeft: 48, marginBottom: 38,
    x: { type: "log", label: "billions of parameters →", nice: true, tickFormat: (value) => number(value) , ticks: 5 }, y: { label: "↑ ability", nice: true, tickFormat: (value) => number(value, "whole") },
    marks: [
      link(rows, { x1: "params_b", x2: "params_b", y1: "usual_ability", y2: "ability", stroke: ACCENT, strokeOpacity: 0.4, strokeWidth: 1.5 }),
      dot(rows, { x: "params_b", y: "usual_ability", r: 3, stroke: "var(--edge)" }),
      dot(rows, { x: "params_b", y: "ability", r: 4, fill: ACCENT }),
      tip(rows, pointer({ x: "params_b", y: "ability", title: (row) => `${row.model_id}\n${number(row.ability, "whole")}, usual for its size: ${number(row.usual_ability, "whole")}`, ...tipStyle })),
    ],
  });
}
