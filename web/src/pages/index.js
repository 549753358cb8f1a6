// Runs the leaderboard page.
import { labelGrid } from "../accessible.js";
import { load, unpack } from "../data.js";
import { $, debounced, el, oncePerFrame } from "../dom.js";
import { number } from "../format.js";
import { NARROW, showCount, tableDefaults } from "../grid.js";
import { scaleOf } from "../interval.js";
import { boardsThatFit, columns } from "../leaderboard/columns.js";
import { MAX_PINNED, openComparison, showTray } from "../leaderboard/compare.js";
import * as filters from "../leaderboard/filters.js";
import { formatWeights, orderRows, parseWeights } from "../leaderboard/orders.js";
import { intervalsOf, loadDraws, placesOf } from "../leaderboard/places.js";
import { modelLink } from "../links.js";
import { find, makeIndex } from "../search.js";
import { onNavigation, readState, writeState } from "../state.js";

export async function start() {
  const data = await load("leaderboard");
  const rows = unpack(data);
  for (const row of rows) {
    row.searchText = filters.searchText(row);
    row.match = null;
  }
  new Page(rows, data.views, data.scales);
}

/** Sorts the rows by their places, so that the table has little left to sort. */
const sortByPlace = (rows) => rows.sort((a, b) => (a.whole ?? 1e9) - (b.whole ?? 1e9) || a.at - b.at);

class Page {
  constructor(rows, views, scales) {
    this.scales = scales;
    this.rows = rows;
    this.views = views;
    this.form = $("#filters");
    this.tracks = [...new Set(rows.map((row) => row.track))];
    this.state = filters.validState(readState(), this.form, this.tracks);
    this.byId = new Map(rows.map((row) => [row.model_id, row]));
    this.fill();
    Promise.all([orderRows(rows, this.state, views), this.match()]).then(() => {
      sortByPlace(rows);
      this.place();
      this.draw();
    });
    this.listen();
  }

  fill() {
    filters.fillChoices(this.rows, this.state, this.views);
    this.fillWeights();
    filters.setControls(this.form, this.state);
    $("#standing").textContent = filters.countActive(this.state) || "";
  }

  /** Loads the index of the search, which is too large for the first load. */
  loadIndex = () => (this.index ??= load("search").then((data) => (data ? makeIndex(data) : null)));

  forget() {
    for (const row of this.rows) row.match = null;
    this.best = null;
  }

  /** Orders the rows by the matches of the search. */
  matchSoon = debounced(async () => {
    await this.match();
    this.table.setFilter(filters.rowFilter(this.state, this.views));
    this.showNote();
    document.documentElement.dataset.matched = this.state.q;
  }, 150);

  /** Sets `match` of each row to its place among the matches of the search, and `best` to the first match. */
  async match() {
    const wanted = this.state.q.trim();
    const index = wanted ? await this.loadIndex() : null;
    const found = index ? find(index, wanted) : [];
    const places = new Map(found.map(({ model_id: id }, place) => [id, place]));
    for (const row of this.rows) row.match = places.get(row.model_id) ?? null;
    this.best = found[0]?.model_id ?? null;
  }

  pins = () => (this.state.pin ? this.state.pin.split("|").filter((id) => this.byId.has(id)).slice(0, MAX_PINNED) : []);

  toggle = (id) => {
    const pins = this.pins();
    const next = pins.includes(id) ? pins.filter((other) => other !== id) : [...pins, id].slice(-MAX_PINNED);
    this.go({ ...this.state, pin: next.join("|") }, true);
    this.table.redraw(true);
  };

  /**
   * Sets the place of each row: in the whole table, or among the rows that the filters leave. Their intervals follow when
   * the draws are loaded. The search changes no place.
   */
  place() {
    const { state } = this;
    this.filtered = filters.isFiltered(state);
    if (!this.filtered) {
      for (const row of this.rows) Object.assign(row, { place: row.whole, low: row.wholeLow, high: row.wholeHigh });
      return;
    }
    const shown = this.rows.filter(filters.rowFilter({ ...state, q: "" }, this.views));
    const places = placesOf(shown);
    for (const row of this.rows) Object.assign(row, { place: places.get(row) ?? null, low: null, high: null });
    if (state.by === "ability" && !state.w) this.placeIntervals(shown, places);
  }

  async placeIntervals(shown, places) {
    this.placed = places;
    const draws = await loadDraws(this.state.track);
    // The rows are drawn first.
    await new Promise((resolve) => { setTimeout(resolve, 40); });
    // Another filter can have come first.
    if (!draws || this.placed !== places || !this.filtered) return;
    for (const [row, [low, high]] of intervalsOf(shown, places, draws)) Object.assign(row, { low, high });
    if (this.isBuilt) this.table.redraw(true);
    document.documentElement.dataset.placed = String(places.size);
  }

  columns() {
    this.boards = this.shownBoards();
    return columns({ rows: this.rows, boards: this.boards, track: this.state.track, scale: scaleOf(this.scales, this.state.track), narrow: NARROW.matches, wide: innerWidth, filtered: this.filtered, pins: this.pins, toggle: this.toggle });
  }

  shownBoards = () => filters.shownBoards(this.rows, this.state, this.views, boardsThatFit(innerWidth, this.filtered));

  draw() {
    const { Tabulator } = globalThis.metaboardTable;
    this.table = new Tabulator("#table", {
      ...tableDefaults,
      index: "model_id",
      height: "100%",
      rowHeight: NARROW.matches ? 46 : 34,
      columns: this.columns(),
      placeholder: "No model matches all filters. Relax a filter, or also show models without a rank.",
      rowFormatter: (row) => this.formatRow(row),
    });
    this.table.on("tableBuilt", async () => {
      this.table.setFilter(filters.rowFilter(this.state, this.views));
      this.sort();
      await this.table.setData(this.rows);
      this.isBuilt = true;
      requestAnimationFrame(() => {
        // A measure without a start lasts from the navigation until now.
        performance.measure("metaboard-ready");
        document.documentElement.dataset.ready = "true";
      });
    });
    this.table.on("dataFiltered", (_, found) => {
      this.shown = found.length;
      labelGrid(this.table, "Models in order", found.length);
      showCount($("#count"), found.length, this.rows.filter((row) => row.track === this.state.track).length, (value) => number(value, "count"));
    });
    this.table.on("dataSorted", (sorters) => {
      const [first] = sorters;
      if (first && (first.field !== this.state.sort || first.dir !== this.state.dir)) {
        this.state = { ...this.state, sort: first.field, dir: first.dir };
        writeState(this.state, filters.DEFAULTS, true);
      }
    });
    this.showNote();
    this.showPinned();
  }

  /** Sorts by the column of the state, or by the place when this screen does not show that column. */
  sort() {
    const isShown = this.table.getColumns().some((column) => column.getField() === this.state.sort && column.isVisible());
    if (!isShown) Object.assign(this.state, { sort: "place", dir: "asc" });
    this.table.setSort(this.state.sort, this.state.dir);
  }

  /** Marks pinned rows. */
  formatRow(row) {
    row.getElement().classList.toggle("pinned", this.pins().includes(row.getData().model_id));
  }

  showPinned() {
    const pinned = this.pins().map((id) => this.byId.get(id));
    showTray(pinned, this.toggle, () => openComparison(pinned, this.views, scaleOf(this.scales, pinned[0].track)));
  }

  /** Applies a new state to the address and the table. */
  async go(next, isStep) {
    const last = this.state;
    this.state = next;
    writeState(next, filters.DEFAULTS, isStep);
    await this.show(last);
  }

  async show(last) {
    const next = this.state;
    if (next.track !== last.track) this.fill();
    $("#standing").textContent = filters.countActive(next) || "";
    if (next.by !== last.by || next.w !== last.w) {
      this.placed = null;
      await orderRows(this.rows, next, this.views);
      sortByPlace(this.rows);
    }
    const isOtherOrder = next.by !== last.by || next.w !== last.w;
    const isOtherSelection = filters.selectDifferently(next, { ...last, q: next.q });
    if (isOtherOrder || isOtherSelection) this.place();
    if (isOtherOrder) await this.table.replaceData(this.rows);
    else if (isOtherSelection) this.table.redraw(true);
    const isOtherTable = next.track !== last.track || this.hasOtherBoards(last);
    if (isOtherTable) this.table.setColumns(this.columns());
    else if (isOtherSelection && !NARROW.matches) this.table.getColumn("whole")[this.filtered ? "show" : "hide"]();
    if (next.sort !== last.sort || next.dir !== last.dir || isOtherTable) this.sort();
    if (next.q !== last.q) {
      // While a person types, the text is a filter only; the matches follow when the typing stops.
      this.forget();
      this.matchSoon();
    }
    if (filters.selectDifferently(next, last)) this.table.setFilter(filters.rowFilter(next, this.views));
    this.showPinned();
    this.showNote();
    document.documentElement.dataset.turn = String(Number(document.documentElement.dataset.turn ?? 0) + 1);
  }

  /** Whether the rows in view, or the reader's choice, ask for the columns of other leaderboards than before. */
  hasOtherBoards(last) {
    const isSame = ["by", "w"].every((name) => this.state[name] === last[name]) && !filters.selectDifferently({ ...this.state, q: last.q }, last);
    if (NARROW.matches || (isSame && this.state.col === last.col)) return false;
    return this.shownBoards().map((board) => board.source).join() !== this.boards.map((board) => board.source).join();
  }

  /** Whether the track or a filter leaves out the model that the search means. */
  isBestHidden() {
    const row = this.byId.get(this.best);
    return this.best !== null && !(row && filters.rowFilter(this.state, this.views)(row));
  }

  /** Describes the order when it is not that of the ability, and what the ranks are counted among. */
  showNote() {
    const { w, by } = this.state;
    const order = w
      ? "Ordered by your weights: the weighted mean of the win rates on the leaderboards on which the ability of the model rests. A model on one leaderboard is ordered by that one only. There is no interval."
      : by === "ability" ? "" : "Ordered by another method. The ability and its interval do not change.";
    const counted = this.filtered ? `Places are counted among the models that the filters leave.${NARROW.matches ? "" : " The second column has the rank in the whole table."}` : "";
    const texts = [order, counted].filter(Boolean).join(" ");
    const hidden = this.isBestHidden() ? this.best : null;
    const note = `${hidden} ${texts}`;
    // A changed note changes the height of the table.
    if (note !== this.note) $("#order-note").replaceChildren(...(hidden ? ["The best match is not in this list: ", modelLink(hidden), texts ? ". " : "."] : []), texts);
    this.note = note;
    $("#weights-reset").hidden = !w;
  }

  listen() {
    const changed = oncePerFrame((isStep) => {
      const next = filters.readControls(this.form, this.state);
      if (next.track !== this.state.track) Object.assign(next, { kind: "", on: "", col: "", ev: "", sort: "place", dir: "asc", w: "" });
      this.go(next, isStep);
    });
    this.form.addEventListener("input", (event) => {
      if (event.target.name?.startsWith("w-")) this.applyWeights();
      else changed(event.target.type !== "search" && event.target.type !== "text" && event.target.type !== "number");
    });
    this.form.elements.q.addEventListener("focus", this.loadIndex, { once: true });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    $("#reset").addEventListener("click", () => this.reset());
    $("#weights-reset").addEventListener("click", () => this.go({ ...this.state, w: "" }, true).then(() => this.fillWeights()));
    $("#csv").addEventListener("click", () => this.table.download("csv", `metaboard-${this.state.track}.csv`, {}, "active"));
    $("#open-filters").addEventListener("click", () => document.documentElement.classList.toggle("filtering"));
    $("#close-filters").addEventListener("click", () => document.documentElement.classList.remove("filtering"));
    for (const button of document.querySelectorAll("[data-max]")) {
      button.addEventListener("click", () => {
        this.form.elements.min.value = button.dataset.min;
        this.form.elements.max.value = button.dataset.max;
        changed(true);
      });
    }
    NARROW.addEventListener("change", () => location.reload());
    addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName)) {
        event.preventDefault();
        this.form.elements.q.focus();
      }
    });
    onNavigation((requested) => {
      const last = this.state;
      this.state = filters.validState(requested, this.form, this.tracks);
      this.fill();
      this.show(last);
    });
  }

  reset() {
    const next = { ...filters.DEFAULTS, track: this.state.track, pin: this.state.pin };
    this.go(next, true).then(() => this.fill());
  }

  fillWeights() {
    const weights = parseWeights(this.state.w);
    $("#weights").replaceChildren(...this.views.filter((view) => view.track === this.state.track && view.in_rank).map((view) => {
      const value = weights[view.source] ?? 1;
      return el("label", { class: "weight" },
        el("span", { text: view.title }),
        el("input", { type: "range", min: "0", max: "4", step: "0.25", value, name: `w-${view.source}`, "data-source": view.source }),
        el("output", { text: number(value) }));
    }));
  }

  applyWeights = oncePerFrame(() => {
    const weights = {};
    for (const input of this.form.querySelectorAll("[data-source]")) {
      weights[input.dataset.source] = Number(input.value);
      input.nextElementSibling.textContent = number(Number(input.value));
    }
    this.goSoon({ ...this.state, w: formatWeights(weights), sort: "place", dir: "asc" });
  });

  goSoon = debounced((next) => this.go(next, false), 16);
}
