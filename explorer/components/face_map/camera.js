// Where the map is looked at from, in two and in three dimensions.

/** @import { Box, Pixel, View } from "./types.d.ts" */

const MARGIN = 0.04; // of the view that stays free around a fitted map
const TOOLS = 44; // pixels on the right that stay free for the buttons
const LINE = 40; // pixels above and below that stay free for the colour and the legend
const MOST_STRETCHED = 1.6; // of a flat map, whose two directions have no common measure
const CLOSEST = 400; // times the fitted scale
const FARTHEST = 0.4;
const NEAREST_EYE = 2.6; // distance of the eye in radii of the map, so that w stays positive
const DIMENSIONS = /** @type {const} */ (["x", "y", "z"]);

// x to the right, y up, z towards the eye. `view` holds what can be moved: target (x, y, z) is
// the place in the middle, scale the pixels of one map unit there, across, and `tall` times as many
// upwards (1 in three dimensions), yaw and pitch are radians, and perspective is 1 / distance of the
// eye, 0 in two dimensions.
export class Camera {
  constructor() {
    this.width = this.height = 1; // CSS pixels
    this.radius = 1;
    /** @type {View} */
    this.view = { x: 0, y: 0, z: 0, scale: 1, tall: 1, yaw: 0, pitch: 0, perspective: 0 };
    this.fitted = this.view;
  }

  get flat() {
    return this.fitted.perspective === 0;
  }

  // How far it is zoomed in, 1 when the whole map fills the view.
  get zoom() {
    return this.view.scale / this.fitted.scale;
  }

  /**
   * The view that shows all of a box.
   * @param {Box} box
   * @returns {View}
   */
  fitting({ low, high }) {
    /** @param {number} k */
    const middle = (k) => (k < low.length ? (low[k] + high[k]) / 2 : 0);
    /** @param {number} k */
    const extent = (k) => (k < low.length ? Math.max(high[k] - low[k], 1e-6) : 0);
    const place = { x: middle(0), y: middle(1), z: middle(2) };
    this.radius = Math.hypot(...DIMENSIONS.map((_, k) => extent(k))) / 2;
    const room = 1 - 2 * MARGIN;
    if (low.length === 2) {
      const free = Math.max(1, this.width - TOOLS);
      const [across, up] = [free / extent(0), Math.max(1, this.height - 2 * LINE) / extent(1)];
      const tall = Math.min(MOST_STRETCHED, Math.max(1 / MOST_STRETCHED, up / across));
      const scale = room * Math.min(across, up / tall);
      const x = place.x + TOOLS / 2 / scale;
      return { ...place, x, scale, tall, yaw: 0, pitch: 0, perspective: 0 };
    }
    const scale = (room * Math.min(this.width, this.height)) / (1.5 * this.radius);
    const perspective = 1 / (NEAREST_EYE * this.radius);
    return { ...place, scale, tall: 1, yaw: 0.5, pitch: 0.35, perspective };
  }

  // Rows of the rotation: map axes -> right, up, towards the eye.
  get axes() {
    const { yaw, pitch } = this.view;
    const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
    return [
      [cy, 0, sy],
      [sp * sy, cp, -sp * cy],
      [-cp * sy, sp, cp * cy],
    ];
  }

  // (4, 4) map -> clip space (-1 to 1 across and up), column after column.
  matrix() {
    const { x, y, z, scale, tall, perspective } = this.view;
    const [right, up, out] = this.axes;
    const rows = [
      right.map((v) => (2 * v * scale) / this.width),
      up.map((v) => (2 * v * scale * tall) / this.height),
      out.map((v) => -v / (2 * this.radius)),
      out.map((v) => -v * perspective),
    ];
    if (!perspective) rows[2] = [0, 0, 0];
    const shift = rows.map((r) => -(r[0] * x + r[1] * y + r[2] * z));
    shift[3] += 1;
    return new Float32Array([0, 1, 2].flatMap((k) => rows.map((r) => r[k])).concat(shift));
  }

  /**
   * Map place -> CSS pixels from the upper left corner.
   * @param {Iterable<number>} place
   * @returns {Pixel}
   */
  project(place) {
    const m = this.matrix();
    const [x, y, z = 0] = place;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    return [
      ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w + 1) * (this.width / 2),
      (1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w) * (this.height / 2),
    ];
  }

  /**
   * The same for all of (N, dims) positions: (N, 2).
   * @param {Float32Array} positions
   * @param {number} dims
   */
  projectAll(positions, dims) {
    const m = this.matrix();
    const count = positions.length / dims;
    const out = new Float32Array(2 * count);
    for (let row = 0, at = 0; row < count; row++, at += dims) {
      const [x, y] = [positions[at], positions[at + 1]];
      const z = dims === 3 ? positions[at + 2] : 0;
      const w = m[3] * x + m[7] * y + m[11] * z + m[15];
      out[2 * row] = ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w + 1) * (this.width / 2);
      out[2 * row + 1] = (1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w) * (this.height / 2);
    }
    return out;
  }

  /**
   * CSS pixels -> map place in the plane through the target.
   * @param {number} px
   * @param {number} py
   * @returns {[x: number, y: number, z: number]}
   */
  place(px, py) {
    const { x, y, z, scale, tall } = this.view;
    const [right, up] = this.axes;
    const [dx, dy] = [(px - this.width / 2) / scale, (this.height / 2 - py) / (scale * tall)];
    /** @param {number} k */
    const moved = (k) => dx * right[k] + dy * up[k];
    return [x + moved(0), y + moved(1), z + moved(2)];
  }

  /**
   * The scale of a zoom, within what can be zoomed to.
   * @param {number} zoom
   */
  limited(zoom) {
    return Math.min(CLOSEST, Math.max(FARTHEST, zoom)) * this.fitted.scale;
  }

  /**
   * The view after zooming so that what is under the pixel stays there.
   * @param {number} px
   * @param {number} py
   * @param {number} factor
   * @returns {View}
   */
  zoomed(px, py, factor) {
    const { scale } = this.view;
    const next = this.limited((scale * factor) / this.fitted.scale);
    const under = this.place(px, py);
    const keep = 1 - scale / next;
    const [x, y, z] = DIMENSIONS.map((k, i) => this.view[k] + keep * (under[i] - this.view[k]));
    return { ...this.view, x, y, z, scale: next };
  }

  /**
   * The view after dragging what is shown by so many pixels.
   * @param {number} dx
   * @param {number} dy
   * @returns {View}
   */
  panned(dx, dy) {
    const [x, y, z] = this.place(this.width / 2 - dx, this.height / 2 - dy);
    return { ...this.view, x, y, z };
  }

  /**
   * The view after turning what is shown by so many pixels.
   * @param {number} dx
   * @param {number} dy
   * @returns {View}
   */
  orbited(dx, dy) {
    const pitch = Math.min(1.5, Math.max(-1.5, this.view.pitch + dy / 150));
    return { ...this.view, yaw: this.view.yaw + dx / 150, pitch };
  }

  /**
   * The view that brings a map place into the middle.
   * @param {Iterable<number>} place
   * @returns {View}
   */
  centred([x, y, z = 0]) {
    return { ...this.view, x, y, z };
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const fits = this.view === this.fitted;
    [this.width, this.height] = [width, height];
    return fits; // then it has to be fitted anew
  }
}

/**
 * Between two views; the scale goes evenly on a logarithmic ruler.
 * @param {View} from
 * @param {View} to
 * @param {number} t
 */
export function between(from, to, t) {
  if (t >= 1) return to;
  const view = { ...to };
  const names = /** @type {(keyof View)[]} */ (Object.keys(to));
  for (const name of names) view[name] = from[name] + t * (to[name] - from[name]);
  view.scale = from.scale * (to.scale / from.scale) ** t;
  return view;
}
