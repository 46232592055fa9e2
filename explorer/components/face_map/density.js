// How densely the shown faces lie on the screen, beneath the points.

import { element, penOf } from "../live_socket.js";
import { DENSITY_COLOUR, rgbOf } from "./palette.js";

/** @import { FaceMap } from "./face_map.js" */

const DENSITY_CELL = 4; // CSS pixels
const DENSITY_BLUR = 3; // cells, of each of three box filters, nearly a Gaussian
const DENSITY_BANDS = 7; // steps of colour, so that contours can be seen
const DENSITY_ALPHA = 0.5; // of the densest

export class Density {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    this.on = false;
    this.canvas = element("canvas", { class: "density", "aria-hidden": "true" });
  }

  draw() {
    const { canvas, map } = this;
    canvas.hidden = !this.on;
    if (!this.on) return;
    const { camera, layout, shown, scene } = map;
    const [columns, lines] = [camera.width, camera.height].map((v) => Math.ceil(v / DENSITY_CELL));
    const places = camera.projectAll(layout.positions, layout.dims);
    const rows = shown.order.subarray(shown.grey);
    const density = smoothed(counted(places, rows, columns, lines), columns, lines);
    const most = density.reduce((a, b) => Math.max(a, b), 0);
    [canvas.width, canvas.height] = [columns, lines];
    const image = new ImageData(columns, lines);
    const colour = rgbOf(scene.theme.dark ? DENSITY_COLOUR.dark : DENSITY_COLOUR.light);
    density.forEach((v, k) => {
      // The root shows thin parts beside dense ones.
      const band = most ? Math.ceil(DENSITY_BANDS * Math.sqrt(v / most) - 0.5) : 0;
      image.data.set([...colour, (255 * DENSITY_ALPHA * Math.max(0, band)) / DENSITY_BANDS], 4 * k);
    });
    penOf(canvas).putImageData(image, 0, 0);
  }
}

/**
 * How many of the rows' places (N, 2) lie in each cell of the screen.
 * @param {Float32Array} places
 * @param {Iterable<number>} rows
 * @param {number} columns
 * @param {number} lines
 */
export function counted(places, rows, columns, lines) {
  const counts = new Float32Array(columns * lines);
  for (const row of rows) {
    const column = Math.floor(places[2 * row] / DENSITY_CELL);
    const line = Math.floor(places[2 * row + 1] / DENSITY_CELL);
    const inside = column >= 0 && line >= 0 && column < columns && line < lines;
    if (inside) counts[line * columns + column] += 1;
  }
  return counts;
}

/**
 * Three box filters in each direction; what is beyond the border counts as empty.
 * @param {Float32Array} values (lines, columns)
 * @param {number} columns
 * @param {number} lines
 */
export function smoothed(values, columns, lines) {
  for (let pass = 0; pass < 3; pass++) {
    for (const [count, length, step, next] of [
      [lines, columns, 1, columns],
      [columns, lines, columns, 1],
    ]) {
      const out = new Float32Array(values.length);
      for (let k = 0; k < count; k++) {
        let sum = 0;
        for (let at = 0; at < length + DENSITY_BLUR; at++) {
          if (at < length) sum += values[k * next + at * step];
          const gone = at - 2 * DENSITY_BLUR - 1;
          if (gone >= 0) sum -= values[k * next + gone * step];
          const middle = at - DENSITY_BLUR;
          if (middle >= 0) out[k * next + middle * step] = sum / (2 * DENSITY_BLUR + 1);
        }
      }
      values = out;
    }
  }
  return values;
}
