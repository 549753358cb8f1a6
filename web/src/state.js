// Keeps the state of a page in the fragment of its address, which also works for a page opened from a folder.
export function readState() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/** Writes the values that differ from `defaults`; with `isStep` the back button returns to the state before. */
export function writeState(state, defaults, isStep) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name] && value !== undefined && value !== null) parameters.set(name, value);
  }
  const hash = `#${parameters}`;
  if (hash === location.hash || (hash === "#" && !location.hash)) return;
  history[isStep ? "pushState" : "replaceState"](null, "", hash === "#" ? "#" : hash);
}

export function onNavigation(work) {
  addEventListener("popstate", () => work(readState()));
}
