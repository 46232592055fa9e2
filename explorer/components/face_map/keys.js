// The map under the keyboard: arrows walk from face to face, Enter takes one. With a tool that draws,
// they move its cross (crosshair.js).

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
    map.stage.addEventListener("blur", () => {
      map.hover.leaveCursor();
      map.crosshair.leave();
    });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { map } = this;
    const { camera, crosshair, hand, hover, motion, selection } = map;
    const draws = hand.tool !== "move";
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
      Enter: () => (draws ? crosshair.put(event) : hover.cursor >= 0 && map.edit(hover.cursor)),
      e: () => this.editDecoded(),
      " ": () => hover.cursor >= 0 && selection.toggle(hover.cursor),
      Escape: () => this.leave(),
    };
    if (arrow && event.shiftKey) {
      motion.look(camera.panned(-KEY_PAN * arrow[0], -KEY_PAN * arrow[1]), true);
    } else if (arrow && draws) crosshair.move(...arrow);
    else if (arrow) this.walk(...arrow);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The face between the points that is shown.
  editDecoded() {
    const { decode } = this.map;
    if (decode.on && decode.place) decode.edit();
  }

  leave() {
    const { crosshair, decode, hover, selection } = this.map;
    if (decode.path.begun) decode.end();
    else if (crosshair.corners.length) crosshair.drop();
    else if (selection.rows) selection.set(null);
    else {
      crosshair.leave();
      hover.leaveCursor();
    }
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
