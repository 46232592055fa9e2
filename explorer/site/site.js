// The page without a server: a worker of its own answers it, and its address holds the face.

import { keepBehindHash } from "../components/address.js";
import { sayInstead, speak } from "../components/language.js";
import { best, choiceOf, offered } from "./languages.js";
import { linkText, recipeOfLink } from "./link_text.js";
import { Local } from "./local.js";
import { sourceName } from "./names.js";
import { Page } from "./page.js";

/** @import { SiteData } from "./types.d.ts" */

const languages = offered();
const language = best(languages, window.location.search, window.navigator.languages);
document.documentElement.lang = language;
const [found] = await Promise.all([fetch(`page.${language}.json`), speak(language)]);
/** @type {SiteData} */
const data = await found.json();
sayInstead(data.instead);
keepBehindHash();
/** @type {Page} */
let page;
const local = new Local(data, (text) => page.tellLoading(text));
page = new Page(data, local, {
  write: (recipe) => linkText(recipe, data.writing),
  read: (text) => recipeOfLink(text, data.writing),
});
page.onShow = ({ source }) => (document.title = `${sourceName(source)} – ${data.title}`);
// The map draws itself in the colours of the page.
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => page.showMap());
const begun = page.begin(/** @type {HTMLElement} */ (document.querySelector("main")));
page.header.children[0].after(choiceOf(languages, language));
await begun;
