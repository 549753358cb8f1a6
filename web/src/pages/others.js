// Runs the pages of tables and plots.
import { load, unpack } from "../data.js";
import { labelDrawing } from "../accessible.js";
import { $, el } from "../dom.js";
import { words } from "../format.js";
import * as plots from "../plots.js";
import { drawSheets, loadRows, titleLookup } from "../sheet.js";

const markReady = () => { document.documentElement.dataset.ready = "true"; };

/** Draws a plot into the element `id`, or a note when `draw` is null. */
function drawPlot(id, draw) {
  const place = $(`#${id}`);
  if (!place) return;
  if (draw) place.replaceChildren(labelDrawing(draw(Math.max(340, Math.min(860, place.clientWidth)))));
  else place.replaceChildren(el("p", { class: "dim", text: "This generation has too few data for this plot." }));
}

export async function tables() {
  await drawSheets(await load("common"));
  markReady();
}

export async function boards() {
  const common = await load("common");
  const title = titleLookup(common, true);
  const pairs = await loadRows("agreement");
  const shared = await loadRows("meetings");
  const hasEnough = (x) => shared.filter((row) => row[x] !== null).length > 2;
  const select = (grain, modelSet) => pairs.filter((pair) => pair.grain === grain && pair.shared === modelSet);
  drawPlot("matrix", select("board", "shared").length ? (width) => plots.matrix(select("board", "shared"), title, width) : null);
  drawPlot("meet-v2", hasEnough("open_llm_v2_score") ? (width) => plots.meetings(shared, "open_llm_v2_score", "Open LLM v2 score", width) : null);
  drawPlot("meet-v1", hasEnough("open_llm_v1_score") ? (width) => plots.meetings(shared, "open_llm_v1_score", "Open LLM v1 score", width) : null);
  // The other pairs of dated editions are in the table.
  const dated = select("date", "fixed").filter((pair) => pair.left_name === "arena_text/overall" && pair.right_name.startsWith("open_llm"));
  drawPlot("over-time", dated.length ? (width) => plots.overTime(dated, title, width) : null);
  drawPlot("benchmarks", select("benchmark", "shared").length ? (width) => plots.matrix(select("benchmark", "shared"), title, width) : null);
  await drawSheets(common);
  markReady();
}

export async function outliers() {
  const rows = (await loadRows("gems")).filter((row) => row.params_b > 0);
  drawPlot("gem-plot", rows.length ? (width) => plots.gems(rows, width) : null);
  await tables();
}

export async function identity() {
  const measures = ["link_precision", "link_recall", "no_match_kept", "pair_precision", "pair_recall", "publisher_right", "whole_id_right"];
  const published = (await loadRows("quality")).filter((row) => row.method === "metaboard" && row.part === "all" && row.board === "all");
  const rows = published.filter((row) => row.labels === "labels_other_boards.tsv" && row.class === "needs no knowledge" && measures.includes(row.measure) && row.value !== null);
  drawPlot("quality-plot", rows.length ? (width) => plots.shares(rows.map((row) => ({ ...row, label: words(row.measure) })), "Measured on labelled names", width) : null);
  await tables();
}

export async function how() {
  const rows = unpack(await load("leaderboard"));
  const ranked = rows.some((row) => row.rank !== null);
  drawPlot("interval-plot", ranked ? (width) => plots.intervals(rows, width) : null);
  drawPlot("ability-plot", ranked ? (width) => plots.abilities(rows, width) : null);
  await tables();
}
