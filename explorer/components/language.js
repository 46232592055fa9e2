// `_("Take {label} away", { label })` is the text in the language of the page, see
// explorer/language/text.py; ./languages/de.js is made of de.po for the scripts that speak German.
//
// The modules are loaded before the language is known. So a text of a module's own is only marked,
// by N_, and translated where it is shown.

/** @typedef {Record<string, string | number>} Values of what stands in {braces} */
/** @typedef {{ texts: Record<string, string[]>, form: (count: number) => number }} Catalogue */

/** @type {Catalogue} */
const ENGLISH = { texts: {}, form: (count) => (count === 1 ? 0 : 1) };
const LETTER = "[\\p{L}\\p{N}_]";

/** @typedef {{ words: Record<string, string>, unless: string }} Instead */

/** @type {{ words: Record<string, string>, unless: RegExp, pattern: RegExp } | undefined} */
let instead;
let spoken = "en";
let catalogue = ENGLISH;

/** The code of the language that is spoken. */
export const language = () => spoken;

/** How an address ends whose answers hold texts; one without it answers in English. */
export const inLanguage = () => (spoken === "en" ? "" : `?language=${spoken}`);

/**
 * Have all components speak a language.
 * @param {string} code
 * @param {Catalogue} texts
 */
export function speakBy(code, texts) {
  spoken = code;
  catalogue = texts;
}

/**
 * The same, once its texts have come; English where they do not come.
 * @param {string} wanted its code
 */
export async function speak(wanted) {
  if (wanted === spoken) return;
  try {
    speakBy(wanted, wanted === "en" ? ENGLISH : (await import(`./languages/${wanted}.js`)).default);
  } catch (error) {
    console.warn(`expected the texts of the language ${wanted}; found ${error}`);
  }
}

/**
 * What is said in place of words about faces where pictures show others: explorer/language/nouns.py.
 * @param {Instead | null} [told] in texts that match `unless` they stay, which are in English
 */
export function sayInstead(told) {
  if (!told) {
    instead = undefined;
    return;
  }
  const words = Object.keys(told.words).sort((one, other) => other.length - one.length);
  instead = {
    words: told.words,
    unless: new RegExp(told.unless),
    pattern: new RegExp(`\\{[^{}]*\\}|(?<!${LETTER})(?:${words.join("|")})(?!${LETTER})`, "gu"),
  };
}

/**
 * @param {string} text in English
 * @param {string} translated
 */
function said(text, translated) {
  if (!instead || instead.unless.test(text)) return translated;
  const { words, pattern } = instead;
  const told = translated.replace(pattern, (found) => words[found] ?? found);
  return /^\p{Lu}/u.test(translated) ? told.charAt(0).toUpperCase() + told.slice(1) : told;
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
export const _ = (text, values) => filled(said(text, catalogue.texts[text]?.[0] ?? text), values);

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
  return filled(said(one, text), values);
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
