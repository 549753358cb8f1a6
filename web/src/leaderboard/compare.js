// Compares up to four models side by side.
import { $, el } from "../dom.js";
import { number, range, size, words } from "../format.js";
import { drawInterval } from "../interval.js";
import { modelLink } from "../links.js";

export const MAX_PINNED = 4;

/** Shows the pinned models at the bottom of the page. */
export function showTray(pinned, toggle, open) {
  const box = $("#tray");
  box.hidden = pinned.length === 0;
  box.replaceChildren(
    el("span", { class: "dim", text: "Compare" }),
    ...pinned.map((row) => el("span", { class: "chip" }, row.model_id.split("/").pop(),
      el("button", { type: "button", "aria-label": `Remove ${row.model_id}`, text: "×", onclick: () => toggle(row.model_id) }))),
    el("button", { type: "button", class: "strong", disabled: pinned.length < 2, text: pinned.length < 2 ? "pick one more" : "Side by side", onclick: open }),
  );
}

/** Opens the comparison of the pinned models. */
export function openComparison(pinned, views, scale) {
  const own = views.filter((view) => pinned.some((row) => row.track === view.track && row[view.column] !== null));
  const lines = [
    ["Rank", (row) => (row.place === null ? "no rank" : number(row.place, "count"))],
    ["Rank interval", (row) => (row.low === null ? "" : range(row.low, row.high))],
    ["Ability", (row) => (row.ability === null ? "" : drawInterval(row, scale))],
    ["Tie group", (row) => number(row.tie_group, "count")],
    ["Evidence", (row) => row.evidence ?? ""],
    ["Rests on", (row) => row.rests_on ?? ""],
    ...own.map((view) => [view.title, (row) => (row[view.column] === null ? "not listed" : number(row[view.column], "count"))]),
    ["Size", (row) => size(row.params_b)],
    ["Kind", (row) => words(row.kind)],
    ["Licence", (row) => row.license ?? ""],
    ["Weights", (row) => ({ 1: "open", 0: "not public" })[row.open_weights] ?? ""],
    ["Organisation", (row) => row.organization ?? ""],
  ];
  const head = el("tr", {}, el("td"), ...pinned.map((row) => el("th", { scope: "col" }, modelLink(row.model_id))));
  const body = lines.map(([title, draw]) => el("tr", {}, el("th", { scope: "row", text: title }), ...pinned.map((row) => el("td", {}, draw(row)))));
  $("#comparison").replaceChildren(
    el("p", { class: "verdict", text: verdict(pinned) }),
    el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "Comparison" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...body))));
  $("#compare").showModal();
}

/** Describes whether the intervals of the two best models overlap. */
function verdict(pinned) {
  if (new Set(pinned.map((row) => row.track)).size > 1) return "These models are in two tracks. There is no order across tracks.";
  const [best, next] = pinned.filter((row) => row.ability !== null).sort((a, b) => b.ability - a.ability);
  if (!next) return "";
  return best.ability_low > next.ability_high
    ? `${best.model_id} is better than the others: its 90 % interval does not overlap the next one.`
    : "The intervals of the two best models overlap: these scores cannot separate them.";
}
