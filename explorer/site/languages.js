// Which language a visit is in, as the app chooses its own: explorer/page/state/language.py.

import { _ } from "../components/language.js";
import { element } from "../components/live_socket.js";

const LINK = "language"; // the query parameter that holds it, as there

/** @typedef {Record<string, string>} Languages code -> how the language calls itself */

/**
 * Those that index.html offers.
 * @returns {Languages}
 */
export function offered() {
  /** @type {NodeListOf<HTMLLinkElement>} */
  const links = document.querySelectorAll("link[hreflang]");
  return Object.fromEntries(Array.from(links, ({ hreflang, title }) => [hreflang, title]));
}

/**
 * The language of an address, else the dearest one of a browser, else English.
 * @param {Languages} known
 * @param {string} search of the address
 * @param {readonly string[]} browser its languages, the dearest first: "de-AT", "fr"
 */
export function best(known, search, browser) {
  const asked = new URLSearchParams(search).get(LINK) ?? "";
  const codes = [asked, ...browser.map((tag) => tag.split("-")[0].toLowerCase())];
  return codes.find((code) => Object.hasOwn(known, code)) ?? "en";
}

/**
 * A choice of them; it opens the page anew, with the face of its address.
 * @param {Languages} known
 * @param {string} spoken
 */
export function choiceOf(known, spoken) {
  const select = element(
    "select",
    {
      "aria-label": _("Language"),
      onchange: () => {
        window.location.search = `?${new URLSearchParams({ [LINK]: select.value })}`;
      },
    },
    ...Object.entries(known).map(([code, name]) =>
      element("option", { value: code, lang: code }, name)
    )
  );
  select.value = spoken;
  return select;
}
