// Shows the page of one model.
import { labelDrawing } from "../accessible.js";
import { load, shardName } from "../data.js";
import { $, el } from "../dom.js";
import { date, number, range, size, words } from "../format.js";
import { drawInterval, scaleOf } from "../interval.js";
import { allowedAddress, modelLink, outsideLink, repositoryAddress } from "../links.js";
import { history } from "../plots.js";

export async function start() {
  const wanted = new URLSearchParams(location.search).get("id") ?? "";
  const [common, found] = await Promise.all([load("common"), recordOf(wanted)]);
  const id = found?.moved ? found.moved[0] : wanted;
  const record = found?.moved ? await recordOf(id) : found;
  // The address of an old id becomes that of today, so that it can be copied.
  if (record && id !== wanted) window.history.replaceState(null, "", `?id=${encodeURIComponent(id)}`);
  const parts = record ? new ModelPage(id, record, common).parts() : missing(id);
  $("#model").replaceChildren(...(record && id !== wanted ? [movedNote(wanted, found.moved)] : []), ...parts);
  document.title = `${id || "No model"} · Metaboard`;
  document.documentElement.dataset.ready = "true";
}

/** The record of one model, `{moved: [id, day, reason]}` for an old id, or null. */
async function recordOf(id) {
  const records = await load(`models/${shardName(id)}`);
  return records && Object.hasOwn(records, id) ? records[id] : null;
}

const movedNote = (old, [id, on, reason]) =>
  el("p", { class: "dim", role: "note" }, el("code", { text: old }), " is ", el("code", { text: id }), ` since ${date(on)}: `, ...withCode(reason));

const missing = (id) => [
  el("h1", { text: "No such model" }),
  el("p", { text: id ? `This generation has no model with the id “${id}”.` : "The address has no model id." }),
  el("p", {}, el("a", { href: `index.html#q=${encodeURIComponent(id.split("/").pop())}`, text: "Search the leaderboard" })),
];

/** Shows words between backticks as code. */
const withCode = (text) => String(text ?? "").split("`").map((part, at) => (at % 2 ? el("code", { text: part }) : part));
const num = (text) => el("td", { class: "num", text });
const section = (title, note, ...children) =>
  el("section", {}, el("h2", { text: title }), note ? el("p", { class: "dim", text: note }) : null, ...children);

/** How many models of the track are clearly better, not told apart and clearly worse: by the 90 % interval of the difference. */
const standing = (facts) => (facts.clearly_better === undefined ? "" : `${number(facts.clearly_better, "count")} models are clearly better, ${number(facts.not_told_apart, "count")} not told apart, ${number(facts.clearly_worse, "count")} clearly worse`);

/** A bar that is full for the first of `count` ranks. */
function meter(rank, count) {
  const bar = el("span", { class: "meter" }, el("i"));
  bar.firstChild.style.width = `${100 * (1 - (rank - 1) / Math.max(count, 1))}%`;
  return bar;
}

/** A table; a heading with the prefix `#` is numeric, with `~` hidden on a narrow screen, with `!` both. */
function table(headings, rows, label) {
  return el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, ...headings.map((heading) => el("th", { scope: "col", class: { "#": "num", "~": "wide", "!": "num wide" }[heading[0]], text: heading.replace(/^[#~!]/, "") })))),
      el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell ?? ""))))))));
}

class ModelPage {
  constructor(id, record, common) {
    this.id = id;
    this.record = record;
    this.facts = record.facts;
    this.common = common;
    this.sources = new Map(common.sources.map((source) => [source.source, source]));
  }

  title = (source) => this.sources.get(source)?.title ?? source;
  list = (name) => this.record[name] ?? [];

  /** Entries by source, in the order of the sources. */
  inOrder(bySource) {
    const order = [...this.sources.keys()];
    return [...bySource].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  }

  parts() {
    return [
      this.head(),
      el("div", { class: "columns" },
        el("div", { class: "main-column" }, this.boards(), this.history(), this.scores()),
        el("div", { class: "side-column" }, this.notes(), this.estimate(), this.methods(), this.aliases(), this.lineage())),
    ];
  }

  head() {
    const { facts, id } = this;
    const slash = id.lastIndexOf("/");
    const parameters = facts.active_params_b && facts.active_params_b !== facts.params_b
      ? `${size(facts.params_b)}, ${size(facts.active_params_b)} active` : size(facts.params_b);
    const bits = [
      words(facts.kind), parameters, facts.license ? `licence ${facts.license}` : "", { true: "open weights", false: "weights not public" }[facts.open_weights],
      facts.released_on ? `released ${date(facts.released_on)}` : "", facts.downloads ? `${number(facts.downloads, "count")} downloads` : "",
      facts.likes ? `${number(facts.likes, "count")} likes` : "",
    ].filter(Boolean);
    const hub = facts.open_weights !== false && facts.open_weights !== undefined ? allowedAddress(repositoryAddress(id), this.common.hosts) : null;
    return el("div", { class: "card-head" },
      el("div", {},
        el("h1", {}, slash > 0 ? el("span", { class: "by", text: id.slice(0, slash + 1) }) : "", id.slice(slash + 1)),
        el("p", { class: "lead", text: bits.join(" · ") }),
        el("p", {}, facts.organization ? el("span", { text: `By ${facts.organization}. ` }) : "", hub ? outsideLink(hub, "On the Hub", this.common.hosts) : "", " ",
          el("a", { href: `index.html#track=${encodeURIComponent(facts.track)}&pin=${encodeURIComponent(id)}`, text: "Compare with others" }))),
      this.rankBox());
  }

  rankBox() {
    const { facts } = this;
    if (facts.rank === undefined) {
      const why = facts.flagged ? "a leaderboard flagged it" : facts.copy_of ? "its weights are a copy" : facts.evidence === "C" ? "its ability is extrapolated from few scores" : "no leaderboard of the combined rank lists it now";
      return el("div", { class: "big" }, el("b", { text: "no rank" }), el("span", { text: why }));
    }
    return el("div", { class: "big" },
      el("b", { text: number(facts.rank, "count") }),
      el("span", { text: `among ${facts.track === "llm" ? "language" : "embedding"} models, 90 % interval ${range(facts.rank_low, facts.rank_high)}` }),
      drawInterval(facts, scaleOf(this.common.scales, facts.track)),
      el("span", { text: standing(facts) }),
      el("span", { class: "dim", text: `ability, 90 % interval ${range(facts.ability_low, facts.ability_high, "whole")} · evidence ${facts.evidence}` }),
      facts.rests_on?.length ? el("span", { class: "dim", text: `It rests on ${facts.rests_on.join(", ")}.` }) : "");
  }

  boards() {
    const rows = this.list("boards").map(([source, rank, score, low, high, raw, on]) => {
      const about = this.sources.get(source);
      const models = this.common.counts[source];
      return [
        el("td", {}, outsideLink(about?.homepage, this.title(source), this.common.hosts)),
        el("td", { class: "num" }, el("b", { text: number(rank, "count") }), el("small", { class: "dim", text: ` of ${number(models, "count")}` }), meter(rank, models)),
        num(score === null ? "incomplete" : number(score, "exact")), num(low === null ? "" : range(low, high, "exact")),
        el("td", { class: "long wide", text: raw }), el("td", { class: "dim num wide", text: date(on) }),
      ];
    });
    return section("On the leaderboards", "", rows.length ? table(["Leaderboard", "#Rank", "#Score", "#Interval", "~Raw name", "!Edition"], rows, "Ranks")
      : el("p", { text: "No current edition of a leaderboard lists it." }));
  }

  history() {
    const bySource = Map.groupBy(this.list("history"), (entry) => entry[0]);
    const drawn = this.inOrder(bySource).filter(([, entries]) => entries.length > 1).map(([source, entries]) => {
      const points = entries.map(([, on, rank, score, low, high]) => ({ on: new Date(on), rank, score, low, high }));
      const last = points.at(-1);
      const best = points.reduce((least, point) => (point.rank < least.rank ? point : least));
      return el("figure", {},
        el("figcaption", {}, el("b", { text: this.title(source) }), el("span", { class: "dim", text: ` best rank ${number(best.rank, "count")} on ${date(best.on)}, last ${number(last.rank, "count")} on ${date(last.on)}` })),
        labelDrawing(history(points, this.title(source), Math.min(720, innerWidth - 28))));
    });
    return drawn.length ? section("Over time", "The score of each edition, with its interval.", ...drawn) : "";
  }

  scores() {
    const bySource = Map.groupBy(this.list("scores"), (entry) => this.common.benchmarks[entry[0]][1]);
    const groups = this.inOrder(bySource).map(([source, entries], at) => {
      const rows = entries.map(([benchmark, score, place, low, high, votes, origin]) => {
        const [id, , title, metric] = this.common.benchmarks[benchmark];
        const models = this.common.benchmarks[benchmark].at(-1);
        return [
          el("td", { title: `${id}: ${metric ?? ""}` }, title ?? id.split("/")[1], origin ? el("small", { class: "dim", text: ` ${origin}` }) : ""), num(number(score, "exact")),
          num(low === null ? (votes ? `${number(votes, "count")} votes` : "") : range(low, high, "exact")),
          el("td", { class: "num" }, `${number(place, "count")}`, el("small", { class: "dim", text: ` of ${number(models, "count")}` }), meter(place, models)),
        ];
      });
      const about = this.sources.get(source);
      return el("details", { open: at < 3 && rows.length < 30 },
        el("summary", {}, el("b", { text: this.title(source) }), el("span", { class: "dim", text: ` ${number(rows.length, "count")} ${rows.length === 1 ? "score" : "scores"}${about?.published_on ? `, ${date(about.published_on)}` : ""}` })),
        table(["Benchmark", "#Score", "#Interval", "#Rank"], rows, `Scores on ${this.title(source)}`),
        about?.homepage ? el("p", { class: "small" }, "Source: ", outsideLink(about.homepage, about.title, this.common.hosts), el("span", { class: "dim", text: about.license ? ` · ${about.license}` : "" })) : "");
    });
    return section("All scores", "On the scale of each benchmark. The bar is full for the first rank.", ...groups);
  }

  notes() {
    const { facts } = this;
    const items = [
      facts.flagged ? "A leaderboard flagged this model." : "",
      facts.merged ? "A leaderboard lists it as a merge of other models." : "",
      ...this.list("outliers").map(([benchmark, , reason]) => `${benchmark}: ${reason}`),
      ...this.list("gems").map(([reason]) => `Gem: ${reason}.`),
    ].filter(Boolean);
    const copy = facts.copy_of ? el("li", {}, "It has the same weights as ", modelLink(facts.copy_of), ".") : "";
    if (!items.length && !copy) return "";
    return section("Notes", "", el("ul", {}, copy, ...items.map((text) => el("li", { text }))));
  }

  estimate() {
    const [entry] = this.list("estimate");
    if (!entry) return "";
    const [estimate, low, high, reason] = entry;
    return estimate === null
      ? section("Estimated Chatbot Arena rating", "", el("p", { text: `No estimate: ${reason}.` }))
      : section("Estimated Chatbot Arena rating", "", el("p", {}, el("b", { class: "figure", text: number(estimate, "whole") }), `, 90 % interval ${range(low, high, "whole")}.`),
        el("p", { class: "dim small", text: "Estimated from its Open LLM scores, not from votes." }));
  }

  methods() {
    const rows = this.list("methods").map(([method, rank, low, high]) => [method, num(number(rank, "count")), num(low === null ? "" : range(low, high))]);
    return rows.length ? section("Rank by other methods", "", table(["Method", "#Rank", "#Interval"], rows, "Ranks by other methods")) : "";
  }

  aliases() {
    const same = Map.groupBy(this.list("aliases"), ([, raw, rung, confidence, evidence]) => JSON.stringify([raw, rung, confidence, evidence]));
    const unresolved = new Map(this.list("unresolved").map(([source, raw, reason, candidates]) => [raw, { source, reason, candidates }]));
    const items = [...same].map(([key, entries]) => {
      const [raw, rung, confidence, evidence] = JSON.parse(key);
      const review = unresolved.get(raw);
      return el("li", {}, el("b", { text: raw }), el("span", { class: "dim", text: ` on ${entries.map(([source]) => this.title(source)).join(", ")}` }),
        el("div", { class: "small", }, `${words(rung)}, ${number(confidence, "percent")}: `, ...withCode(evidence)),
        review ? el("div", { class: "small" }, el("span", { class: "badge warn", text: "needs a review" }), ` ${review.reason}: `, ...review.candidates.flatMap((candidate, at) => [at ? ", " : "", modelLink(candidate)])) : "");
    });
    return section("Names, and why they are this model", "", el("ul", { class: "names" }, ...items));
  }

  lineage() {
    const { facts } = this;
    const parents = this.list("parents").map(([relation, parent, source, evidence]) =>
      el("li", {}, `${words(relation)} `, modelLink(parent), el("div", { class: "dim small" }, `${this.title(source)}: `, ...withCode(evidence))));
    const children = this.list("children");
    const more = (children[0]?.[3] ?? 0) - children.length;
    const parts = [];
    if (facts.family && facts.family !== this.id) parts.push(el("p", {}, "Family ", modelLink(facts.family)));
    if (facts.base_model && !parents.length) parts.push(el("p", {}, "Derived from ", modelLink(facts.base_model)));
    if (parents.length) parts.push(el("ul", { class: "names" }, ...parents));
    if (children.length) {
      parts.push(el("h3", { text: "Derived models" }), el("ul", { class: "names short" }, ...children.map(([relation, child]) => el("li", {}, modelLink(child), el("span", { class: "dim small", text: ` ${words(relation)}` })))));
    }
    if (more > 0) parts.push(el("p", { class: "dim", text: `and ${number(more, "count")} more` }));
    return parts.length ? section("Lineage", "", ...parts) : "";
  }
}
