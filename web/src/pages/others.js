// The pages that are tables and drawings.
import { load, unpack } from "../data.js";
import { drawing } from "../accessible.js";
import { $, el } from "../dom.js";
import { words } from "../format.js";
import * as plots from "../plots.js";
import { rowsOf, sheets, titler } from "../sheet.js";

const done = () => { document.documentElement.dataset.ready = "true"; };

function put(id, draw) {
  const place = $(`#${id}`);
  if (!place) return;
  if (draw) place.replaceChildren(drawing(draw(Math.max(340, Math.min(860, place.clientWidth)))));
  else place.replaceChildren(el("p", { class: "dim", text: "Too few models are shared in this generation to draw this." }));
}

export async function tables() {
  await sheets(await load("common"));
  done();
}

export async function boards() {
  const common = await load("common");
  const title = titler(common, true);
  const pairs = await rowsOf("agreement");
  const shared = await rowsOf("meetings");
  const has = (x) => shared.filter((row) => row[x] !== null).length > 2;
  const of = (grain, which) => pairs.filter((pair) => pair.grain === grain && pair.shared === which);
  put("matrix", of("board", "shared").length ? (width) => plots.matrix(of("board", "shared"), title, width) : null);
  put("meet-v2", has("open_llm_v2_score") ? (width) => plots.meetings(shared, "open_llm_v2_score", "Open LLM v2 score", width) : null);
  put("meet-v1", has("open_llm_v1_score") ? (width) => plots.meetings(shared, "open_llm_v1_score", "Open LLM v1 score", width) : null);
  const dated = of("date", "fixed");
  put("over-time", dated.length ? (width) => plots.overTime(dated, title, width) : null);
  put("benchmarks", of("benchmark", "shared").length ? (width) => plots.matrix(of("benchmark", "shared"), title, width) : null);
  await sheets(common);
  done();
}

export async function oddities() {
  const rows = (await rowsOf("gems")).filter((row) => row.params_b > 0);
  put("gem-plot", rows.length ? (width) => plots.gems(rows, width) : null);
  await tables();
}

export async function identity() {
  const measures = ["link_precision", "link_recall", "no_match_kept", "pair_precision", "pair_recall", "relation_right"];
  const rows = (await rowsOf("quality")).filter((row) => row.part === "all" && row.class === "all" && measures.includes(row.measure) && row.value !== null);
  put("quality-plot", rows.length ? (width) => plots.shares(rows.map((row) => ({ ...row, label: words(row.measure) })), "Measured on labelled names", width) : null);
  await tables();
}

export async function how() {
  const rows = unpack(await load("leaderboard"));
  const ranked = rows.some((row) => row.rank !== null);
  put("interval-plot", ranked ? (width) => plots.intervals(rows, width) : null);
  put("ability-plot", ranked ? (width) => plots.abilities(rows, width) : null);
  await tables();
}
