// Where a link may lead: to our own pages, and to https addresses of hosts that the site names.
import { el } from "./dom.js";

const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;

export const modelPage = (id) => `model.html?id=${encodeURIComponent(id)}`;
export const modelLink = (id, text = id, properties = {}) => el("a", { href: modelPage(id), text, ...properties });

/** Returns the address where it is plain https on one of `hosts`, else null. */
export function allowed(address, hosts) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" && hosts.includes(url.host) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

export function outside(address, text, hosts) {
  const href = allowed(address, hosts);
  return href ? el("a", { href, text, rel: "noopener noreferrer", class: "outside" }) : el("span", { text });
}

/** The repository of a model on the Hub, null where its id cannot be one. */
export const repository = (id) => (REPOSITORY.test(id) && !id.includes("..") ? `https://huggingface.co/${id}` : null);
