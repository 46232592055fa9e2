// What a visit holds: the recipe, those before and after it, and the favourites, as the app's pages do
// (explorer/page/state/). The address holds the recipe behind its #.

import { inAddress } from "../components/address.js";
import { _ } from "../components/language.js";
import { normal } from "../components/recipe.js";
import { same } from "../components/same.js";
import { recipeName } from "./names.js";

/**
 * @import { EditorMessage, Named, Recipe, Source } from "../components/types.d.ts"
 * @import { PageData } from "./types.d.ts"
 */

/**
 * What writes a recipe as the text of an address, and reads it.
 * @typedef {{ write(recipe: Recipe): string, read(text: string): Recipe }} Links
 */

export const SESSION = "site"; // that of components on a page without Streamlit
const SHOWN_PAST = 12; // faces on the shelf; undo goes back further

export class Session {
  /**
   * @param {PageData} page
   * @param {Links | null} links null where no address holds a face
   * @param {(recipe: Recipe) => Promise<string>} problem why a recipe cannot be shown, empty where
   *   it can
   * @param {() => void} onChange
   * @param {(text: string) => void} say what could not be done
   */
  constructor(page, links, problem, onChange, say) {
    this.page = page;
    this.links = links;
    this.problem = problem;
    this.onChange = onChange;
    this.say = say;
    this.first = page.first;
    this.recipe = this.first;
    /** @type {Recipe[]} */
    this.past = [];
    /** @type {Recipe[]} */
    this.future = [];
    /** @type {Named[] | null} */
    this.favourites = null; // until the editor told of those that it stores
    this.revision = 0; // of the editor's latest message
    /** @type {{ number: number, from: Recipe, to: Recipe } | null} */
    this.walk = null;
  }

  // Begin with the face of the address, if it has one.
  async begin() {
    const text = this.links && inAddress(this.page.editor.link);
    if (text === null) return;
    const linked = await this.read(text);
    if (linked) this.recipe = linked;
    this.onChange();
  }

  /**
   * The recipe of an address; none, and why not is said, where it cannot be shown here.
   * @param {string} text
   */
  async read(text) {
    try {
      const links = /** @type {Links} */ (this.links);
      const recipe = normal(links.read(text), this.page.editor.rules);
      const problem = await this.problem(recipe);
      if (!problem) return recipe;
      this.say(_("This page cannot show the face of the link: {problem}.", { problem }));
    } catch (error) {
      const problem = /** @type {Error} */ (error).message;
      this.say(_("This page cannot read the link: {problem}.", { problem }));
    }
    return null;
  }

  get address() {
    return this.links?.write(this.recipe) ?? "";
  }

  /** @param {Recipe} recipe */
  set(recipe) {
    const made = normal(recipe, this.page.editor.rules);
    if (same(made, this.recipe)) return;
    this.past.push(this.recipe);
    this.future = [];
    this.show(made);
  }

  /**
   * The same edits done to another face.
   * @param {Source} source
   */
  setSource(source) {
    this.set({ ...this.recipe, source });
  }

  /** @param {1 | -1} way */
  step(way) {
    const [before, after] = way < 0 ? [this.past, this.future] : [this.future, this.past];
    const recipe = before.pop();
    if (!recipe) return;
    after.push(this.recipe);
    this.show(recipe);
  }

  /**
   * The browser went back or forward. Where undo or redo lead there, that is what happens.
   * @param {string | null} text that the address holds
   */
  async goTo(text) {
    const recipe = text === null ? this.first : await this.read(text);
    if (!recipe || same(recipe, this.recipe)) return;
    for (const [before, after] of [
      [this.past, this.future],
      [this.future, this.past],
    ]) {
      if (!before.some((other) => same(other, recipe))) continue;
      while (!same(this.recipe, recipe)) {
        after.push(this.recipe);
        this.recipe = /** @type {Recipe} */ (before.pop());
      }
      return this.onChange();
    }
    this.past.push(this.recipe);
    this.future = [];
    this.recipe = recipe;
    this.onChange();
  }

  /** @param {Recipe} recipe */
  show(recipe) {
    this.recipe = recipe;
    if (this.links) {
      window.history.pushState(null, "", `#${this.page.editor.link}=${this.address}`);
    }
    this.onChange();
  }

  /** @param {Recipe} to */
  startWalk(to) {
    this.walk = { number: 1 + (this.walk?.number ?? 0), from: this.recipe, to };
    this.onChange();
  }

  /**
   * What the user did in the editor, oldest first; those taken before are told again.
   * @param {({ revision: number } & EditorMessage)[]} messages
   */
  take(messages) {
    for (const message of messages.filter(({ revision }) => revision > this.revision)) {
      this.revision = message.revision;
      if ("recipe" in message) this.set(message.recipe);
      else if ("step" in message) this.step(message.step);
      else if ("address" in message) this.links && this.goTo(message.address);
      else this.keep(message.favourites);
    }
    this.onChange();
  }

  /** @param {unknown} stored whatever the browser has */
  async keep(stored) {
    const { rules, limits, banks } = this.page.editor;
    const all = Array.isArray(stored) ? stored.slice(0, limits.favourites) : [];
    /** @type {Named[]} */
    const kept = [];
    for (const one of all) {
      try {
        const recipe = normal(one.recipe, rules);
        if (kept.some((other) => same(other.recipe, recipe))) continue;
        if (await this.problem(recipe)) continue;
        kept.push({ name: String(one.name || recipeName(recipe, banks)), recipe });
      } catch {
        // Something else was stored.
      }
    }
    this.favourites = kept;
    this.onChange();
  }

  // What the editor is told of all this.
  get told() {
    const { recipe, past, favourites, walk, revision } = this;
    const { banks } = this.page.editor;
    /** @param {Recipe} of */
    const named = (of) => ({ name: recipeName(of, banks), recipe: of });
    return {
      session: SESSION,
      revision,
      recipe,
      name: recipeName(recipe, banks),
      address: this.address,
      walk,
      favourites,
      past: past.slice(-SHOWN_PAST).reverse().map(named),
    };
  }
}
