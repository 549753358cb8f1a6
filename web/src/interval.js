// Draws an ability and its interval as a bar on the scale of its track.
import { el } from "./dom.js";
import { number, range } from "./format.js";

/** Returns the ends of a track's scale and its number of steps of 100 points. */
export function scaleOf(scales, track) {
  const [low, high] = scales[track] ?? [0, 1];
  return { low, high, steps: Math.max(1, Math.round((high - low) / 100)) };
}

/** Returns the position of a value on a scale; a value outside is drawn at the end. */
const positionOf = (value, scale) => `${Math.min(100, Math.max(0, (100 * (value - scale.low)) / (scale.high - scale.low)))}%`;

export function drawInterval(row, scale) {
  const line = el("span", { class: "line" });
  const bar = el("i", { class: "bar" });
  bar.style.left = positionOf(row.ability_low, scale);
  bar.style.right = `calc(100% - ${positionOf(row.ability_high, scale)})`;
  const dot = el("i", { class: "dot" });
  dot.style.left = positionOf(row.ability, scale);
  line.style.setProperty("--steps", scale.steps);
  line.append(bar, dot);
  return el("span", { class: "interval", title: `${number(row.ability, "whole")}, 90 % interval ${range(row.ability_low, row.ability_high, "whole")}` },
    el("b", { text: number(row.ability, "whole") }), line);
}
