// Maps of different runs on one page: the same face is ringed in all of them, a group selected in
// one is selected in the others, and they are looked at from the same place.

import { bit } from "./columns.js";

const LINKED = "linked-face-maps";

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { Said } from "./types.d.ts"
 */

export class Linked {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    /** @type {string[] | undefined} */
    this.indexed = undefined; // ids that `index` is of
    /** @type {Map<string, number>} */
    this.index = new Map(); // id -> row
    /** @param {Event} event */
    this.listen = (event) => {
      const { detail } = /** @type {CustomEvent<Said & { from: FaceMap }>} */ (event);
      if (detail.from !== map) this.hear(detail);
    };
    window.addEventListener(LINKED, this.listen);
  }

  close() {
    this.say({ hover: null });
    window.removeEventListener(LINKED, this.listen);
  }

  /**
   * What the others shall know; hello asks them for all of that, and look for the view.
   * @param {Said} what
   */
  say(what) {
    window.dispatchEvent(new CustomEvent(LINKED, { detail: { from: this.map, ...what } }));
  }

  /** @param {Said} what */
  hear({ hover, select, view, dims, colour, hello, look }) {
    const { map } = this;
    if (!map.ids || !map.layout) return;
    if (hover !== undefined) map.point(hover === null ? -1 : this.rowOf(hover));
    if (select !== undefined) map.selection.set(this.rows(select), false);
    if (view && dims === map.layout.dims) map.motion.follow(view);
    if (colour) map.colourBy(colour);
    if (hello) this.sayAll();
    if (look) this.sayView();
  }

  // A map that has just come learns what the others show.
  sayAll() {
    this.sayView();
    this.say({ colour: this.map.colourName });
    const { rows } = this.map.selection;
    if (rows) this.say({ select: this.ids(rows) });
  }

  sayView() {
    this.say({ view: this.map.motion.goal, dims: this.map.layout.dims });
  }

  // The map was fitted to its layout: the twin is looked at as the open run's, however it lies.
  fitted() {
    if (this.map.data.twin) this.say({ look: true });
    else this.sayView();
  }

  /** @param {Uint8Array | null} rows */
  ids(rows) {
    return rows && new Set(this.map.ids?.filter((_, row) => bit(rows, row)));
  }

  /** @param {Set<string> | null} ids */
  rows(ids) {
    if (!ids) return null;
    const rows = new Uint8Array(Math.ceil(this.map.ids.length / 8));
    for (const id of ids) {
      const row = this.rowOf(id);
      if (row >= 0) rows[row >> 3] |= 1 << (row & 7);
    }
    return rows.some(Boolean) ? rows : null;
  }

  /** @param {string} id */
  rowOf(id) {
    if (this.indexed !== this.map.ids) {
      this.indexed = this.map.ids;
      this.index = new Map(this.map.ids.map((name, row) => [name, row]));
    }
    return this.index.get(id) ?? -1;
  }
}
