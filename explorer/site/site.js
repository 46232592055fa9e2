// The page without a server: a worker of its own answers it, and its address holds the face.

import { keepBehindHash } from "../components/address.js";
import { linkText, recipeOfLink } from "./link_text.js";
import { Local } from "./local.js";
import { sourceName } from "./names.js";
import { Page } from "./page.js";

/** @import { PageData } from "./types.d.ts" */

/** @type {PageData} */
const data = await (await fetch("page.json")).json();
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
await page.begin(/** @type {HTMLElement} */ (document.querySelector("main")));
