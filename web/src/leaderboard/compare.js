// Compares up to four models side by side.
import { load, shardName } from "../data.js";
import { $, el } from "../dom.js";
import { number, range, size, words } from "../format.js";
import { drawInterval } from "../interval.js";
import { modelLink } from "../links.js";
import { comparePair, percent } from "../verdict.js";

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
    ["Rank", (row) => (row.whole === null ? "no rank" : number(row.whole, "count"))],
    ["Rank interval", (row) => (row.wholeLow === null ? "" : range(row.wholeLow, row.wholeHigh))],
    ["Ability", (row) => (row.ability === null ? "" : drawInterval(row, scale))],
    ["Better than", (row) => (row.percentile === null ? "" : `${number(row.percentile)} % of the ranked models`)],
    ["Evidence", (row) => row.evidence ?? ""],
    ["Rests on", (row) => row.rests_on ?? ""],
    ...own.map((view) => [view.title, (row) => (row[view.column] === null ? "not listed" : number(row[view.column], "count"))]),
    ["Size", (row) => size(row.params_b)],
    ["Kind", (row) => words(row.kind)],
    ["Licence", (row) => row.license ?? ""],
    ["Weights", (row) => ({ 1: "open", 0: "not public" })[row.open_weights] ?? ""],
    ["Organisation", (row) => row.organization ?? ""],
  ];
  const verdict = el("div", { class: "verdict", role: "status" });
  const head = el("tr", {}, el("td"), ...pinned.map((row) => el("th", { scope: "col" }, modelLink(row.model_id))));
  const body = lines.map(([title, draw]) => el("tr", {}, el("th", { scope: "row", text: title }), ...pinned.map((row) => el("td", {}, draw(row)))));
  $("#comparison").replaceChildren(
    verdict,
    el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "Comparison" }, el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...body))));
  $("#compare").showModal();
  showVerdicts(pinned, verdict);
}

/** Shows the verdict on two models, or on the one with the best ability against each other one. */
async function showVerdicts(pinned, place) {
  const [common, ...shards] = await Promise.all([load("common"), ...pinned.map((row) => load(`models/${shardName(row.model_id)}`))]);
  const models = pinned.map((row, at) => ({ id: row.model_id, ability: row.ability, record: shards[at]?.[row.model_id] }));
  if (!common || models.some(({ record }) => !record)) {
    place.replaceChildren(el("p", { text: "The data of these models is missing." }));
    return;
  }
  const [best, ...others] = models.length > 2 ? [...models].sort((a, b) => (b.ability ?? 0) - (a.ability ?? 0)) : models;
  const pairs = others.map((other) => comparePair(best, other, common));
  place.replaceChildren(...pairs.flatMap((pair) => [...pair.sentences.map((text) => el("p", { text })), domainTable(pair)]));
  document.documentElement.dataset.compared = String(pairs.length);
}

function domainTable({ domains, names }) {
  if (!domains.length) return "";
  const better = ({ probability }) => (probability === null ? "" : `${names[probability >= 0.5 ? 0 : 1]} ${percent(Math.max(probability, 1 - probability))}`);
  const won = ({ wins }) => (wins.won + wins.lost + wins.tied ? `${wins.won} : ${wins.lost}${wins.tied ? `, ${wins.tied} equal` : ""}` : "");
  const head = ["Domain", "Better with", "Shared benchmarks won"].map((text) => el("th", { scope: "col", text }));
  return el("details", {}, el("summary", { text: "By domain" }),
    el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...domains.map((one) => el("tr", {}, el("th", { scope: "row", text: one.domain }), el("td", { text: better(one) }), el("td", { text: won(one) }))))));
}
