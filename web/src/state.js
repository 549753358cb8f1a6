// The state of a page in the fragment of its address, which also pages opened from a folder may set.
export function read() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/** Writes what differs from `plain`; `step` makes it a place that the back button returns to. */
export function write(state, plain, step) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== plain[name] && value !== undefined && value !== null) parameters.set(name, value);
  }
  const hash = `#${parameters}`;
  if (hash === location.hash || (hash === "#" && !location.hash)) return;
  history[step ? "pushState" : "replaceState"](null, "", hash === "#" ? "#" : hash);
}

export function onMove(work) {
  addEventListener("popstate", () => work(read()));
}
