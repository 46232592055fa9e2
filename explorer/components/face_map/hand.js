// What a hand does on the map, with the tool that it holds.

import { UNSELECTED } from "./arrange.js";
import { Gestures } from "./gestures.js";
import { Area } from "./lasso.js";

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { Pixel, View } from "./types.d.ts"
 */

/** @typedef {"move" | "lasso" | "box" | "decode"} ToolName */

export class Hand {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    /** @type {ToolName} */
    this.tool = "move";
    /** @type {Area | null} */
    this.area = null; // that is being drawn
    /** @type {Pixel} */
    this.pressed = [0, 0];
    const eye = () => (map.decode.on ? map.decode : map.hover);
    this.gestures = new Gestures(map.stage, {
      hover: (x, y) => eye().at(x, y),
      leave: () => eye().leave(),
      click: (x, y) => this.click(x, y),
      press: (x, y) => (this.pressed = [x, y]),
      drag: (x, y, dx, dy, event) => this.drag(x, y, dx, dy, event),
      release: (event, moved) => this.release(event, moved),
      double: (x, y, event) => this.double(x, y, event),
      zoom: (x, y, factor, smooth) => this.look(map.camera.zoomed(x, y, factor), smooth),
    });
  }

  /** @param {ToolName} tool */
  take(tool) {
    const { crosshair, decode, hover, stage } = this.map;
    this.tool = tool;
    stage.classList.toggle("drawing", tool !== "move");
    hover.meet(-1);
    if (tool !== "decode") decode.end();
    crosshair.begin();
    stage.focus({ preventScroll: true });
  }

  /** @param {View} view */
  look(view, smooth = false) {
    if (this.map.layout) this.map.motion.look(view, smooth);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} dx
   * @param {number} dy
   * @param {PointerEvent} event
   */
  drag(x, y, dx, dy, event) {
    const { camera, hover } = this.map;
    const { tool } = this;
    if (hover.row >= 0) hover.meet(-1);
    if ((tool === "lasso" || tool === "box") && event.buttons === 1) {
      this.area ??= new Area(tool, ...this.pressed);
      this.area.extend(x, y);
      this.map.touchOverlay();
      return;
    }
    const turns = !camera.flat && !event.shiftKey && !(event.buttons & 2);
    this.look(turns ? camera.orbited(dx, dy) : camera.panned(dx, dy));
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} moved
   */
  release(event, moved) {
    if (moved) this.choose(event);
    this.area = null;
    this.map.touchOverlay();
  }

  /**
   * Select what lies within the area that is drawn.
   * @param {{ shiftKey: boolean, altKey: boolean }} event
   */
  choose(event) {
    const { camera, layout, selection, shown } = this.map;
    if (!this.area) return;
    const places = camera.projectAll(layout.positions, layout.dims);
    selection.extend(
      this.area.rows(places, (row) => shown.state[row] >= UNSELECTED),
      event
    );
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  click(x, y) {
    this.map.wake();
    if (this.map.decode.on) return this.map.decode.click(x, y);
    const row = this.map.rowAt(x, y);
    if (row >= 0) this.map.edit(row);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {MouseEvent} event
   */
  double(x, y, { shiftKey }) {
    if (this.map.decode.on) return this.map.decode.double(x, y);
    this.look(this.map.camera.zoomed(x, y, shiftKey ? 0.5 : 2), true);
  }
}
