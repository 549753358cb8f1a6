// Draws the plain tables: `<section data-sheet="name">` becomes a searchable table of `data/name.js`.
import { labelGrid } from "./accessible.js";
import { load, unpack } from "./data.js";
import { $$, debounced, el } from "./dom.js";
import { date, number, range, size, time, words } from "./format.js";
import { column, NARROW, showCount, tableDefaults } from "./grid.js";
import { modelLink, outsideLink } from "./links.js";

const RIGHT = new Set(["place", "count", "number", "whole", "percent", "share", "ratio", "small", "date", "ranged", "ranged-share", "ranged-ratio"]);
const WIDTH = { ranged: 132, "ranged-share": 156, "ranged-ratio": 132, place: 74, count: 96, number: 92, whole: 92, percent: 104, share: 84, ratio: 84, small: 110, date: 116, status: 92, event: 84, yes: 96 };

/** Draws every table of the page. */
export async function drawSheets(common) {
  await Promise.all($$("[data-sheet]").map((box) => draw(box, common)));
}

export async function loadRows(name) {
  const data = await load(name);
  return data ? unpack(data) : [];
}

/** Returns a function that gives the title of a source or benchmark, such as `open_llm_v2` or `open_llm_v2/ifeval`. */
export function titleLookup(common, isShort = false) {
  const boards = new Map(common.sources.map(({ source, title, short_title: short }) => [source, isShort ? short ?? title : title]));
  const shortTitles = new Map(common.sources.map(({ source, title, short_title: short }) => [source, short ?? title]));
  const benchmarks = new Map(common.benchmarks.map(([id, , title]) => [id, title]));
  return (id) => {
    const name = id.replace(/\/overall$/, "");
    const [source, benchmark] = name.split("/");
    if (boards.has(name) || benchmark === undefined) return boards.get(name) ?? name;
    return `${shortTitles.get(source) ?? source}: ${benchmarks.get(name) ?? benchmark}`;
  };
}

const ranged = (value, low, high, format) =>
  el("span", { class: "ranged" }, number(value, format), low === null ? "" : el("small", { text: range(low, high, format) }));

function drawCell(about, row, common, title) {
  const { kind } = about;
  const value = row[about.key];
  if (value === null || value === undefined || value === "") return el("span", { class: "none", text: kind === "place" ? "·" : "" });
  switch (kind) {
    case "ranged": case "ranged-share": case "ranged-ratio": return ranged(value, row[about.low], row[about.high], { ranged: "whole", "ranged-share": "share", "ranged-ratio": "ratio" }[kind]);
    case "model": return modelLink(value, value, { title: value });
    case "models": return el("span", {}, ...value.flatMap((id, at) => [at ? ", " : "", modelLink(id)]));
    case "board": case "benchmark": return el("span", { text: title(value), title: value });
    case "words": return el("span", { text: words(value) });
    case "date": return el("span", { text: date(value) });
    case "time": return el("span", { text: time(value) });
    case "link": return outsideLink(value, "homepage", common.hosts);
    case "size": return el("span", { text: size(value) });
    case "status": return el("span", { class: `badge ${value === "fresh" ? "good" : "warn"}`, text: value });
    case "event": return el("span", { class: `badge ${{ new: "good", gone: "bad" }[value] ?? ""}`, text: value });
    case "yes": return el("span", { text: value ? "yes" : "" });
    case "text": return el("span", { text: value, title: String(value).length > 24 ? value : null });
    default: return el("span", { class: "figures", text: number(value, kind === "place" ? "count" : kind) });
  }
}

async function draw(box, common) {
  const data = await load(box.dataset.sheet);
  if (!data) return;
  const rows = unpack(data);
  const head = box.querySelector(".sheet-bar");
  const grid = box.querySelector(".grid");
  if (!rows.length) {
    grid.replaceWith(el("p", { class: "dim", text: data.empty }));
    head.querySelector(".sheet-tools")?.remove();
    return;
  }
  const title = titleLookup(common);
  const about = data.about.filter((one) => !NARROW.matches || one.phone).filter((one) => one.kind !== "link" || !NARROW.matches)
    .filter((one) => rows.some((row) => row[one.key] !== null && row[one.key] !== ""));
  const high = Math.min(rows.length, Number(box.dataset.rows ?? 16));
  const table = new globalThis.metaboardTable.Tabulator(grid, {
    ...tableDefaults,
    height: 46 + high * 34,
    rowHeight: 34,
    placeholder: "No row matches.",
    columns: about.map((one) => column({
      title: one.title, field: one.key, headerWordWrap: true,
      hozAlign: RIGHT.has(one.kind) ? "right" : "left", headerHozAlign: RIGHT.has(one.kind) ? "right" : "left",
      ...(WIDTH[one.kind] ? { width: NARROW.matches ? Math.min(WIDTH[one.kind], 76) : WIDTH[one.kind] } : { minWidth: NARROW.matches ? 110 : 80 + 30 * one.wide, widthGrow: one.wide }),
      formatter: (cell) => drawCell(one, cell.getRow().getData(), common, title),
    })),
  });
  await new Promise((resolve) => table.on("tableBuilt", resolve));
  await table.setData(rows);
  labelGrid(table, data.title, rows.length);
  addTools(box, head, table, rows, data, title);
}

/** Adds the search, the filters by facet, and the CSV download of the rows shown. */
function addTools(box, head, table, rows, data, title) {
  const place = head.querySelector(".sheet-tools");
  if (!place) return;
  const search = el("input", { type: "search", placeholder: "Search", "aria-label": `Search: ${data.title}` });
  const selects = data.facets.map((key) => {
    const about = data.about.find((one) => one.key === key);
    const values = [...new Set(rows.map((row) => row[key]).filter((value) => value !== null))].sort();
    return values.length < 2 ? null : el("select", { name: key, "aria-label": about.title },
      el("option", { value: "", text: `${about.title}: all` }), ...values.map((value) => el("option", { value, text: words(title(String(value))) })));
  }).filter(Boolean);
  const shown = el("span", { class: "count", role: "status", "data-what": "rows" });
  const searchTexts = rows.map((row) => Object.values(row).filter((value) => typeof value === "string" || Array.isArray(value)).join(" ").toLowerCase());
  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects.filter((select) => select.value);
    table.setFilter((row) => wanted.every((word) => searchTexts[row.at].includes(word)) && chosen.every((select) => String(row[select.name]) === select.value));
    showCount(shown, table.getDataCount("active"), rows.length, (value) => number(value, "count"));
  };
  search.addEventListener("input", debounced(filter, 40));
  for (const select of selects) select.addEventListener("change", filter);
  place.replaceChildren(...(rows.length > 12 ? [shown, ...selects, search] : []),
    el("button", { type: "button", text: "CSV", onclick: () => table.download("csv", `${box.dataset.sheet}.csv`, {}, "active") }));
  showCount(shown, rows.length, rows.length, (value) => number(value, "count"));
}
