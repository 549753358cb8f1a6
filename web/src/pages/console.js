// The SQL console: the DuckDB file itself, asked in this browser. Its parts are loaded on the first question.
import { $, $$, el } from "../dom.js";
import { number } from "../format.js";
import * as address from "../state.js";

const MOST = 1000;
let opened = null;

export async function start() {
  const question = $("#question");
  const go = $("#run");
  if (!go) {
    document.documentElement.dataset.ready = "true";
    return;
  }
  if (location.protocol === "file:") {
    $("#folder").hidden = false;
    go.disabled = true;
  }
  const asked = address.read().sql;
  if (asked) question.value = asked;
  go.addEventListener("click", () => run(question.value));
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(question.value);
  });
  for (const button of $$("[data-sql]")) {
    button.addEventListener("click", () => {
      question.value = button.dataset.sql;
      if (!go.disabled) run(question.value);
    });
  }
  document.documentElement.dataset.ready = "true";
}

const say = (text) => { $("#said").textContent = text; };

function open() {
  opened ??= new Promise((resolve, reject) => {
    const script = el("script", { src: "console/duckdb.js" });
    script.onload = () => globalThis.metaboardOpen(new URL("metaboard.duckdb", document.baseURI).href).then(resolve, reject);
    script.onerror = () => reject(new Error("console/duckdb.js is missing"));
    document.head.append(script);
  });
  return opened;
}

async function run(sql) {
  $("#wrong").hidden = true;
  $("#run").disabled = true;
  address.write({ sql }, {}, false);
  try {
    say(opened ? "Running…" : "Loading DuckDB (8 MB)…");
    const ask = await open();
    say("Running…");
    const began = performance.now();
    const answer = await ask(sql, MOST);
    show(answer);
    say(`${number(answer.rows.length, "count")}${answer.more ? " first" : ""} rows in ${number(performance.now() - began, "whole")} ms`);
  } catch (error) {
    $("#wrong").hidden = false;
    $("#wrong").textContent = String(error.message ?? error);
    say("");
  } finally {
    $("#run").disabled = false;
    document.documentElement.dataset.asked = String(Number(document.documentElement.dataset.asked ?? 0) + 1);
  }
}

function show({ columns, rows }) {
  $("#result").replaceChildren(el("table", { class: "plain" },
    el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col", text: name })))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((value) =>
      el("td", { class: typeof value === "number" ? "num" : null, text: value === null ? "" : typeof value === "number" ? number(value, "exact") : String(value) })))))));
}
