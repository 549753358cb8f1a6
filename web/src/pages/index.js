// The leaderboard.
import * as accessible from "../accessible.js";
import { load, unpack } from "../data.js";
import { $, el, framed, settled } from "../dom.js";
import { number } from "../format.js";
import { count, shared } from "../grid.js";
import { scaleOf } from "../interval.js";
import { columns } from "../leaderboard/columns.js";
import { compare, MOST, tray } from "../leaderboard/compare.js";
import * as filters from "../leaderboard/filters.js";
import { order, readWeights, writeWeights } from "../leaderboard/orders.js";
import * as address from "../state.js";

const NARROW = matchMedia("(max-width: 760px)");

export async function start() {
  const data = await load("leaderboard");
  const rows = unpack(data);
  for (const row of rows) {
    row.haystack = filters.haystack(row);
    row.place = row.rank;
    row.low = row.rank_low;
    row.high = row.rank_high;
  }
  new Page(rows, data.views, data.scales);
}

/** Puts rows into the order of their places, in which the table then has little left to sort. */
const inPlace = (rows) => rows.sort((a, b) => (a.place ?? 1e9) - (b.place ?? 1e9) || a.at - b.at);

class Page {
  constructor(rows, views, scales) {
    this.scales = scales;
    this.rows = rows;
    this.views = views;
    this.form = $("#filters");
    this.tracks = [...new Set(rows.map((row) => row.track))];
    this.state = filters.sane(address.read(), this.form, this.tracks);
    this.byId = new Map(rows.map((row) => [row.model_id, row]));
    this.fill();
    order(rows, this.state, views).then(() => {
      inPlace(rows);
      this.draw();
    });
    this.listen();
  }

  fill() {
    filters.fillChoices(this.rows, this.state, this.views);
    this.fillWeights();
    filters.toControls(this.form, this.state);
    $("#standing").textContent = filters.standing(this.state) || "";
  }

  pins = () => (this.state.pin ? this.state.pin.split("|").filter((id) => this.byId.has(id)).slice(0, MOST) : []);

  toggle = (id) => {
    const pins = this.pins();
    const next = pins.includes(id) ? pins.filter((other) => other !== id) : [...pins, id].slice(-MOST);
    this.go({ ...this.state, pin: next.join("|") }, true);
    this.table.redraw(true);
  };

  columns() {
    return columns({ rows: this.rows, views: this.views, track: this.state.track, scale: scaleOf(this.scales, this.state.track), narrow: NARROW.matches, wide: innerWidth, pins: this.pins, toggle: this.toggle });
  }

  draw() {
    const { Tabulator } = globalThis.metaboardTable;
    this.table = new Tabulator("#table", {
      ...shared,
      index: "model_id",
      height: "100%",
      rowHeight: NARROW.matches ? 46 : 34,
      columns: this.columns(),
      placeholder: "No model meets all of these. Widen a filter, or look among the models without a rank.",
      rowFormatter: (row) => this.band(row),
    });
    this.table.on("tableBuilt", async () => {
      this.table.setFilter(filters.test(this.state, this.views));
      this.sort();
      await this.table.setData(this.rows);
      requestAnimationFrame(() => {
        performance.mark("metaboard-ready");
        document.documentElement.dataset.ready = "true";
      });
    });
    this.table.on("dataFiltered", (_, found) => {
      this.shown = found.length;
      accessible.grid(this.table, "Models in order", found.length);
      count($("#count"), found.length, this.rows.filter((row) => row.track === this.state.track).length, (value) => number(value, "count"));
    });
    this.table.on("dataSorted", (sorters) => {
      const [first] = sorters;
      if (first && (first.field !== this.state.sort || first.dir !== this.state.dir)) {
        this.state = { ...this.state, sort: first.field, dir: first.dir };
        address.write(this.state, filters.PLAIN, true);
      }
    });
    this.note();
    this.tray();
  }

  /** Sorts as the state says; by the place where the column asked for is not drawn here. */
  sort() {
    const there = this.table.getColumns().some((column) => column.getField() === this.state.sort && column.isVisible());
    if (!there) Object.assign(this.state, { sort: "place", dir: "asc" });
    this.table.setSort(this.state.sort, this.state.dir);
  }

  /** Shades every other tie group, where the order is that of the ability. */
  band(row) {
    const data = row.getData();
    const banded = this.state.sort === "place" && this.state.by === "ability" && !this.state.w;
    row.getElement().classList.toggle("tied", banded && data.tie_group !== null && data.tie_group % 2 === 0);
    row.getElement().classList.toggle("pinned", this.pins().includes(data.model_id));
  }

  tray() {
    const pinned = this.pins().map((id) => this.byId.get(id));
    tray(pinned, this.toggle, () => compare(pinned, this.views, scaleOf(this.scales, pinned[0].track)));
  }

  /** Takes a new state: into the address, the controls and the table. */
  async go(next, step) {
    const last = this.state;
    this.state = next;
    address.write(next, filters.PLAIN, step);
    await this.show(last);
  }

  async show(last) {
    const next = this.state;
    if (next.track !== last.track) this.fill();
    $("#standing").textContent = filters.standing(next) || "";
    if (next.by !== last.by || next.w !== last.w) {
      await order(this.rows, next, this.views);
      inPlace(this.rows);
      await this.table.replaceData(this.rows);
    }
    if (next.track !== last.track) this.table.setColumns(this.columns());
    if (next.sort !== last.sort || next.dir !== last.dir || next.track !== last.track) this.sort();
    if (filters.differ(next, last)) this.table.setFilter(filters.test(next, this.views));
    this.tray();
    this.note();
    document.documentElement.dataset.turn = String(Number(document.documentElement.dataset.turn ?? 0) + 1);
  }

  /** Says by what the rows are ordered, where that is not the ability. */
  note() {
    const { w, by } = this.state;
    $("#order-note").textContent = w
      ? "By your weights: the weighted share of other models beaten, over the leaderboards that list the model; one that is on a single leaderboard is judged by that alone. No interval."
      : by === "ability" ? "" : "By another method. The ability and its interval stay as they are.";
    $("#weights-reset").hidden = !w;
  }

  listen() {
    const changed = framed((step) => {
      const next = filters.fromControls(this.form, this.state);
      if (next.track !== this.state.track) Object.assign(next, { kind: "", on: "", ev: "", sort: "place", dir: "asc", w: "" });
      this.go(next, step);
    });
    this.form.addEventListener("input", (event) => {
      if (event.target.name?.startsWith("w-")) this.weigh();
      else changed(event.target.type !== "search" && event.target.type !== "text" && event.target.type !== "number");
    });
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
    const move = (found) => {
      const last = this.state;
      this.state = filters.sane(found, this.form, this.tracks);
      this.fill();
      this.show(last);
    };
    address.onMove(move);
  }

  reset() {
    const next = { ...filters.PLAIN, track: this.state.track, pin: this.state.pin };
    this.go(next, true).then(() => this.fill());
  }

  fillWeights() {
    const weights = readWeights(this.state.w);
    $("#weights").replaceChildren(...this.views.filter((view) => view.track === this.state.track).map((view) => {
      const value = weights[view.source] ?? 1;
      return el("label", { class: "weight" },
        el("span", { text: view.title }),
        el("input", { type: "range", min: "0", max: "4", step: "0.25", value, name: `w-${view.source}`, "data-source": view.source }),
        el("output", { text: number(value) }));
    }));
  }

  weigh = framed(() => {
    const weights = {};
    for (const input of this.form.querySelectorAll("[data-source]")) {
      weights[input.dataset.source] = Number(input.value);
      input.nextElementSibling.textContent = number(Number(input.value));
    }
    this.settle({ ...this.state, w: writeWeights(weights), sort: "place", dir: "asc" });
  });

  settle = settled((next) => this.go(next, false), 16);
}
