// An ability and its interval as a bar on the scale of its track.
import { el } from "./dom.js";
import { number } from "./format.js";

/** The scale that the site gives for a track. */
export function scaleOf(scales, track) {
  const [low, high] = scales[track] ?? [0, 1];
  return { low, high, steps: Math.max(1, Math.round((high - low) / 100)) };
}

/** Where a value stands on a scale; what lies outside is drawn at its end. */
const shareOf = (value, scale) => `${Math.min(100, Math.max(0, (100 * (value - scale.low)) / (scale.high - scale.low)))}%`;

export function intervalOf(row, scale) {
  const line = el("span", { class: "line" });
  const bar = el("i", { class: "bar" });
  bar.style.left = shareOf(row.ability_low, scale);
  bar.style.right = `calc(100% - ${shareOf(row.ability_high, scale)})`;
  const dot = el("i", { class: "dot" });
  dot.style.left = shareOf(row.ability, scale);
  line.style.setProperty("--steps", scale.steps);
  line.append(bar, dot);
  return el("span", { class: "interval", title: `${number(row.ability, "whole")}, surely between ${number(row.ability_low, "whole")} and ${number(row.ability_high, "whole")}` },
    el("b", { text: number(row.ability, "whole") }), line);
}
