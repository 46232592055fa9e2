// Strength as effect: how many times a vector a face needs, explorer/recipe/effects.py.

import { dot } from "./space.js";

/**
 * @import { Space } from "./space.js"
 * @import { EffectRules } from "./types.d.ts"
 */

/** @param {Space} space */
const rulesOf = (space) => /** @type {EffectRules} */ (space.told.effects);

/**
 * Whether strengths of an attribute say how many times a face needs its vector.
 * @param {Space} space
 * @param {string} name
 * @param {string} method
 */
export const areEffects = (space, name, method) =>
  space.told.curve.includes(method) && Boolean(space.told.effects?.attributes.includes(name));

/**
 * Whether each face has a vector of its own: the learned step.
 * @param {Space} space
 * @param {string} name
 * @param {string} method
 * @param {number} sign -1 away, 1 towards
 */
export const isOfFace = (space, name, method, sign) =>
  method === "elected" && space.byFace.has(name + sign);

/**
 * The learned step of a face, pointing away from nothing: what is added `sign` times.
 * @param {Space} space
 * @param {string} name
 * @param {number} sign
 * @param {ArrayLike<number>} code
 */
export function learnedStep(space, name, sign, code) {
  const place = 2 * rulesOf(space).steps.indexOf(name) + Number(sign > 0);
  const [center, spread] = [space.numbers("steps.center"), space.numbers("steps.spread")];
  const [told, direction] = [space.row("steps.told", place), space.row("steps.directions", place)];
  const away = Float32Array.from(center, (c, d) => (code[d] - c) / spread[d]);
  const seen = Float32Array.from(told, (v, h) => {
    const x = dot(space.row("steps.first.weight", h), away) + v;
    return x / (1 + Math.exp(-x));
  });
  return Float32Array.from(direction, (v, d) => {
    const own = dot(space.row("steps.second.weight", d), seen);
    return sign * (v + spread[d] * own);
  });
}

/**
 * What the judge would say of a face, 0 to 1, as the reader reads it.
 * @param {Space} space
 * @param {string} name
 * @param {ArrayLike<number>} code
 */
export function scoreOf(space, name, code) {
  const row = rulesOf(space).attributes.indexOf(name);
  const [logit] = logitsAlong(space, row, code, new Float32Array(code.length), 1, [0]);
  return 1 / (1 + Math.exp(-logit));
}

/**
 * How many times its vector a strength of an attribute adds to a face.
 * @param {Space} space
 * @param {string} name
 * @param {number} strength
 * @param {ArrayLike<number>} vector
 * @param {ArrayLike<number>} code
 * @param {object} of
 * @param {boolean} of.own whether it is the face's own, as isOfFace says
 * @param {string} of.key of vector and code
 */
export function timesOf(space, name, strength, vector, code, { own, key }) {
  const sign = strength > 0 ? 1 : -1;
  const { tips, sure } = space.once(`reach ${name} ${sign} ${key}`, () =>
    reach(space, name, sign, vector, code, own)
  );
  const amount = Math.abs(strength);
  if (amount <= 0.5) return sign * 2 * amount * tips;
  if (amount <= 1) return sign * (tips + (2 * amount - 1) * (sure - tips));
  return sign * sure * (1 + rulesOf(space).beyond * (amount - 1));
}

/**
 * How many times a learned step, or what locks leave of it, strength 1 takes.
 * @param {Space} space
 * @param {ArrayLike<number>} step
 * @returns {[least: number, most: number]}
 */
function boundsOfStep(space, step) {
  const { once, longest, farthest } = rulesOf(space);
  const spread = space.numbers("steps.spread");
  let sum = 0;
  for (let k = 0; k < step.length; k++) sum += (step[k] / spread[k]) ** 2;
  const length = Math.max(Math.sqrt(sum / step.length), 1e-9);
  return [once, Math.min(Math.max(longest / length, once), farthest)];
}

/**
 * How far along sign * vector from a code the face tips, and how far it is sure.
 * @param {Space} space
 * @param {string} name
 * @param {number} sign
 * @param {ArrayLike<number>} vector
 * @param {ArrayLike<number>} code
 * @param {boolean} own
 */
function reach(space, name, sign, vector, code, own) {
  const rules = rulesOf(space);
  const [least, most] = own ? boundsOfStep(space, vector) : rules.of_vectors;
  const row = rules.attributes.indexOf(name);
  const path = Array.from(
    { length: rules.points },
    (_, k) => (rules.farthest * k) / (rules.points - 1)
  );
  const logits = logitsAlong(space, row, code, vector, sign, path).map((logit) => sign * logit);
  const side = (sign + 1) / 2;
  const wanted = sign * space.row("sure", row)[side];
  let sure = Math.min(Math.max(firstCrossing(path, logits, wanted), least), most);
  if (logits[0] > 0) sure = Math.min(sure, rules.as_wanted);
  sure *= space.row("farther", row)[side];
  const [lowest, highest] = rules.tips_between.map((share) => share * sure);
  return { tips: Math.min(Math.max(firstCrossing(path, logits, 0), lowest), highest), sure };
}

/**
 * What the reader says of one attribute along a line.
 * @param {Space} space
 * @param {number} row of the attribute
 * @param {ArrayLike<number>} code
 * @param {ArrayLike<number>} vector
 * @param {number} sign
 * @param {number[]} path times the vector
 */
function logitsAlong(space, row, code, vector, sign, path) {
  const [first, second] = [space.numbers("reader.weights_1"), space.numbers("reader.weights_2")];
  const [bias1, bias2] = [space.numbers("reader.bias_1"), space.numbers("reader.bias_2")];
  const [last, bias3] = [space.numbers("reader.weights_3"), space.numbers("reader.bias_3")];
  const [wide, attributes] = [bias1.length, bias3.length];
  const start = times(code, first, bias1);
  const slope = times(vector, first, new Float32Array(wide));
  const hidden = new Float64Array(wide);
  return path.map((t) => {
    for (let h = 0; h < wide; h++) hidden[h] = Math.max(0, start[h] + t * sign * slope[h]);
    const seen = times(hidden, second, bias2);
    let logit = bias3[row];
    for (let h = 0; h < wide; h++) {
      if (seen[h] > 0) logit += seen[h] * last[h * attributes + row];
    }
    return logit;
  });
}

/**
 * A row times a matrix, and a bias.
 * @param {ArrayLike<number>} row (K,)
 * @param {Float32Array} matrix (K, W)
 * @param {Float32Array} bias (W,)
 */
function times(row, matrix, bias) {
  const found = Float64Array.from(bias);
  for (let k = 0; k < row.length; k++) {
    const weight = row[k];
    if (!weight) continue;
    const at = k * found.length;
    for (let w = 0; w < found.length; w++) found[w] += weight * matrix[at + w];
  }
  return found;
}

/**
 * Where values along a path first reach a level; where they never do, the place of the highest.
 * @param {number[]} path
 * @param {number[]} values
 * @param {number} level
 */
function firstCrossing(path, values, level) {
  const k = values.findIndex((value) => value >= level);
  if (k < 0) return path[values.indexOf(Math.max(...values))];
  if (k === 0) return path[0];
  const share = (level - values[k - 1]) / (values[k] - values[k - 1]);
  return path[k - 1] + share * (path[k] - path[k - 1]);
}
