// `_("Take {label} away", { label })` is the text in the language of the page, see
// explorer/language/text.py; ../languages/de.js is made of de.po for the components that speak German.
//
// The modules are loaded before the language is known. So a text of a module's own is only marked,
// by N_, and translated where it is shown.

/** @typedef {Record<string, string | number>} Values of what stands in {braces} */
/** @typedef {{ texts: Record<string, string[]>, form: (count: number) => number }} Catalogue */

/** @type {Catalogue} */
const ENGLISH = { texts: {}, form: (count) => (count === 1 ? 0 : 1) };

let spoken = "en";
let catalogue = ENGLISH;

/** The code of the language that is spoken, for addresses whose answers hold texts. */
export const language = () => spoken;

/**
 * Have all components speak a language, once its texts have come; English where they do not come.
 * @param {string} wanted its code
 */
export async function speak(wanted) {
  if (wanted === spoken) return;
  try {
    catalogue = wanted === "en" ? ENGLISH : (await import(`./languages/${wanted}.js`)).default;
    spoken = wanted;
    document.documentElement.lang = wanted; // for those who hear the page
  } catch (error) {
    console.warn(`expected the texts of the language ${wanted}; found ${error}`);
  }
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
export const _ = (text, values) => filled(catalogue.texts[text]?.[0] ?? text, values);

/**
 * As `_`, of two texts: the one for 1, the other for the rest; languages may know more.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function n_(one, many, count, values) {
  const forms = catalogue.texts[one];
  const text = forms ? forms[catalogue.form(count)] : count === 1 ? one : many;
  return filled(text, values);
}

/**
 * Marks a text for the catalogues.
 * @param {string} text
 */
export const N_ = (text) => text;

/**
 * @param {string} text
 * @param {Values} values
 */
const filled = (text, values = {}) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
