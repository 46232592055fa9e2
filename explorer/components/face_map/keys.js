// The map under the keyboard: arrows walk from face to face, Enter takes one.

import { SHOWN } from "./arrange.js";
import { KEY_ZOOM } from "./motion.js";

const KEY_PAN = 60; // pixels
const EDGE = 20; // pixels: a cursor nearer than this to the border brings its face to the middle

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { Pixel } from "./types.d.ts"
 */

export class Keys {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    map.stage.addEventListener("keydown", (event) => this.press(event));
    // Also while the button of the tool has the focus.
    map.root.addEventListener("keydown", (event) => {
      const plain = event.key === "e" && !event.ctrlKey && !event.metaKey && !event.altKey;
      const on = /** @type {Element} */ (event.target);
      if (plain && on.closest(".toolbar")) this.editDecoded();
    });
    map.stage.addEventListener("blur", () => map.hover.leaveCursor());
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { map } = this;
    const { camera, hover, motion, selection } = map;
    if (event.target !== map.stage || event.ctrlKey || event.metaKey || !map.layout) return;
    /** @type {Record<string, Pixel>} */
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[event.key];
    /** @type {Record<string, () => unknown>} */
    const acts = {
      "+": () => motion.step(KEY_ZOOM),
      "=": () => motion.step(KEY_ZOOM),
      "-": () => motion.step(1 / KEY_ZOOM),
      0: () => motion.whole(),
      Home: () => motion.whole(),
      Enter: () => hover.cursor >= 0 && this.take(hover.cursor),
      e: () => this.editDecoded(),
      " ": () => hover.cursor >= 0 && selection.toggle(hover.cursor),
      Escape: () => this.leave(),
    };
    if (arrow && event.shiftKey) {
      motion.look(camera.panned(-KEY_PAN * arrow[0], -KEY_PAN * arrow[1]), true);
    } else if (arrow) this.walk(...arrow);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * What a click on a face does.
   * @param {number} row
   */
  take(row) {
    const { decode, meeting } = this.map;
    if (decode.on) decode.click(...meeting.placeOf(row));
    else this.map.edit(row);
  }

  // The face between the points that is shown, or that of the point under the cursor.
  editDecoded() {
    const { decode, hover } = this.map;
    if (!decode.on) return;
    if (decode.place) decode.edit();
    else if (hover.cursor >= 0) this.map.edit(hover.cursor);
  }

  leave() {
    const { decode, hover, selection } = this.map;
    if (decode.path.begun) decode.end();
    else if (selection.rows) selection.set(null);
    else hover.leaveCursor();
  }

  /**
   * The cursor goes to the next face in a direction of the screen.
   * @param {number} dx
   * @param {number} dy
   */
  walk(dx, dy) {
    const { camera, hover, meeting, motion, picked, shown } = this.map;
    let row = hover.cursor;
    if (row < 0) row = picked >= 0 ? picked : -1;
    if (row < 0 || shown.state[row] === 0) {
      [row] = meeting.nearest(SHOWN, camera.width / 2, camera.height / 2, 1, Infinity).rows;
    } else {
      row = meeting.next(row, dx, dy);
    }
    if (row === undefined || row < 0) return;
    const [x, y] = meeting.placeOf(row);
    const off = x < EDGE || y < EDGE || x > camera.width - EDGE || y > camera.height - EDGE;
    if (off) motion.look(camera.centred(meeting.positionOf(row)));
    this.map.touchOverlay();
    hover.walkTo(row);
  }
}
