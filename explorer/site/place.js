// Where a code lies on a map, and the face at any place of one: explorer/map/nearest.py, place.py,
// blend.py and whereabouts.py.

import { _ } from "../components/language.js";
import { dot } from "./space.js";

/**
 * @import { Space } from "./space.js"
 * @import { KnownLayout } from "./types.d.ts"
 */

/** @typedef {{ width: number, data: Float32Array }} Points (N, width) */

/**
 * Rows of the points nearest to one, nearest first, and how far they are.
 * @param {Points} points
 * @param {ArrayLike<number>} point
 * @param {number} count
 */
export function nearest({ width, data }, point, count) {
  const all = data.length / width;
  const distances = new Float64Array(all);
  for (let row = 0, at = 0; row < all; row++) {
    let sum = 0;
    for (let k = 0; k < width; k++, at++) sum += (data[at] - point[k]) ** 2;
    distances[row] = Math.sqrt(sum);
  }
  const rows = least(distances, Math.min(count, all));
  return { rows, distances: rows.map((row) => distances[row]) };
}

/**
 * Places of the smallest values, ascending.
 * @param {Float64Array} values
 * @param {number} count
 */
function least(values, count) {
  /** @type {number[]} */
  const found = [];
  for (let row = 0; row < values.length; row++) {
    if (found.length === count && values[row] >= values[found[count - 1]]) continue;
    let at = found.length;
    while (at > 0 && values[found[at - 1]] > values[row]) at -= 1;
    found.splice(at, 0, row);
    if (found.length > count) found.pop();
  }
  return found;
}

/**
 * What a lens sees of codes: explorer/derived/lenses.py.
 * @param {Space} space
 * @param {string} lens
 * @param {ArrayLike<number>} codes (N, D)
 * @returns {Points}
 */
function features(space, lens, codes) {
  if (lens === "codes") return { width: space.latent, data: Float32Array.from(codes) };
  const [weight, bias] = [space.numbers("lenses.weight"), space.numbers("lenses.bias")];
  const [scale, [codeScale]] = [space.numbers("lenses.scale"), space.numbers("lenses.code_scale")];
  const [seen, d] = [bias.length, space.latent];
  const width = lens === "mix" ? seen + d : seen;
  const all = codes.length / d;
  const data = new Float32Array(all * width);
  const margins = new Float64Array(seen);
  for (let row = 0; row < all; row++) {
    margins.set(bias);
    for (let k = 0; k < d; k++) {
      const value = codes[row * d + k];
      for (let a = 0; a < seen; a++) margins[a] += value * weight[k * seen + a];
    }
    for (let a = 0; a < seen; a++) data[row * width + a] = Math.tanh(margins[a]) * scale[a];
    for (let k = 0; k < width - seen; k++) {
      data[row * width + seen + k] = codes[row * d + k] * codeScale;
    }
  }
  return { width, data };
}

/** @param {Space} space @param {string} name @returns {Points} */
function positionsOf(space, name) {
  const { shape, data } = space.tensors[`positions.${name}`];
  return { width: shape[1], data: /** @type {Float32Array} */ (data) };
}

/** @param {Space} space @returns {Points} */
const codesOf = (space) => ({ width: space.latent, data: space.numbers("codes") });

/**
 * @param {Space} space
 * @param {string} name
 * @returns {KnownLayout}
 */
function layoutOf(space, name) {
  const known = space.told.map.layouts[name];
  if (known) return known;
  const names = Object.keys(space.told.map.layouts).join(", ");
  throw new Error(_("expected a layout of {names}; found {name}", { names, name }));
}

/**
 * Where a code lies on a layout, how sure that is, and the faces nearest to it in z.
 * @param {Space} space
 * @param {string} name of the layout
 * @param {Float32Array} code
 */
export function whereabouts(space, name, code) {
  const { lens, placer } = layoutOf(space, name);
  const { neighbours, steps, smoothing, told } = space.told.map.place;
  const all = space.once(`features ${lens}`, () => features(space, lens, space.numbers("codes")));
  const positions = positionsOf(space, name);
  const near = nearest(all, features(space, lens, code).data, neighbours + 1);
  const reach = near.distances[neighbours];
  const rows = near.rows.slice(0, neighbours);
  const weights = shared(
    near.distances
      .slice(0, neighbours)
      .map((d) => (1 - (d / Math.max(reach, 1e-12)) ** 2 + 1e-9) / floored(d, reach))
  );
  const places = rows.map((row) => rowOf(positions, row));
  let position = mean(places, weights);
  for (let step = 0; step < steps; step++) {
    const pull = places.map((place, k) => {
      const gap = apart(place, position) ** 2 + (smoothing * placer.size) ** 2;
      return weights[k] / Math.sqrt(gap);
    });
    position = mean(places, shared(pull));
  }
  const squares = places.map((place) => apart(place, position) ** 2);
  const scatter = Math.sqrt(dot(weights, squares)) / placer.size;
  const known = reach > 0 ? Math.min(1, (placer.far / reach) ** 2) : 1;
  const found = nearest(codesOf(space), code, told);
  return {
    position,
    confidence: known * between(scatter, placer.scatters, placer.shares),
    nearest: found.rows,
    distances: found.distances,
  };
}

/**
 * The code at a place of a layout, and how much it is held up by faces around it, 0 to 1.
 * @param {Space} space
 * @param {string} name
 * @param {number[]} point
 */
export function blendAt(space, name, point) {
  const { usual } = layoutOf(space, name);
  const { neighbours, unsupported } = space.told.map.blend;
  const { rows, distances } = nearest(positionsOf(space, name), point, neighbours + 1);
  const far = distances[distances.length - 1];
  const weights = shared(
    distances[0] >= far
      ? distances.map(() => 1)
      : distances.map((d) => {
          const near = Math.max(d, 1e-9 * far);
          return (Math.max(0, far - near) / (far * near)) ** 2;
        })
  );
  const codes = rows.map((row) => space.row("codes", row));
  const support = (unsupported - far / usual) / (unsupported - 1);
  return {
    code: Float32Array.from(mean(codes, weights)),
    support: Math.min(1, Math.max(0, support)),
  };
}

/**
 * @param {number} distance
 * @param {number} reach
 */
const floored = (distance, reach) => Math.max(distance, 1e-6 * Math.max(reach, 1e-6));

/** @param {number[]} weights @returns {number[]} of sum 1 */
function shared(weights) {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / whole);
}

/**
 * @param {ArrayLike<number>[]} rows
 * @param {number[]} weights
 */
function mean(rows, weights) {
  return Array.from(rows[0], (_, k) => rows.reduce((sum, row, r) => sum + weights[r] * row[k], 0));
}

/** @param {Points} points @param {number} row */
const rowOf = ({ width, data }, row) => data.subarray(row * width, (row + 1) * width);

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const apart = (a, b) => Math.hypot(...Array.from(a, (v, k) => v - b[k]));

/**
 * The value at x of straight lines between points, as numpy's interp.
 * @param {number} x
 * @param {number[]} xs ascending
 * @param {number[]} ys
 */
function between(x, xs, ys) {
  const k = xs.findIndex((at) => at >= x);
  if (k < 0) return ys[ys.length - 1];
  if (k === 0) return ys[0];
  return ys[k - 1] + ((x - xs[k - 1]) / (xs[k] - xs[k - 1])) * (ys[k] - ys[k - 1]);
}
