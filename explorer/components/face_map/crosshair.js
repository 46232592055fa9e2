// Drawing by keyboard: arrows move a cross over the map, Enter does what a press of the pointer does
// there. With the lasso it puts a corner, twice at one place it closes; with the box it puts one
// corner, then the other; with decoding it puts the ends of a path.

import { _, N_ } from "../language.js";
import { Area } from "./lasso.js";
import { css } from "./palette.js";

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { ToolName } from "./hand.js"
 * @import { Overlay } from "./overlay.js"
 * @import { Pixel } from "./types.d.ts"
 */

const STEP = 10; // pixels
const ARM = 9; // pixels of the cross
const CORNERS = 3; // of the smallest lasso

/** @type {Record<ToolName, string>} */
const HELP = {
  move: "",
  lasso: N_("Arrow keys move a cross, Enter puts a corner, Enter twice closes the lasso"),
  box: N_("Arrow keys move a cross, Enter puts a corner of the box, then the other"),
  decode: N_(
    "Arrow keys move a cross whose face is drawn, Enter puts an end of a path, E edits the face"
  ),
};

export class Crosshair {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Pixel | null} */
    this.at = null;
    /** @type {Pixel[]} */
    this.corners = [];
  }

  // A tool was taken.
  begin() {
    this.leave();
    this.map.say(_(HELP[this.map.hand.tool]));
  }

  leave() {
    this.at = null;
    this.drop();
  }

  // What was drawn until now.
  drop() {
    if (this.corners.length) this.map.hand.area = null;
    this.corners = [];
    this.map.touchOverlay();
  }

  /**
   * A step in a direction of the screen; the first one begins in the middle.
   * @param {number} dx
   * @param {number} dy
   */
  move(dx, dy) {
    const { camera, decode } = this.map;
    const [x, y] = this.at ?? [camera.width / 2, camera.height / 2];
    const by = this.at ? STEP : 0;
    /** @param {number} value @param {number} most */
    const within = (value, most) => Math.min(most, Math.max(0, value));
    this.at = [within(x + by * dx, camera.width), within(y + by * dy, camera.height)];
    if (decode.on) decode.at(...this.at);
    this.outline();
  }

  /**
   * @param {KeyboardEvent} event Shift adds to the selection, Alt takes away from it
   */
  put(event) {
    const { decode, hand } = this.map;
    if (!this.at) return this.move(0, 0);
    if (decode.on) return decode.click(...this.at);
    const [x, y] = this.at;
    const last = this.corners.at(-1);
    const again = last?.[0] === x && last[1] === y;
    if (!again) this.corners.push([x, y]);
    this.outline();
    if (hand.tool === "box" ? this.corners.length === 2 : again && this.corners.length >= CORNERS) {
      hand.choose(event);
      this.drop();
    } else this.map.say(_("Corner {number}", { number: this.corners.length }));
  }

  // The area as far as it goes, to the cross.
  outline() {
    const { hand } = this.map;
    if (this.corners.length && this.at) {
      hand.area = new Area(hand.tool === "box" ? "box" : "lasso", ...this.corners[0]);
      hand.area.corners = [...this.corners, this.at];
    }
    this.map.touchOverlay();
  }

  /** @param {Overlay} overlay */
  draw(overlay) {
    if (!this.at) return;
    const [x, y] = this.at;
    const cross = new Path2D(`M${x - ARM} ${y}h${2 * ARM}M${x} ${y - ARM}v${2 * ARM}`);
    overlay.stroke(cross, css(overlay.theme.text), 2);
  }
}
