// The square of a photo that becomes the face, and what moves do to it: Crop of
// explorer/photo/align.py. All in pixels of the photo, angles in degrees clockwise.

/** @import { Crop } from "../types.d.ts" */

/** @typedef {[width: number, height: number]} Size */

export const SMALLEST = 24; // side; a face of fewer pixels is none
const LARGEST = 2; // side, in times of the photo's shorter side

/** @param {number} degrees */
const radians = (degrees) => (degrees * Math.PI) / 180;

/**
 * A crop whose centre is on the photo and whose side is no nonsense.
 * @param {Crop} crop
 * @param {Size} size
 * @returns {Crop}
 */
export function within([x, y, side, angle], [width, height]) {
  const clip = (
    /** @type {number} */ value,
    /** @type {number} */ low,
    /** @type {number} */ high
  ) => Math.min(Math.max(value, low), high);
  const most = Math.max(SMALLEST, LARGEST * Math.min(width, height));
  return [
    clip(x, 0, width),
    clip(y, 0, height),
    clip(side, SMALLEST, most),
    ((((angle + 180) % 360) + 360) % 360) - 180,
  ];
}

/**
 * Top left, top right, bottom right and bottom left, as the face is upright.
 * @param {Crop} crop
 * @returns {[number, number][]}
 */
export function corners([x, y, side, angle]) {
  const [c, s] = [(Math.cos(radians(angle)) * side) / 2, (Math.sin(radians(angle)) * side) / 2];
  return [
    [x - c + s, y - s - c],
    [x + c + s, y + s - c],
    [x + c - s, y + s + c],
    [x - c - s, y - s + c],
  ];
}

/**
 * Where a hand that holds the corner at the bottom right, or the handle above, puts the frame.
 * @param {Crop} crop
 * @param {number} px
 * @param {number} py
 * @returns {Crop}
 */
export function sizedTo([x, y, , angle], px, py) {
  return [x, y, Math.SQRT2 * Math.hypot(px - x, py - y), angle];
}

/**
 * @param {Crop} crop
 * @param {number} px
 * @param {number} py
 * @returns {Crop}
 */
export function turnedTo([x, y, side], px, py) {
  return [x, y, side, (Math.atan2(px - x, y - py) * 180) / Math.PI];
}

/**
 * What two fingers do that were at a and b and are at c and d now.
 * @param {Crop} crop
 * @param {number[]} a
 * @param {number[]} b
 * @param {number[]} c
 * @param {number[]} d
 * @returns {Crop}
 */
export function pinched([x, y, side, angle], a, b, c, d) {
  const before = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const after = Math.hypot(d[0] - c[0], d[1] - c[1]);
  const turn = Math.atan2(d[1] - c[1], d[0] - c[0]) - Math.atan2(b[1] - a[1], b[0] - a[0]);
  return [
    x + (c[0] + d[0] - a[0] - b[0]) / 2,
    y + (c[1] + d[1] - a[1] - b[1]) / 2,
    side * (before > 0 ? after / before : 1),
    angle + (turn * 180) / Math.PI,
  ];
}

const STEP = 0.02; // of the side, that a key moves; five times that with Shift
const ZOOM = 1.04; // that a key makes it larger
const DEGREES = 2; // that a key turns it

/**
 * The crop after a key, null for one that does nothing.
 * @param {Crop} crop
 * @param {string} key
 * @param {boolean} [much]
 * @returns {Crop | null}
 */
export function afterKey([x, y, side, angle], key, much = false) {
  const times = much ? 5 : 1;
  const step = times * STEP * side;
  switch (key) {
    case "ArrowLeft":
      return [x - step, y, side, angle];
    case "ArrowRight":
      return [x + step, y, side, angle];
    case "ArrowUp":
      return [x, y - step, side, angle];
    case "ArrowDown":
      return [x, y + step, side, angle];
    case "+":
    case "=": // the same key, without Shift
      return [x, y, side * ZOOM ** times, angle];
    case "-":
    case "_":
      return [x, y, side / ZOOM ** times, angle];
    case "[":
    case "{":
      return [x, y, side, angle - times * DEGREES];
    case "]":
    case "}":
      return [x, y, side, angle + times * DEGREES];
    default:
      return null;
  }
}
