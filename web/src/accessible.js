// What the kept libraries leave to be said to a screen reader.

/**
 * Tabulator's grid holds its rows in a focusable box without a role: the box becomes the group of rows, and the grid
 * says its name and how many rows it has, drawn or not.
 */
export function grid(table, label, rows) {
  const root = table.element;
  root.setAttribute("aria-label", label);
  root.setAttribute("aria-rowcount", String(rows + 1));
  root.querySelector(".tabulator-tableholder")?.setAttribute("role", "rowgroup");
  root.querySelector(".tabulator-table")?.setAttribute("role", "presentation");
}

/** Plot labels groups that have no role; a drawing without links is one image, and a link is named by its dot. */
export function drawing(figure) {
  const svg = figure.matches("svg") ? figure : figure.querySelector("svg");
  for (const group of svg.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label");
  for (const link of svg.querySelectorAll("a")) {
    const named = link.querySelector("[aria-label]");
    if (!named) continue;
    link.setAttribute("aria-label", named.getAttribute("aria-label"));
    named.removeAttribute("aria-label");
  }
  svg.setAttribute("role", svg.querySelector("a") ? "group" : "img");
  return figure;
}
