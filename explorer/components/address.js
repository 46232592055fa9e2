// Where the address of a page holds a face: in a query parameter, which a server reads, too, or behind
// the #, which no server is told.

/** @type {"query" | "hash"} */
let place = "query";

export function keepBehindHash() {
  place = "hash";
}

/** @param {URL | Location} url */
const held = (url) => new URLSearchParams(place === "query" ? url.search : url.hash.slice(1));

/**
 * What the address holds under a name, null for nothing.
 * @param {string} name
 */
export const inAddress = (name) => held(window.location).get(name);

/**
 * This page's address, holding a text under a name.
 * @param {string} name
 * @param {string} text
 */
export function addressWith(name, text) {
  const url = new URL(window.location.href);
  const all = held(url);
  all.set(name, text);
  url[place === "query" ? "search" : "hash"] = all.toString();
  return url.href;
}
