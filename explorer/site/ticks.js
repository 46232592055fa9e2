// Ticks of the sliders, and what locks take of each: explorer/editor/ticks.py and calibration.py.

import { _ } from "../components/language.js";
import { axisOf, compose } from "./compose.js";
import { areEffects, scoreOf } from "./effects.js";
import { dot } from "./space.js";

/**
 * @import { Recipe, Tick } from "../components/types.d.ts"
 * @import { Space } from "./space.js"
 */

/** @typedef {Record<string, Record<string, Tick[]>>} Ticks bank -> name of a slider -> its ticks */

/**
 * @param {number} at
 * @param {string} label
 * @param {Tick["kind"]} kind
 * @returns {Tick}
 */
const tick = (at, label, kind) => ({ at: Number(at.toFixed(2)), label, kind });

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)}%`;

/**
 * Of the recipe's source; edits do not matter.
 * @param {Recipe} recipe
 * @param {Space} space
 * @returns {Ticks}
 */
export function ticksOf(recipe, space) {
  const { plain, limits, step } = space.told.editor;
  const code = compose({ ...plain, source: recipe.source }, space);
  const center = space.numbers("center");
  const away = Float64Array.from(code, (value, d) => value - center[d]);
  /** @type {Ticks} */
  const ticks = { attributes: {}, components: {}, dimensions: {} };
  for (const name of space.told.attributes) {
    ticks.attributes[name] = ofAttribute(recipe, space, name, code);
  }
  const counted = { components: space.tensors.components.shape[0], dimensions: space.latent };
  for (const [bank, count] of Object.entries(counted)) {
    for (let k = 0; k < count; k++) {
      const name = String(bank === "components" ? k + 1 : k);
      const { direction, unit } = axisOf(space, bank, name, "");
      const value = unit ? dot(away, direction) / dot(direction, direction) / unit : Number.NaN;
      ticks[bank][name] = inDeviations(value, limits[bank], step);
    }
  }
  return ticks;
}

/**
 * @param {number} value standard deviations from the mean
 * @param {number} limit
 * @param {number} step
 */
function inDeviations(value, limit, step) {
  if (Number.isNaN(value)) return [];
  if (Math.abs(value) < step) return [tick(0, _("This face, at the mean of all faces"), "own")];
  const [sign, size] = [value > 0 ? "+" : "−", Math.abs(value).toFixed(1)];
  const own = tick(0, _("This face: {sign}{size} σ", { sign, size }), "own");
  return Math.abs(value) <= limit ? [own, tick(-value, _("Mean of all faces"), "mean")] : [own];
}

/**
 * @param {Recipe} recipe
 * @param {Space} space
 * @param {string} name
 * @param {Float32Array} code
 */
function ofAttribute(recipe, space, name, code) {
  const { methods, curve, attributes, least_left: least, editor } = space.told;
  const method = recipe.method ?? methods[0];
  const { removed } = axisOf(space, "attributes", name, method, recipe.locks);
  const nothing = [tick(0, _("This face"), "own")];
  const reach = 1 - removed;
  if (reach < least) return nothing;
  if (areEffects(space, name, method)) {
    const score = scoreOf(space, name, code);
    return [
      tick(0, _("This face: {own} sure, as read off its code", { own: percent(score) }), "own"),
      tick(score >= 0.5 ? -0.5 : 0.5, _("Tips: as likely with as without"), "tips"),
      tick(-1, _("As sure as a typical face without"), "without"),
      tick(1, _("As sure as a typical face with"), "with"),
    ];
  }
  const fitted = curve.includes(method) ? methods[0] : method;
  const row = methods.indexOf(fitted) * attributes.length + attributes.indexOf(name);
  const [without, having] = space.row("along_mean", row);
  if (!(having > without)) return nothing;
  const { direction } = axisOf(space, "attributes", name, fitted);
  const along = dot(code, direction) / (dot(direction, direction) || 1);
  const apart = having - without;
  const own = (along - without) / apart;
  return [
    tick(0, _("This face: {own} of the way from without to with", { own: percent(own) }), "own"),
    tick((-own * apart) / reach, _("Typical without"), "without"),
    tick(((1 - own) * apart) / reach, _("Typical with"), "with"),
  ].filter(({ at }) => Math.abs(at) <= editor.limits.attributes);
}

/**
 * Bank -> slider -> share of its vector that the recipe's locks remove, where there is any.
 * @param {Recipe} recipe
 * @param {Space} space
 */
export function removedOf(recipe, space) {
  const method = recipe.method ?? space.told.methods[0];
  /** @type {Record<string, Record<string, number>>} */
  const removed = { attributes: {}, directions: {} };
  const sliders = {
    attributes: space.told.attributes,
    directions: Object.keys(recipe.directions ?? {}),
  };
  for (const [bank, names] of Object.entries(sliders)) {
    for (const name of names) {
      const share = axisOf(space, bank, name, method, recipe.locks).removed;
      if (share > 0) removed[bank][name] = share;
    }
  }
  return removed;
}
