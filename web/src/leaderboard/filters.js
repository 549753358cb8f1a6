// Filters the rows of the leaderboard by the state of the controls.
import { $, $$, el } from "../dom.js";
import { number, words } from "../format.js";

/** The state of a page without filters. */
export const DEFAULTS = {
  q: "", track: "llm", kind: "", min: "", max: "", lic: "", org: "", on: "", col: "", ev: "", open: "", flagged: "", copies: "", extra: "",
  by: "ability", w: "", sort: "place", dir: "asc", pin: "",
};

/** Returns the requested state, with defaults for invalid values. */
export function validState(requested, form, tracks) {
  const state = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) if (Object.hasOwn(requested, name)) state[name] = requested[name];
  if (!tracks.includes(state.track)) state.track = tracks.includes(DEFAULTS.track) ? DEFAULTS.track : tracks[0] ?? DEFAULTS.track;
  if (![...form.elements.by.options].some((option) => option.value === state.by)) state.by = DEFAULTS.by;
  if (!["asc", "desc"].includes(state.dir)) state.dir = DEFAULTS.dir;
  return state;
}

const fold = (text) => text.normalize("NFKC").toLowerCase();
const squeeze = (text) => text.replace(/[\s/._-]+/g, "");

/** Returns the text for the search: all names, also without separators, so that `llama3.1 70b` finds `Llama-3.1-70B`. */
export function searchText(row) {
  const text = fold([row.model_id, row.name, row.organization, row.other_names].filter(Boolean).join(" "));
  return `${text} ${squeeze(text)}`;
}

const list = (text) => (text ? text.split(",") : []);

/** Returns the function that selects the rows for `state`. */
export function rowFilter(state, views) {
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
    (row.whole !== null || (state.flagged && row.flagged) || (state.copies && row.copy_of !== null) || (state.extra && row.evidence === "C")) &&
    (!kinds.size || kinds.has(row.kind ?? "unknown")) &&
    (!grades.size || grades.has(row.evidence)) &&
    (least === null || (row.params_b !== null && !row.params_disputed && row.params_b >= least)) &&
    (most === null || (row.params_b !== null && !row.params_disputed && row.params_b <= most)) &&
    (!licence || (row.license !== null && fold(row.license).includes(licence))) &&
    (!organization || (row.organization !== null && fold(row.organization).includes(organization))) &&
    (!state.open || row.open_weights === 1) &&
    boards.every((column) => row[column] !== null) &&
    (row.match !== null || wanted.every((word) => row.searchText.includes(word)));
}

/** Fills the choices of kinds, boards, licences and organisations from the rows of a track. */
export function fillChoices(rows, state, views) {
  const inTrack = rows.filter((row) => row.track === state.track);
  fillCheckboxes("kind", tally(inTrack, (row) => row.kind ?? "unknown"), words);
  fillCheckboxes("ev", tally(inTrack, (row) => row.evidence).sort(([a], [b]) => a.localeCompare(b)), (grade) => GRADES[grade] ?? grade);
  const listed = entriesOn(views.filter((view) => view.track === state.track), inTrack).map(({ view, count }) => [view.source, count]);
  const title = (source) => views.find((view) => view.source === source).title;
  fillCheckboxes("on", listed, title);
  fillCheckboxes("col", listed, title);
  fillOptions("licences", tally(inTrack, (row) => row.license));
  fillOptions("organizations", tally(inTrack, (row) => row.organization).slice(0, 400));
}

/** The leaderboards with an entry of some row: those of the combined rank first, then by the number of entries. */
function entriesOn(views, rows) {
  return views.map((view) => ({ view, count: rows.reduce((count, row) => count + (row[view.column] !== null ? 1 : 0), 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.view.in_rank - a.view.in_rank || b.count - a.count);
}

const ROWS_IN_VIEW = 40;

/**
 * The leaderboards with a column: the chosen ones, or the `most` with the most entries among the first rows in view.
 * The words of the search do not count, so that columns stay while a person types.
 */
export function shownBoards(rows, state, views, most) {
  const own = views.filter((view) => view.track === state.track);
  const chosen = new Set(list(state.col));
  if (own.some((view) => chosen.has(view.source))) return own.filter((view) => chosen.has(view.source));
  const isShown = rowFilter({ ...state, q: "" }, views);
  const inView = rows.filter(isShown).sort((a, b) => (a.whole ?? 1e9) - (b.whole ?? 1e9)).slice(0, ROWS_IN_VIEW);
  const wanted = new Set(list(state.on));
  const ordered = entriesOn(own, inView).map(({ view }) => view).sort((a, b) => wanted.has(b.source) - wanted.has(a.source));
  const kept = new Set(ordered.slice(0, most));
  return own.filter((view) => kept.has(view));
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

function fillCheckboxes(name, counted, title) {
  $(`[data-choices=${name}]`).replaceChildren(...counted.map(([value, count]) =>
    el("label", { class: "choice" },
      el("input", { type: "checkbox", name, value }),
      el("span", { text: title(value) }),
      el("small", { text: number(count, "count") }))));
}

function fillOptions(id, counted) {
  $(`#${id}`).replaceChildren(...counted.map(([value]) => el("option", { value })));
}

/** Returns the state of the controls. */
export function readControls(form, state) {
  const next = { ...state };
  for (const name of ["q", "min", "max", "lic", "org", "by"]) next[name] = form.elements[name].value;
  next.track = form.elements.track.value;
  for (const name of ["kind", "ev", "on", "col"]) {
    next[name] = $$(`input[name=${name}]:checked`, form).map((input) => input.value).join(",");
  }
  for (const name of ["open", "flagged", "copies", "extra"]) next[name] = form.elements[name].checked ? "1" : "";
  return next;
}

/** Sets the controls to a state. */
export function setControls(form, state) {
  for (const name of ["q", "min", "max", "lic", "org", "by"]) form.elements[name].value = state[name];
  form.elements.track.value = state.track;
  for (const name of ["kind", "ev", "on", "col"]) {
    const chosen = new Set(list(state[name]));
    for (const input of $$(`input[name=${name}]`, form)) input.checked = chosen.has(input.value);
  }
  for (const name of ["open", "flagged", "copies", "extra"]) form.elements[name].checked = Boolean(state[name]);
}

/** Whether two states select different rows; the order of rows does not count. */
export const selectDifferently = (one, other) =>
  ["q", "track", "kind", "min", "max", "lic", "org", "on", "ev", "open", "flagged", "copies", "extra"].some((name) => one[name] !== other[name]);

/** Whether a filter leaves out ranked models, so that places are counted among the others; the search does not count. */
export const isFiltered = (state) => ["kind", "min", "max", "lic", "org", "on", "ev", "open"].some((name) => state[name]);

/** The number of active filters, shown on the button that opens them on a narrow screen. */
export const countActive = (state) =>
  ["kind", "min", "max", "lic", "org", "on", "ev", "open", "flagged", "copies", "extra"].filter((name) => state[name]).length;
