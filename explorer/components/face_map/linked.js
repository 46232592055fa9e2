// Maps of different runs on one page: the same face is ringed in all of them, a group selected in
// one is selected in the others, and they are looked at from the same place.

import { bit } from "./columns.js";

const LINKED = "linked-face-maps";

export class Linked {
  constructor(map) {
    this.map = map;
    this.listen = ({ detail }) => detail.from !== map && this.hear(detail);
    window.addEventListener(LINKED, this.listen);
  }

  close() {
    this.say({ hover: null });
    window.removeEventListener(LINKED, this.listen);
  }

  // what: {hover: id or null}, {select: Set of ids or null}, {view, dims}, {colour: name} or
  // {hello: true} and {look: true}, which ask for all of that and for the view.
  say(what) {
    window.dispatchEvent(new CustomEvent(LINKED, { detail: { from: this.map, ...what } }));
  }

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

  ids(rows) {
    return rows && new Set(this.map.ids?.filter((_, row) => bit(rows, row)));
  }

  rows(ids) {
    if (!ids) return null;
    const rows = new Uint8Array(Math.ceil(this.map.ids.length / 8));
    for (const id of ids) {
      const row = this.rowOf(id);
      if (row >= 0) rows[row >> 3] |= 1 << (row & 7);
    }
    return rows.some(Boolean) ? rows : null;
  }

  rowOf(id) {
    if (this.indexed !== this.map.ids) {
      this.indexed = this.map.ids;
      this.index = new Map(this.map.ids.map((name, row) => [name, row]));
    }
    return this.index.get(id) ?? -1;
  }
}
