// Faces in place of points where there is room for them: a bounded number, from a sprite atlas.

import { element, paint, penOf } from "../live_socket.js";
import { css } from "./palette.js";

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { Overlay } from "./overlay.js"
 */

/** @typedef {{ row: number, x: number, y: number }} Sprite a face, its middle in CSS pixels */

const LARGEST_SPRITE = 128; // pixels of a face in the atlas; no screen shows more of it
const ATLAS_SIDE = 16; // faces in a row of it
const MOST_SPRITES = 160; // on the screen
const MOST_POINTS = 4000; // in view that are asked whether they have room
const SPRITE_SIZE = { least: 26, most: 56 }; // CSS pixels
// Where points have no room each, some faces stand for those around them.
const SPARSE = { size: 32, apart: 72, most: 40 };
const ASK_AFTER = 120; // ms without another view until faces are asked for

// The latest so many faces in one canvas, each as large as the model draws it.
export class Atlas {
  constructor() {
    this.canvas = element("canvas", { width: 0, height: 0 });
    this.pen = penOf(this.canvas);
    this.side = 0; // pixels of a face, known once one has come
    /** @type {Map<string, number>} */
    this.cells = new Map(); // id -> cell, the one used longest ago first
    /** @type {Set<string>} */
    this.old = new Set(); // ids whose faces another renderer drew; they stay until the new ones come
  }

  // All of them are to be drawn anew.
  renew() {
    this.old = new Set(this.cells.keys());
  }

  /**
   * Whether a face is there as it is to be.
   * @param {string} id
   */
  has(id) {
    return this.cells.has(id) && !this.old.has(id);
  }

  /**
   * @param {string} id
   * @param {ImageData} image
   */
  put(id, image) {
    this.fit(Math.min(image.width, LARGEST_SPRITE));
    let cell = this.cells.get(id) ?? this.cells.size;
    if (cell >= ATLAS_SIDE ** 2) {
      const [[oldest, its]] = this.cells;
      cell = its;
      this.cells.delete(oldest);
      this.old.delete(oldest);
    }
    this.cells.set(id, cell);
    this.old.delete(id);
    const [x, y] = this.corner(cell);
    if (image.width === this.side) this.pen.putImageData(image, x, y);
    else {
      const own = element("canvas");
      paint(own, image);
      this.pen.drawImage(own, x, y, this.side, this.side);
    }
  }

  /**
   * Faces of another size are those of another model: the ones before go.
   * @param {number} side
   */
  fit(side) {
    if (side === this.side) return;
    this.side = side;
    this.canvas.width = this.canvas.height = side * ATLAS_SIDE;
    this.cells.clear();
    this.old.clear();
  }

  /**
   * Of a cell, the pixel at its top left.
   * @param {number} cell
   * @returns {[left: number, top: number]}
   */
  corner(cell) {
    return [this.side * (cell % ATLAS_SIDE), this.side * Math.floor(cell / ATLAS_SIDE)];
  }

  /**
   * Draw a face, if it is there.
   * @param {CanvasRenderingContext2D} pen
   * @param {string} id
   * @param {number} x
   * @param {number} y
   * @param {number} size
   */
  draw(pen, id, x, y, size) {
    const cell = this.cells.get(id);
    if (cell === undefined) return false;
    this.cells.delete(id);
    this.cells.set(id, cell);
    pen.drawImage(this.canvas, ...this.corner(cell), this.side, this.side, x, y, size, size);
    return true;
  }
}

export class FaceLayer {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    this.on = true;
    this.atlas = new Atlas();
    /** @type {Sprite[]} */
    this.drawn = [];
    this.size = 0;
    /** @type {unknown[] | undefined} */
    this.of = undefined; // what `last` was arranged for
    /** @type {{ sprites: Sprite[], size: number }} */
    this.last = { sprites: [], size: 0 };
  }

  /**
   * The faces that have room, and their size; where points stand too close, a few for all of them.
   * In the order of rows, so that faces stay while the view moves.
   * @returns {{ sprites: Sprite[], size: number }}
   */
  arranged() {
    const { camera, layout, shown } = this.map;
    const places = camera.projectAll(layout.positions, layout.dims);
    /** @type {Sprite[]} */
    const inView = [];
    for (let at = shown.grey; at < shown.order.length; at++) {
      const row = shown.order[at];
      const [x, y] = [places[2 * row], places[2 * row + 1]];
      if (x < 0 || y < 0 || x > camera.width || y > camera.height) continue;
      inView.push({ row, x, y });
      if (inView.length === MOST_POINTS) break;
    }
    const room = roomOf(inView);
    const { least, most } = SPRITE_SIZE;
    if (room < least)
      return { sprites: apart(inView, SPARSE.apart, SPARSE.most), size: SPARSE.size };
    const size = Math.round(Math.min(most, Math.max(least, 0.8 * room)));
    return { sprites: apart(inView, size + 2, MOST_SPRITES), size };
  }

  // The same as long as nothing has moved: a hover draws them, too.
  kept() {
    const { camera, layout, shown } = this.map;
    const now = [camera.view, camera.width, camera.height, layout, shown];
    if (!this.of?.every((value, k) => value === now[k])) {
      [this.of, this.last] = [now, this.arranged()];
    }
    return this.last;
  }

  /**
   * The face under a pixel, -1 for none.
   * @param {number} x
   * @param {number} y
   */
  rowAt(x, y) {
    const half = this.size / 2;
    const hit = this.drawn.find((s) => Math.abs(s.x - x) <= half && Math.abs(s.y - y) <= half);
    return hit ? hit.row : -1;
  }

  /** @param {Overlay} overlay */
  draw(overlay) {
    const { map } = this;
    const wanted = this.on && map.ids && !map.motion.ofPoints;
    const { sprites, size } = wanted ? this.kept() : { sprites: [], size: 0 };
    this.size = size;
    this.drawn = sprites.filter(({ row, x, y }) => {
      const [left, top] = [x - size / 2, y - size / 2];
      if (!this.atlas.draw(overlay.pen, map.ids[row], left, top, size)) return false;
      const colour = map.scene.palette.subarray(4 * map.colour.values[row]);
      [overlay.pen.strokeStyle, overlay.pen.lineWidth] = [css(colour), 2.5];
      overlay.pen.strokeRect(left, top, size, size);
      return true;
    });
    overlay.canvas.dataset.faces = String(this.drawn.length);
    const { ids } = map;
    if (sprites.some(({ row }) => !this.atlas.has(ids[row]))) this.load(sprites);
  }

  /**
   * Ask for what is missing, once the view rests.
   * @param {Sprite[]} sprites
   */
  load(sprites) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { ids, faces } = this.map;
      const missing = sprites.map(({ row }) => ids[row]).filter((id) => !this.atlas.has(id));
      faces.askAll("sprites", missing, (k, image) => {
        this.atlas.put(missing[k], image);
        this.map.touchOverlay();
      });
    }, ASK_AFTER);
  }

  close() {
    clearTimeout(this.timer);
  }
}

/**
 * As many of some faces as keep a distance from one another, the first ones first.
 * @param {Sprite[]} all
 * @param {number} distance pixels, along either side
 * @param {number} most
 */
function apart(all, distance, most) {
  /** @type {Sprite[]} */
  const chosen = [];
  for (const one of all) {
    /** @param {Sprite} other */
    const near = (other) =>
      Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) < distance;
    if (chosen.some(near)) continue;
    chosen.push(one);
    if (chosen.length === most) break;
  }
  return chosen;
}

/**
 * Side of the square that each of some points has to itself, in the box around all of them.
 * @param {Sprite[]} points
 */
function roomOf(points) {
  /** @param {number[]} values */
  const extent = (values) => Math.max(...values) - Math.min(...values);
  const [width, height] = [extent(points.map(({ x }) => x)), extent(points.map(({ y }) => y))];
  return points.length > 1 ? Math.sqrt((width * height) / points.length) : Infinity;
}
