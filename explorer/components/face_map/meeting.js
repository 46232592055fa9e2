// Which faces are met at a pixel of the map as it is drawn now.

import { OUTSIDE, SHOWN, UNSELECTED } from "./arrange.js";
import { GridIndex, rowToward } from "./picking.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Places, Shown, View } from "./types.d.ts"
 */

const REACH = 12; // pixels between the pointer and the point it means

export class Meeting {
  /** @type {Places} */
  layout;
  /** @type {Shown} */
  shown;
  /** @type {View} */
  projectedFor;
  tall = 1; // of the view that `nearby` was made for, where the map is flat

  /** @param {Camera} camera */
  constructor(camera) {
    this.camera = camera;
    /** @type {Record<number, GridIndex>} */
    this.nearby = {}; // state -> index over the points drawn so
    /** @type {Float32Array | null} */
    this.projected = null;
  }

  /**
   * @param {Places} layout
   * @param {Shown} shown
   */
  take(layout, shown) {
    this.layout = layout;
    this.shown = shown;
    this.nearby = {};
    this.projected = null;
  }

  /**
   * The row under a pixel, -1 for none; one inside the filter goes before one outside it.
   * @param {number} x
   * @param {number} y
   */
  rowAt(x, y) {
    for (const state of [SHOWN, UNSELECTED, OUTSIDE]) {
      const [row] = this.nearest(state, x, y, 1, REACH).rows;
      if (row !== undefined) return row;
    }
    return -1;
  }

  /**
   * The k nearest rows of a state to a pixel, and their distances in pixels.
   * @param {number} state
   * @param {number} x
   * @param {number} y
   * @param {number} k
   * @param {number} within
   */
  nearest(state, x, y, k, within) {
    const { camera, layout } = this;
    if (camera.flat) {
      const { scale, tall } = camera.view;
      if (this.tall !== tall) [this.tall, this.nearby] = [tall, {}];
      this.nearby[state] ??= new GridIndex(this.stretched(tall), 2, this.rowsOf(state));
      const [px, py] = camera.place(x, y);
      const { rows, distances } = this.nearby[state].nearest(px, py * tall, k, within / scale);
      return { rows, distances: distances.map((d) => d * scale) };
    }
    if (!this.projected || this.projectedFor !== camera.view) {
      this.projected = camera.projectAll(layout.positions, layout.dims);
      this.projectedFor = camera.view;
      this.nearby = {};
    }
    this.nearby[state] ??= new GridIndex(this.projected, 2, this.rowsOf(state));
    return this.nearby[state].nearest(x, y, k, within);
  }

  /**
   * Places of a flat map in a measure in which both directions have as many pixels.
   * @param {number} tall
   */
  stretched(tall) {
    return this.layout.positions.map((v, k) => (k % 2 ? v * tall : v));
  }

  /** @param {number} wanted a state */
  rowsOf(wanted) {
    const { order, grey, state } = this.shown;
    if (wanted === SHOWN) return order.subarray(grey);
    return order.subarray(0, grey).filter((row) => state[row] === wanted);
  }

  /**
   * Where on the map a row lies.
   * @param {number} row
   */
  positionOf(row) {
    const { positions, dims } = this.layout;
    return positions.subarray(row * dims, (row + 1) * dims);
  }

  /**
   * CSS pixels of a row's point.
   * @param {number} row
   */
  placeOf(row) {
    return this.camera.project(this.positionOf(row));
  }

  /**
   * The next row in a direction of the screen from another one, -1 for none.
   * @param {number} row
   * @param {number} dx
   * @param {number} dy
   */
  next(row, dx, dy) {
    const { camera, layout, shown } = this;
    const places = camera.projectAll(layout.positions, layout.dims);
    return rowToward(places, 2, row, dx, dy, (other) => shown.state[other] === SHOWN);
  }
}
