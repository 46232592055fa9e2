// The code of a recipe, explorer/recipe/compose.py with the banks of explorer/recipe/banks.py.

import { _ } from "../components/language.js";
import { codeFromText, directionFromText } from "./code_text.js";
import { areEffects, isOfFace, learnedStep, timesOf } from "./effects.js";
import { hold } from "./hold.js";
import { RecipeError } from "./space.js";

/**
 * @import { Recipe, Source } from "../components/types.d.ts"
 * @import { Space } from "./space.js"
 */

const HELD = ["attributes", "directions"]; // banks whose sliders locks change
const FREE = ["components", "dimensions"];

/**
 * @param {Recipe} recipe
 * @param {Space} space
 * @returns {Float32Array} (D,)
 */
export function compose(recipe, space) {
  const source = sourceCode(recipe.source, space);
  const z = Float64Array.from(source);
  for (const lock of recipe.locks ?? []) checkAttribute(space, lock);
  for (const bank of [...HELD, ...FREE]) {
    const amounts = /** @type {Record<string, any>} */ (recipe)[bank] ?? {};
    for (const [name, amount] of Object.entries(amounts)) {
      if (amount) add(z, stepOf(space, recipe, bank, name, amount, source));
    }
  }
  return Float32Array.from(z);
}

/**
 * @param {Source} source
 * @param {Space} space
 * @returns {Float32Array} (D,)
 */
function sourceCode(source, space) {
  if (source.kind === "mean") return space.numbers("center");
  if (source.kind === "code") {
    const code = codeFromText(source.value);
    if (code.length === space.latent) return code;
    throw new RecipeError(
      _("expected a code of {latent} dimensions, as in this run; found {code}", {
        latent: space.latent,
        code: code.length,
      })
    );
  }
  if (source.kind === "mix") {
    const whole = source.value.reduce((sum, [weight]) => sum + weight, 0);
    const code = new Float64Array(space.latent);
    for (const [weight, recipe] of source.value) {
      add(code, { times: weight / whole, vector: compose(recipe, space) });
    }
    return Float32Array.from(code);
  }
  if (source.kind === "picture") {
    const row = space.rowOf.get(source.value);
    if (row !== undefined) return space.row("codes", row);
    const found = source.value;
    throw new RecipeError(_("expected a face of this page's map; found {found}", { found }));
  }
  const row = space.drawnOf.get(JSON.stringify(source));
  if (row !== undefined) return space.row("drawn", row);
  throw new RecipeError(
    _(
      "expected one of the random faces that this page holds; found another one, which only the " +
        "explorer on a server can draw"
    )
  );
}

/**
 * What an amount of a slider adds to a face.
 * @param {Space} space
 * @param {Recipe} recipe
 * @param {string} bank
 * @param {string} name
 * @param {number} amount
 * @param {Float32Array} source
 */
function stepOf(space, recipe, bank, name, amount, source) {
  if (bank === "attributes") return attributeStep(space, recipe, name, amount, source);
  const { direction, unit, removed } = axisOf(space, bank, name, "", recipe.locks);
  checkLeft(space, removed, name);
  return { times: amount * unit, vector: direction };
}

/**
 * @param {Space} space
 * @param {Recipe} recipe
 * @param {string} name
 * @param {number} amount
 * @param {Float32Array} source
 */
function attributeStep(space, recipe, name, amount, source) {
  const method = recipe.method ?? space.told.methods[0];
  const axis = axisOf(space, "attributes", name, method, recipe.locks);
  checkLeft(space, axis.removed, name);
  if (!areEffects(space, name, method)) return { times: amount, vector: axis.direction };
  const sign = amount > 0 ? 1 : -1;
  const locks = (recipe.locks ?? []).filter((lock) => lock !== name);
  const key = JSON.stringify([method, locks, recipe.source]);
  let { direction } = axis;
  const own = isOfFace(space, name, method, sign);
  if (own) {
    direction = space.once(
      `learned ${name} ${sign} ${key}`,
      () => held(space, learnedStep(space, name, sign, source), locks, "").direction
    );
  }
  return {
    times: timesOf(space, name, amount, direction, source, { own, key }),
    vector: direction,
  };
}

/**
 * What a slider adds: an amount a adds a * unit * direction, or as attributeStep says.
 * @param {Space} space
 * @param {string} bank
 * @param {string} name
 * @param {string} method where the bank has a choice of them
 * @param {string[]} [locks]
 * @returns {{ direction: Float32Array, unit: number, removed: number }}
 */
export function axisOf(space, bank, name, method, locks = []) {
  if (bank === "attributes") {
    const column = checkAttribute(space, name);
    const row = Math.max(0, space.told.methods.indexOf(method));
    const vector = space.row("vectors", row * space.told.attributes.length + column);
    const others = locks.filter((lock) => lock !== name);
    return held(space, vector, others, `${name} ${method}`);
  }
  if (bank === "directions") {
    const { vector } = directionFromText(name);
    if (vector.length === space.latent) return held(space, vector, locks, name);
    throw new RecipeError(
      _("expected own directions of {latent} dimensions, as in this run; found {found}", {
        latent: space.latent,
        found: vector.length,
      })
    );
  }
  const row = Number(name) - (bank === "components" ? 1 : 0);
  const most = space.tensors[bank === "components" ? "components" : "center"].shape[0];
  if (!(row >= 0 && row < most)) {
    throw new RecipeError(
      bank === "components"
        ? _("expected one of {most} components; found {name}", { most, name })
        : _("expected one of {most} dimensions; found {name}", { most, name })
    );
  }
  if (bank === "components") {
    const unit = space.numbers("component_spread")[row];
    return { direction: space.row("components", row), unit, removed: 0 };
  }
  const direction = new Float32Array(space.latent);
  direction[row] = 1;
  return { direction, unit: space.numbers("spread")[row], removed: 0 };
}

/**
 * @param {Space} space
 * @param {Float32Array} vector
 * @param {string[]} locks
 * @param {string} key of the vector, none for one that is not asked for again
 */
function held(space, vector, locks, key) {
  if (!locks.length) return { direction: vector, unit: 1, removed: 0 };
  const make = () => {
    const logistic = space.told.methods.indexOf("logistic") * space.told.attributes.length;
    const readouts = locks.map((lock) =>
      space.row("vectors", logistic + checkAttribute(space, lock))
    );
    const { left, share } = hold(vector, readouts);
    return { direction: left, unit: 1, removed: share };
  };
  return key ? space.once(`held ${key} ${locks}`, make) : make();
}

/**
 * @param {Space} space
 * @param {string} name
 * @returns {number} its place
 */
function checkAttribute(space, name) {
  const place = space.told.attributes.indexOf(name);
  if (place >= 0) return place;
  throw new RecipeError(
    _("expected an attribute with a vector in this run; found {name}", { name })
  );
}

/**
 * @param {Space} space
 * @param {number} removed
 * @param {string} name
 */
function checkLeft(space, removed, name) {
  if (removed <= 1 - space.told.least_left) return;
  throw new RecipeError(
    _(
      "expected locks that leave something of {name}; found {removed} of it removed; release one " +
        "of the locks",
      { name, removed: `${Math.round(100 * removed)}%` }
    )
  );
}

/**
 * @param {Float64Array} z
 * @param {{ times: number, vector: ArrayLike<number> }} step
 */
function add(z, { times, vector }) {
  for (let d = 0; d < z.length; d++) z[d] += times * vector[d];
}
