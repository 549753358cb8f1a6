// Common to all tables: sorting with unknown values last, column defaults, CSV without formulas.
import { el } from "./dom.js";

/** Whether the screen is as narrow as a phone. */
export const NARROW = matchMedia("(max-width: 760px)");
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const isUnknown = (value) => value === null || value === undefined || value === "";

/** Compares numbers as numbers and text by the reader's locale; unknown values are last in both directions. */
export function sorter(a, b, rowA, rowB, column, direction) {
  const unknownOrder = isUnknown(a) - isUnknown(b);
  if (unknownOrder) return direction === "asc" ? unknownOrder : -unknownOrder;
  if (isUnknown(a)) return 0;
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
}

/** Adds an apostrophe to a text that a spreadsheet would evaluate as a formula. */
export const csvText = (value) => (typeof value === "string" && /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value);

export const tableDefaults = {
  layout: "fitColumns",
  renderVertical: "virtual",
  headerSortElement: () => '<svg aria-hidden="true" viewBox="0 0 8 8"><path d="M4 1 7.5 7h-7z"/></svg>',
  columnHeaderSortMulti: false,
  downloadConfig: { columnHeaders: true },
};

export const column = (definition) => ({
  sorter,
  resizable: false,
  headerSortTristate: false,
  accessorDownload: csvText,
  ...definition,
});

/** Writes how many rows are shown. */
export function showCount(element, shown, all, format) {
  element.replaceChildren(el("strong", { text: format(shown) }), shown === all ? ` ${element.dataset.what ?? "rows"}` : ` of ${format(all)}`);
}
