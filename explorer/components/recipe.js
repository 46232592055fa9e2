// What is done to recipes in the browser, as explorer/recipe/recipe.py does it: equal edits are
// equal text. A recipe is plain data, as `Recipe.to_data` makes it, and never changed in place.

/** @import { Amounts, Recipe, Rules, Source } from "./types.d.ts" */

/**
 * Of a bank that types.d.ts may not know.
 * @param {Partial<Recipe>} recipe
 * @param {string} bank
 * @returns {Amounts}
 */
const amountsOf = (recipe, bank) => /** @type {Record<string, any>} */ (recipe)[bank] ?? {};

/**
 * The same recipe as Python writes it: no amounts of 0, no banks, method, locks or renderer that are
 * as in a new recipe, all of it in one order.
 * @param {Partial<Recipe> & { source: Source }} recipe
 * @param {Rules} rules
 * @returns {Recipe}
 */
export function normal(recipe, { plain, banks, method, renderer }) {
  const made = /** @type {Recipe} */ ({ source: recipe.source });
  for (const bank of banks) {
    const moved = Object.entries(amountsOf(recipe, bank)).filter(([, amount]) => amount !== 0);
    moved.sort(([a], [b]) => (a < b ? -1 : 1));
    if (bank in plain || moved.length) Object.assign(made, { [bank]: Object.fromEntries(moved) });
  }
  if (recipe.method && recipe.method !== method) made.method = recipe.method;
  if (recipe.locks?.length) made.locks = [...new Set(recipe.locks)].sort();
  if (recipe.renderer && recipe.renderer !== renderer) made.renderer = recipe.renderer;
  return made;
}

/**
 * @param {Recipe} recipe
 * @param {string} bank
 * @param {string} name
 */
export const amountOf = (recipe, bank, name) => amountsOf(recipe, bank)[name] ?? 0;

/**
 * Whether any slider of a bank was moved.
 * @param {Recipe} recipe
 * @param {string} bank
 */
export const anyAmount = (recipe, bank) =>
  Object.values(amountsOf(recipe, bank)).some((amount) => amount !== 0);

/**
 * Whether any slider was moved.
 * @param {Recipe} recipe
 * @param {Rules} rules
 */
export const isEdited = (recipe, { banks }) => banks.some((bank) => anyAmount(recipe, bank));

/**
 * @param {Recipe} recipe
 * @param {Rules} rules
 */
export const methodOf = (recipe, rules) => recipe.method ?? rules.method;

/**
 * @param {Recipe} recipe
 * @param {Rules} rules
 */
export const rendererOf = (recipe, rules) => recipe.renderer ?? rules.renderer;

/** @param {Recipe} recipe */
export const locksOf = (recipe) => recipe.locks ?? [];

/**
 * One slider of a bank set.
 * @param {Recipe} recipe
 * @param {string} bank
 * @param {string} name
 * @param {number} amount
 * @param {Rules} rules
 */
export const withAmount = (recipe, bank, name, amount, rules) =>
  normal({ ...recipe, [bank]: { ...amountsOf(recipe, bank), [name]: amount } }, rules);

/**
 * @param {Recipe} recipe
 * @param {string} method
 * @param {Rules} rules
 */
export const withMethod = (recipe, method, rules) => normal({ ...recipe, method }, rules);

/**
 * @param {Recipe} recipe
 * @param {string[]} locks
 * @param {Rules} rules
 */
export const withLocks = (recipe, locks, rules) => normal({ ...recipe, locks }, rules);

/**
 * The same code, drawn by another renderer.
 * @param {Recipe} recipe
 * @param {string} renderer
 * @param {Rules} rules
 */
export const withRenderer = (recipe, renderer, rules) => normal({ ...recipe, renderer }, rules);

/**
 * A face that nothing is done to, by the renderer that is named.
 * @param {Pick<Recipe, "source" | "renderer">} recipe
 * @param {Rules} rules
 */
export const faceOf = ({ source, renderer }, rules) => normal({ source, renderer }, rules);

/**
 * A face without edits; method, locks and renderer go on.
 * @param {Recipe} recipe
 * @param {Source} source
 * @param {Rules} rules
 */
export const freshFace = ({ method, locks, renderer }, source, rules) =>
  normal({ source, method, locks, renderer }, rules);

/**
 * A mix of faces, likewise.
 * @param {Recipe} recipe
 * @param {[weight: number, recipe: Recipe][]} parts
 * @param {Rules} rules
 */
export const mix = (recipe, parts, rules) =>
  freshFace(recipe, { kind: "mix", value: parts }, rules);
