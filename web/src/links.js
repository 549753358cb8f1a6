// Creates links: to pages of the site, and to https addresses of the allowed hosts.
import { el } from "./dom.js";

const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;

export const modelAddress = (id) => `model.html?id=${encodeURIComponent(id)}`;
export const modelLink = (id, text = id, properties = {}) => el("a", { href: modelAddress(id), text, ...properties });

/** Returns the address if it is plain https on one of `hosts`, else null. */
export function allowedAddress(address, hosts) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" && hosts.includes(url.host) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** Creates a link to another host; a forbidden address becomes plain text. */
export function outsideLink(address, text, hosts) {
  const href = allowedAddress(address, hosts);
  return href ? el("a", { href, text, rel: "noopener noreferrer", class: "outside" }) : el("span", { text });
}

/** Returns the address of a model's repository on the Hub, or null when its id cannot be one. */
export const repositoryAddress = (id) => (REPOSITORY.test(id) && !id.includes("..") ? `https://huggingface.co/${id}` : null);
