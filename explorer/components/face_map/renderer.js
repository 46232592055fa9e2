// Points drawn into a picture by the processor: each is a small disc laid over what is there. Where
// WebGL is software this is many times faster, and elsewhere fast enough; see docs/measurements.md.

import { penOf } from "../live_socket.js";
import { LEVELS, PHASES, Sprites } from "./sprites.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Group, Places } from "./types.d.ts"
 */

/**
 * What is drawn.
 * @typedef {object} Drawn
 * @property {Places | undefined} from
 * @property {Places} to
 * @property {Uint8Array} values (N,)
 * @property {Uint8Array} palette (256, 4)
 * @property {Uint32Array} order rows, drawn in this order
 */

const MARGIN_PIXELS = 24; // around the picture, so that discs at its border need no care
const LARGEST_RADIUS = MARGIN_PIXELS - 2;
const DEPTHS = 4096; // that points are sorted into

export class Renderer {
  /** @type {ImageData} */
  image;
  /** @type {Uint32Array} */
  pixels;
  /** @type {number} */
  stride;
  /** @type {Sprites} */
  sprites;
  /** @type {Uint32Array} */
  sorted;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = penOf(canvas, { willReadFrequently: true }); // written whole by us
    this.data = /** @type {Drawn} */ ({});
    /** @type {Float32Array} */
    this.places = new Float32Array(0);
  }

  /**
   * @template {keyof Drawn} Name
   * @param {Name} name
   * @param {Drawn[Name]} value
   */
  set(name, value) {
    this.data[name] = value;
  }

  /**
   * Returns how many points were given a place, on the picture or beside it.
   * @param {Camera} camera
   * @param {number} progress from one layout to the next, 0 to 1
   * @param {Group[]} groups
   * @param {boolean} solid nearer ones cover
   */
  draw(camera, progress, groups, solid) {
    const ratio = window.devicePixelRatio;
    this.fit(Math.round(camera.width * ratio), Math.round(camera.height * ratio));
    this.pixels.fill(0);
    let drawn = 0;
    if (this.data.order && this.data.to) {
      for (const { count, size, opacity = 1, flat = null } of groups) {
        const rows = this.data.order.subarray(drawn, drawn + count);
        this.project(rows, camera, progress, ratio);
        if (solid) this.sort(count);
        this.lay(rows, solid, (size * ratio) / 2, inks(this.data.palette, opacity, flat));
        drawn += count;
      }
    }
    this.show();
    return drawn;
  }

  /**
   * A picture of so many pixels, with a margin.
   * @param {number} width
   * @param {number} height
   */
  fit(width, height) {
    const { canvas } = this;
    if (this.image && canvas.width === width && canvas.height === height) return;
    [canvas.width, canvas.height] = [width, height];
    this.stride = width + 2 * MARGIN_PIXELS;
    this.image = new ImageData(this.stride, height + 2 * MARGIN_PIXELS);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.sprites = new Sprites(this.stride);
  }

  /**
   * Where the rows lie, in pixels of the picture with its margin, and how far away.
   * @param {Uint32Array} rows
   * @param {Camera} camera
   * @param {number} progress
   * @param {number} ratio
   */
  project(rows, camera, progress, ratio) {
    const { to, from } = this.data;
    if (this.places.length < 3 * rows.length) this.places = new Float32Array(3 * rows.length);
    const { places } = this;
    const m = camera.matrix();
    const [halfX, halfY] = [(camera.width * ratio) / 2, (camera.height * ratio) / 2];
    const [before, t] = progress < 1 && from ? [from, progress] : [to, 1];
    const moving = before !== to;
    for (let k = 0; k < rows.length; k++) {
      const at = rows[k] * to.dims;
      let [x, y, z] = [to.positions[at], to.positions[at + 1], 0];
      if (to.dims === 3) z = to.positions[at + 2];
      if (moving) {
        const old = rows[k] * before.dims;
        x = before.positions[old] * (1 - t) + x * t;
        y = before.positions[old + 1] * (1 - t) + y * t;
        z = (before.dims === 3 ? before.positions[old + 2] : 0) * (1 - t) + z * t;
      }
      const w = m[3] * x + m[7] * y + m[11] * z + m[15];
      places[3 * k] = ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w + 1) * halfX + MARGIN_PIXELS;
      places[3 * k + 1] =
        (1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w) * halfY + MARGIN_PIXELS;
      places[3 * k + 2] = w;
    }
  }

  /**
   * Which of the projected ones is drawn first, second ...: the farthest first.
   * @param {number} count
   */
  sort(count) {
    const { places } = this;
    let [near, far] = [Infinity, -Infinity];
    for (let k = 0; k < count; k++) {
      const w = places[3 * k + 2];
      if (w < near) near = w;
      if (w > far) far = w;
    }
    const scale = far > near ? (DEPTHS - 1) / (far - near) : 0;
    const starts = new Uint32Array(DEPTHS + 1);
    /** @param {number} k */
    const depth = (k) => Math.floor((far - places[3 * k + 2]) * scale);
    for (let k = 0; k < count; k++) starts[depth(k) + 1] += 1;
    for (let d = 0; d < DEPTHS; d++) starts[d + 1] += starts[d];
    if (!(this.sorted?.length >= count)) this.sorted = new Uint32Array(count);
    for (let k = 0; k < count; k++) this.sorted[starts[depth(k)]++] = k;
  }

  /**
   * Lay the discs of projected rows over the picture.
   * @param {Uint32Array} rows
   * @param {boolean} sorted
   * @param {number} radius
   * @param {ReturnType<typeof inks>} ink
   */
  lay(rows, sorted, radius, { colours, keep, flat }) {
    const { places, pixels, stride, sprites } = this;
    const { values } = this.data;
    const lines = pixels.length / stride;
    let [sprite, last] = [sprites.of(Math.min(LARGEST_RADIUS, radius)), 1];
    for (let n = 0; n < rows.length; n++) {
      const k = sorted ? this.sorted[n] : n;
      const [x, y, w] = [places[3 * k], places[3 * k + 1], places[3 * k + 2]];
      if (w !== last) {
        last = w;
        sprite = sprites.of(Math.min(LARGEST_RADIUS, radius / w));
      }
      const [column, line] = [Math.floor(x), Math.floor(y)];
      const [right, bottom] = [stride - MARGIN_PIXELS, lines - MARGIN_PIXELS];
      // Those whose discs end beside the picture are left out, and so is what is not a number.
      const near = column >= MARGIN_PIXELS - LARGEST_RADIUS && column < right + LARGEST_RADIUS;
      if (!near || !(line >= MARGIN_PIXELS - LARGEST_RADIUS && line < bottom + LARGEST_RADIUS))
        continue;
      const phase = PHASES * ((PHASES * (y - line)) | 0) + ((PHASES * (x - column)) | 0);
      const middle = line * stride + column;
      const ink = flat ? 0 : values[rows[k]] * (LEVELS + 1);
      const { starts, offsets, levels } = sprite;
      for (let at = starts[phase]; at < starts[phase + 1]; at++) {
        const level = levels[at];
        const here = middle + offsets[at];
        const below = pixels[here];
        const kept = keep[level];
        // Two channels at a time: red and blue, green and alpha.
        pixels[here] =
          colours[ink + level] +
          ((Math.imul(below & 0xff00ff, kept) >>> 8) & 0xff00ff) +
          (Math.imul((below >>> 8) & 0xff00ff, kept) & 0xff00ff00);
      }
    }
  }

  // Colours were carried along times their alpha; a canvas takes them without.
  show() {
    const { pixels, image, canvas } = this;
    for (let at = 0; at < pixels.length; at++) {
      const pixel = pixels[at];
      const alpha = pixel >>> 24;
      if (alpha === 0 || alpha === 255) continue;
      const times = WHOLE[alpha];
      /** @param {number} shift */
      const channel = (shift) => Math.min(255, (((pixel >>> shift) & 255) * times) >>> 16);
      pixels[at] = (alpha << 24) | (channel(16) << 16) | (channel(8) << 8) | channel(0);
    }
    const [width, height] = [canvas.width, canvas.height];
    const margin = MARGIN_PIXELS;
    this.pen.putImageData(image, -margin, -margin, margin, margin, width, height);
  }
}

// 255 / alpha in 65,536ths, rounded up so that 255 comes back as 255.
const WHOLE = Uint32Array.from({ length: 256 }, (_, alpha) =>
  alpha ? Math.ceil(16711680 / alpha) : 0
);

/**
 * Colours of points by value and coverage, packed and times their alpha, and the 256ths that each
 * coverage keeps of what lies below.
 * @param {Uint8Array} palette (256, 4)
 * @param {number} opacity
 * @param {number[] | null} flat one colour with alpha in place of the palette's
 */
export function inks(palette, opacity, flat) {
  const alpha = flat ? flat[3] : opacity;
  const keep = new Uint32Array(LEVELS + 1);
  const entries = flat ? 1 : 256;
  const colours = new Uint32Array(entries * (LEVELS + 1));
  for (let level = 0; level <= LEVELS; level++) {
    const share = Math.round((255 * alpha * level) / LEVELS);
    keep[level] = 256 - Math.ceil((share * 256) / 255);
    for (let value = 0; value < entries; value++) {
      /** @param {number} k */
      const channel = (k) =>
        Math.floor(((flat ? 255 * flat[k] : palette[4 * value + k]) * share) / 255);
      colours[value * (LEVELS + 1) + level] =
        ((share << 24) | (channel(2) << 16) | (channel(1) << 8) | channel(0)) >>> 0;
    }
  }
  return { colours, keep, flat: Boolean(flat) };
}
