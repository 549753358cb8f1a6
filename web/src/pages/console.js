// Runs the SQL console: queries to the DuckDB file in this browser. DuckDB is loaded with the first query.
import { loadScript } from "../data.js";
import { $, $$, el } from "../dom.js";
import { number } from "../format.js";
import { readState, writeState } from "../state.js";

const MAX_ROWS = 1000;
let opened = null;

export async function start() {
  const input = $("#question");
  const runButton = $("#run");
  if (!runButton) {
    document.documentElement.dataset.ready = "true";
    return;
  }
  if (location.protocol === "file:") {
    $("#folder").hidden = false;
    runButton.disabled = true;
  }
  const { sql } = readState();
  if (sql) input.value = sql;
  runButton.addEventListener("click", () => run(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(input.value);
  });
  for (const button of $$("[data-sql]")) {
    button.addEventListener("click", () => {
      input.value = button.dataset.sql;
      if (!runButton.disabled) run(input.value);
    });
  }
  document.documentElement.dataset.ready = "true";
}

const showStatus = (text) => { $("#said").textContent = text; };

function open() {
  opened ??= loadScript("console/duckdb.js").then(() => globalThis.metaboardOpen(new URL("metaboard.duckdb", document.baseURI).href));
  return opened;
}

async function run(sql) {
  $("#wrong").hidden = true;
  $("#run").disabled = true;
  writeState({ sql }, {}, false);
  try {
    showStatus(opened ? "Running…" : "Loading DuckDB (8 MB)…");
    const query = await open();
    showStatus("Running…");
    const began = performance.now();
    const result = await query(sql, MAX_ROWS);
    showResult(result);
    showStatus(`${number(result.rows.length, "count")}${result.more ? " first" : ""} rows in ${number(performance.now() - began, "whole")} ms`);
  } catch (error) {
    $("#wrong").hidden = false;
    $("#wrong").textContent = String(error.message ?? error);
    showStatus("");
  } finally {
    $("#run").disabled = false;
    document.documentElement.dataset.asked = String(Number(document.documentElement.dataset.asked ?? 0) + 1);
  }
}

function showResult({ columns, rows }) {
  $("#result").replaceChildren(el("table", { class: "plain" },
    el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col", text: name })))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((value) =>
      el("td", { class: typeof value === "number" ? "num" : null, text: value === null ? "" : typeof value === "number" ? number(value, "exact") : String(value) })))))));
}
