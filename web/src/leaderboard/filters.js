// Which rows are shown: the state of the controls as one test of a row.
import { $, $$, el } from "../dom.js";
import { number, words } from "../format.js";

/** The state of a page that nobody has touched. */
export const PLAIN = {
  q: "", track: "llm", kind: "", min: "", max: "", lic: "", org: "", on: "", ev: "", open: "", flagged: "", copies: "", extra: "",
  by: "ability", w: "", sort: "place", dir: "asc", pin: "",
};

/** The state that an address asks for, where it asks for what there is. */
export function sane(asked, form, tracks) {
  const state = { ...PLAIN };
  for (const name of Object.keys(PLAIN)) if (Object.hasOwn(asked, name)) state[name] = asked[name];
  if (!tracks.includes(state.track)) state.track = tracks.includes(PLAIN.track) ? PLAIN.track : tracks[0] ?? PLAIN.track;
  if (![...form.elements.by.options].some((option) => option.value === state.by)) state.by = PLAIN.by;
  if (!["asc", "desc"].includes(state.dir)) state.dir = PLAIN.dir;
  return state;
}

const fold = (text) => text.normalize("NFKC").toLowerCase();
const squeeze = (text) => text.replace(/[\s/._-]+/g, "");

/** What a search looks into: every spelling, also without separators, so that `llama3.1 70b` finds `Llama-3.1-70B`. */
export function haystack(row) {
  const text = fold([row.model_id, row.name, row.organization, row.other_names].filter(Boolean).join(" "));
  return `${text} ${squeeze(text)}`;
}

const list = (text) => (text ? text.split(",") : []);

/** Returns the test that `state` asks for. */
export function test(state, views) {
  const wanted = fold(state.q).split(/\s+/).filter(Boolean);
  const kinds = new Set(list(state.kind));
  const grades = new Set(list(state.ev));
  const boards = list(state.on).map((source) => views.find((view) => view.source === source)?.column).filter(Boolean);
  const least = state.min === "" ? null : Number(state.min);
  const most = state.max === "" ? null : Number(state.max);
  const licence = fold(state.lic);
  const organization = fold(state.org);
  return (row) =>
    row.track === state.track &&
    (row.place !== null || (state.flagged && row.flagged) || (state.copies && row.copy_of !== null) || (state.extra && row.evidence === "C")) &&
    (!kinds.size || kinds.has(row.kind ?? "unknown")) &&
    (!grades.size || grades.has(row.evidence)) &&
    (least === null || (row.params_b !== null && row.params_b >= least)) &&
    (most === null || (row.params_b !== null && row.params_b <= most)) &&
    (!licence || (row.license !== null && fold(row.license).includes(licence))) &&
    (!organization || (row.organization !== null && fold(row.organization).includes(organization))) &&
    (!state.open || row.open_weights === 1) &&
    boards.every((column) => row[column] !== null) &&
    wanted.every((word) => row.haystack.includes(word));
}

/** Fills the lists of kinds, boards, licences and organisations from the rows of a track. */
export function fillChoices(rows, state, views) {
  const inTrack = rows.filter((row) => row.track === state.track);
  choices("kind", tally(inTrack, (row) => row.kind ?? "unknown"), words);
  choices("ev", tally(inTrack, (row) => row.evidence).sort(([a], [b]) => a.localeCompare(b)), (grade) => GRADES[grade] ?? grade);
  const seen = views.filter((view) => view.track === state.track);
  choices("on", seen.map((view) => [view.source, inTrack.filter((row) => row[view.column] !== null).length]),
    (source) => views.find((view) => view.source === source).title);
  options("licences", tally(inTrack, (row) => row.license));
  options("organizations", tally(inTrack, (row) => row.organization).slice(0, 400));
}

const GRADES = { A: "A · two boards or more", B: "B · one board", C: "C · extrapolated" };

function tally(rows, of) {
  const counts = new Map();
  for (const row of rows) {
    const value = of(row);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function choices(name, counted, title) {
  $(`[data-choices=${name}]`).replaceChildren(...counted.map(([value, count]) =>
    el("label", { class: "choice" },
      el("input", { type: "checkbox", name, value }),
      el("span", { text: title(value) }),
      el("small", { text: number(count, "count") }))));
}

function options(id, counted) {
  $(`#${id}`).replaceChildren(...counted.map(([value]) => el("option", { value })));
}

/** Reads the controls into a state. */
export function fromControls(form, state) {
  const next = { ...state };
  for (const name of ["q", "min", "max", "lic", "org", "by"]) next[name] = form.elements[name].value;
  next.track = form.elements.track.value;
  for (const name of ["kind", "ev", "on"]) {
    next[name] = $$(`input[name=${name}]:checked`, form).map((input) => input.value).join(",");
  }
  for (const name of ["open", "flagged", "copies", "extra"]) next[name] = form.elements[name].checked ? "1" : "";
  return next;
}

/** Writes a state into the controls. */
export function toControls(form, state) {
  for (const name of ["q", "min", "max", "lic", "org", "by"]) form.elements[name].value = state[name];
  form.elements.track.value = state.track;
  for (const name of ["kind", "ev", "on"]) {
    const chosen = new Set(list(state[name]));
    for (const input of $$(`input[name=${name}]`, form)) input.checked = chosen.has(input.value);
  }
  for (const name of ["open", "flagged", "copies", "extra"]) form.elements[name].checked = Boolean(state[name]);
}

/** Whether two states show different rows, whatever their order. */
export const differ = (one, other) =>
  ["q", "track", "kind", "min", "max", "lic", "org", "on", "ev", "open", "flagged", "copies", "extra"].some((name) => one[name] !== other[name]);

/** How many filters stand, for the button that opens them on a narrow screen. */
export const standing = (state) =>
  ["kind", "min", "max", "lic", "org", "on", "ev", "open", "flagged", "copies", "extra"].filter((name) => state[name]).length;
