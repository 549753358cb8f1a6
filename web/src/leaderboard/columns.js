// Defines the columns of the leaderboard and draws their cells.
import { el } from "../dom.js";
import { number, range, size, words } from "../format.js";
import { column, sorter } from "../grid.js";
import { drawInterval } from "../interval.js";
import { modelLink } from "../links.js";

/** The model id, with the organisation in a dim colour. */
function nameCell(row) {
  const id = row.model_id;
  const slash = id.lastIndexOf("/");
  const box = el("span", { class: "model", title: row.other_names ? `also: ${row.other_names}` : null });
  if (slash > 0) box.append(el("span", { class: "by", text: id.slice(0, slash + 1) }));
  box.append(modelLink(id, id.slice(slash + 1)));
  if (row.flagged) box.append(el("span", { class: "badge warn", text: "flagged", title: "flagged by a leaderboard" }));
  if (row.copy_of) box.append(el("span", { class: "badge", text: "copy", title: `same weights as ${row.copy_of}` }));
  return box;
}

/** The rank with its interval, or with the weighted share. */
function rankCell(row) {
  const box = el("span", { class: "place" }, el("b", { text: row.place === null ? "–" : number(row.place, "count") }));
  if (row.low !== null) box.append(el("small", { text: range(row.low, row.high), title: "90 % interval of the rank" }));
  else if (row.share !== null && row.share !== undefined) box.append(el("small", { text: number(row.share, "fine"), title: "weighted share of other models beaten" }));
  return box;
}

const abilityCell = (row, scale) => (row.ability === null ? el("span", { class: "none", text: "not enough scores" }) : drawInterval(row, scale));

/** The rank on one leaderboard over a thin bar, which is full for the first rank. */
function boardCell(value, lastRank) {
  if (value === null) return el("span", { class: "none", text: "·" });
  const box = el("span", { class: "board" }, el("span", { text: number(value, "count") }));
  box.style.setProperty("--full", lastRank > 1 ? 1 - (value - 1) / lastRank : 1);
  return box;
}

function pinCell(row, pins, toggle) {
  const on = pins().includes(row.model_id);
  return el("button", {
    type: "button", class: "pin", "aria-pressed": String(on), "aria-label": `Compare ${row.model_id}`, title: on ? "Remove from the comparison" : "Compare",
    onclick: () => toggle(row.model_id),
  });
}

/** Puts the matches of the search first, the best one at the top; other rows follow by rank. */
function byMatch(a, b, rowA, rowB, field, direction) {
  const [one, other] = [rowA.getData().match, rowB.getData().match];
  if (direction === "asc" && one !== other) return (one ?? Infinity) - (other ?? Infinity);
  return sorter(a, b, rowA, rowB, field, direction);
}

/** The width of a leaderboard's column, in which each word of its title fits. */
const boardWidth = (title) => Math.max(80, 26 + 7 * Math.max(...title.split(" ").map((word) => word.length)));

const OTHERS = 1220;
/** The width of the rank in the whole table, a column that only a filter adds. */
const WHOLE = 78;

/** The number of leaderboards whose columns fit beside the other columns and the filters. */
export function boardsThatFit(wide, filtered) {
  const facts = wide >= 1640 ? 208 : wide >= 1480 ? 96 : 0;
  return Math.max(3, Math.floor((wide - OTHERS - (filtered ? WHOLE : 0) - facts) / 92));
}

/** The number of leaderboards on which the ability rests, with their names as its description. */
const boardsCell = (row) => el("span", { class: "dim", text: number(row.boards, "count"), title: row.rests_on ? `rests on ${row.rests_on}` : null });

/** The columns for a track, fewer on a narrow screen. */
export function columns({ rows, boards: own, track, scale, narrow, wide, filtered, pins, toggle }) {
  const draw = (drawRow) => (cell) => drawRow(cell.getRow().getData());
  const boards = own.map((view) => {
    const lastRank = rows.reduce((max, row) => (row.track === track && row[view.column] > max ? row[view.column] : max), 0);
    return column({ title: view.title, field: view.column, width: boardWidth(view.title), titleFormatter: () => el("span", { text: view.title, title: view.in_rank ? "in the combined rank" : "not in the combined rank" }), headerWordWrap: true, hozAlign: "right", headerHozAlign: "right", formatter: (cell) => boardCell(cell.getValue(), lastRank) });
  });
  const text = (title, field, width, format) => column({ title, field, width, formatter: (cell) => el("span", { class: "dim", text: format(cell.getValue()) }) });
  const rank = column({ title: "Rank", field: "place", width: narrow ? 72 : 132, frozen: !narrow, sorter: byMatch, formatter: draw(rankCell) });
  const whole = column({ title: "Whole table", field: "whole", width: WHOLE, visible: filtered, frozen: true, headerWordWrap: true, hozAlign: "right", headerHozAlign: "right", titleFormatter: () => el("span", { text: "Whole table", title: "The rank without the filters" }), formatter: (cell) => el("span", { class: "dim", text: number(cell.getValue(), "count") }) });
  const model = column({ title: "Model", field: "model_id", minWidth: narrow ? 140 : 240, widthGrow: 4, formatter: draw((row) => nameCell(row)) });
  const ability = column({ title: narrow ? "Ability" : `Ability, ${scale.low}–${scale.high}`, field: "ability", minWidth: narrow ? 120 : 210, widthGrow: narrow ? 1 : 3, formatter: draw((row) => abilityCell(row, scale)) });
  if (narrow) return [rank, model, ability];
  return [
    column({ title: "", field: "pin", width: 38, headerSort: false, frozen: true, download: false, titleFormatter: () => el("span", { class: "visually-hidden", text: "Compare" }), formatter: draw((row) => pinCell(row, pins, toggle)) }),
    rank, whole, model, ability, ...boards,
    column({ title: "Boards", field: "boards", width: 72, hozAlign: "right", headerHozAlign: "right", titleFormatter: () => el("span", { text: "Boards", title: "Leaderboards on which the ability rests" }), formatter: draw(boardsCell) }),
    column({ title: "Better than", field: "percentile", width: 76, headerWordWrap: true, hozAlign: "right", headerHozAlign: "right", titleFormatter: () => el("span", { text: "Better than", title: "Share of the other ranked models of the track that it is better than" }), formatter: (cell) => el("span", { class: "dim", text: cell.getValue() === null ? "" : `${number(cell.getValue())} %` }) }),
    column({ title: "Evidence", field: "evidence", width: 80, hozAlign: "center", headerHozAlign: "center", formatter: (cell) => el("span", { class: `grade ${cell.getValue() ?? ""}`, text: cell.getValue() ?? "" }) }),
    column({ title: "Size", field: "params_b", width: 68, hozAlign: "right", headerHozAlign: "right", formatter: (cell) => el("span", { text: size(cell.getValue()) }) }),
    ...(wide >= 1480 ? [text("Kind", "kind", 96, words)] : []),
    ...(wide >= 1640 ? [text("Licence", "license", 112, (value) => value ?? "")] : []),
    ...["rests_on", "organization", ...(wide < 1480 ? ["kind"] : []), ...(wide < 1640 ? ["license"] : []), "ability_low", "ability_high", "low", "high", "flagged", "copy_of", "open_weights"].map((field) => column({ title: field, field, visible: false, download: true })),
  ];
}
