// Shared by the components: which face is under the hand, from the editor to whoever wants to know.

/** @import { Recipe } from "./types.d.ts" */

const EDITED = "edited-face";
const WANTED = "edited-face-wanted";

// The editor's end: say(recipe) once a face is on the screen.
export class EditedFace {
  constructor() {
    /** @type {Recipe | undefined} */
    this.recipe = undefined;
    this.again = () => this.recipe && this.say(this.recipe);
    window.addEventListener(WANTED, this.again);
  }

  /** @param {Recipe} recipe */
  say(recipe) {
    this.recipe = recipe;
    window.dispatchEvent(new CustomEvent(EDITED, { detail: recipe }));
  }

  close() {
    window.removeEventListener(WANTED, this.again);
  }
}

/**
 * Calls take(recipe) now, where there is an editor, and whenever it shows another face; returns
 * what ends that.
 * @param {(recipe: Recipe) => void} take
 */
export function onEditedFace(take) {
  /** @param {Event} event */
  const listen = (event) => take(/** @type {CustomEvent<Recipe>} */ (event).detail);
  window.addEventListener(EDITED, listen);
  window.dispatchEvent(new Event(WANTED));
  return () => window.removeEventListener(EDITED, listen);
}
