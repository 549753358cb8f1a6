// Adds the accessibility attributes that Tabulator and Observable Plot do not set.

/**
 * Labels the grid of a Tabulator table with its name and its number of rows.
 * Tabulator's focusable row container has no role, so it becomes the row group.
 */
export function labelGrid(table, label, rows) {
  const root = table.element;
  root.setAttribute("aria-label", label);
  root.setAttribute("aria-rowcount", String(rows + 1));
  root.querySelector(".tabulator-tableholder")?.setAttribute("role", "rowgroup");
  root.querySelector(".tabulator-table")?.setAttribute("role", "presentation");
}

/** Labels a drawing of Plot: one image, or a group of links that have the labels of their dots. */
export function labelDrawing(figure) {
  const svg = figure.matches("svg") ? figure : figure.querySelector("svg");
  // A label is invalid on a group without a role.
  for (const group of svg.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label");
  for (const link of svg.querySelectorAll("a")) {
    const dot = link.querySelector("[aria-label]");
    if (!dot) continue;
    link.setAttribute("aria-label", dot.getAttribute("aria-label"));
    dot.removeAttribute("aria-label");
  }
  svg.setAttribute("role", svg.querySelector("a") ? "group" : "img");
  return figure;
}
