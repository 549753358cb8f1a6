// Up to four models side by side.
import { $, el } from "../dom.js";
import { number, range, size, words } from "../format.js";
import { intervalOf } from "../interval.js";
import { modelLink } from "../links.js";

export const MOST = 4;

/** Shows the pinned models at the foot of the page. */
export function tray(pinned, toggle, open) {
  const box = $("#tray");
  box.hidden = pinned.length === 0;
  box.replaceChildren(
    el("span", { class: "dim", text: "Compare" }),
    ...pinned.map((row) => el("span", { class: "chip" }, row.model_id.split("/").pop(),
      el("button", { type: "button", "aria-label": `Remove ${row.model_id}`, text: "×", onclick: () => toggle(row.model_id) }))),
    el("button", { type: "button", class: "strong", disabled: pinned.length < 2, text: pinned.length < 2 ? "pick another" : "Side by side", onclick: open }),
  );
}

/** Opens the comparison. */
export function compare(pinned, views, scale) {
  const own = views.filter((view) => pinned.some((row) => row.track === view.track));
  const lines = [
    ["Rank", (row) => (row.place === null ? "no rank" : number(row.place, "count"))],
    ["Rank interval", (row) => (row.low === null ? "" : range(row.low, row.high))],
    ["Ability", (row) => drawn(row, scale)],
    ["Tie group", (row) => number(row.tie_group, "count")],
    ["Evidence", (row) => row.evidence ?? ""],
    ...own.map((view) => [view.title, (row) => (row[view.column] === null ? "not listed" : number(row[view.column], "count"))]),
    ["Size", (row) => size(row.params_b)],
    ["Kind", (row) => words(row.kind)],
    ["Licence", (row) => row.license ?? ""],
    ["Weights", (row) => ({ 1: "open", 0: "not public" })[row.open_weights] ?? ""],
    ["By", (row) => row.organization ?? ""],
  ];
  const head = el("tr", {}, el("td"), ...pinned.map((row) => el("th", { scope: "col" }, modelLink(row.model_id))));
  const body = lines.map(([title, draw]) => el("tr", {}, el("th", { scope: "row", text: title }), ...pinned.map((row) => el("td", {}, draw(row)))));
  $("#comparison").replaceChildren(
    el("p", { class: "verdict", text: verdict(pinned) }),
    el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "Comparison" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...body))));
  $("#compare").showModal();
}

const drawn = (row, scale) => (row.ability === null ? "" : intervalOf(row, scale));

/** Says what the intervals allow to be said of the best and the next. */
function verdict(pinned) {
  if (new Set(pinned.map((row) => row.track)).size > 1) return "These models are of two tracks: there is no order between them.";
  const [best, next] = pinned.filter((row) => row.ability !== null).sort((a, b) => b.ability - a.ability);
  if (!next) return "";
  return best.ability_low > next.ability_high
    ? `${best.model_id} is surely better than the others: the intervals do not meet.`
    : "The intervals of the best two meet: these scores do not tell them apart.";
}
