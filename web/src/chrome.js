// What all pages share: the theme's button, and times in the reader's own way.
import { $$, $ } from "./dom.js";
import { date, number, time } from "./format.js";

export function start() {
  for (const element of $$("time[datetime]")) {
    element.textContent = element.dateTime.includes("T") ? time(element.dateTime) : date(element.dateTime);
  }
  for (const element of $$("data[value]")) element.textContent = number(Number(element.value), element.dataset.way ?? "count");
  const button = $("#theme");
  button?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("metaboard-theme", root.dataset.theme);
    } catch {
      // Storage may be closed to this page; the choice then lasts as long as the page.
    }
    dispatchEvent(new Event("metaboard-theme"));
  });
}
