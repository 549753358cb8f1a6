// Creates elements. Text is set as text, never as HTML, so markup in a name is shown and not interpreted.

/** Creates an element. `class`, `text` and `on…` are special, other properties become attributes; null and false are skipped. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Returns a function that runs `work` once, `wait` milliseconds after the last of several calls. */
export function debounced(work, wait) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

/** Returns a function that runs `work` at most once per frame, with the last arguments. */
export function oncePerFrame(work) {
  let pending = null;
  return (...given) => {
    if (!pending) requestAnimationFrame(() => { const last = pending; pending = null; work(...last); });
    pending = given;
  };
}
