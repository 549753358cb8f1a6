// Elements from values. Text is only ever set as text, so a name that looks like markup is shown as it is spelt.

/** Makes an element; `class`, `text` and `on…` are understood, other properties become attributes, null ones are left out. */
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

/** Runs `work` once after the last of a burst of calls. */
export function settled(work, wait) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

/** Runs `work` at most once a frame, with the last arguments. */
export function framed(work) {
  let asked = null;
  return (...given) => {
    if (!asked) requestAnimationFrame(() => { const last = asked; asked = null; work(...last); });
    asked = given;
  };
}
