// Common to all pages: the theme button, and times and numbers in the reader's locale.
import { $$, $ } from "./dom.js";
import { date, number, time } from "./format.js";

export function start() {
  for (const element of $$("time[datetime]")) {
    element.textContent = element.dateTime.includes("T") ? time(element.dateTime) : date(element.dateTime);
  }
  for (const element of $$("data[value]")) element.textContent = number(Number(element.value), "count");
  const button = $("#theme");
  button?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("metaboard-theme", root.dataset.theme);
    } catch {
      // The browser may deny storage. Then the choice lasts until the page is closed.
    }
    dispatchEvent(new Event("metaboard-theme"));
  });
}
