// What all tables share: order with unknown values last, cells as elements, CSV without formulas.
import { el } from "./dom.js";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const unknown = (value) => value === null || value === undefined || value === "";

/** Sorts numbers as numbers and text as the reader's language does; unknown values are last both ways. */
export function sorter(a, b, rowA, rowB, column, direction) {
  const none = unknown(a) - unknown(b);
  if (none) return direction === "asc" ? none : -none;
  if (unknown(a)) return 0;
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
}

/** Keeps a spreadsheet from reading text as a formula. */
export const csvText = (value) => (typeof value === "string" && /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value);

export const shared = {
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

/** Says how many rows are shown. */
export function count(element, shown, all, format) {
  element.replaceChildren(el("strong", { text: format(shown) }), shown === all ? ` ${element.dataset.what ?? "rows"}` : ` of ${format(all)}`);
}
