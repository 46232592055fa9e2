// What the address of the page keeps of the map: colour, view and selection, each a query parameter
// of its own. The browser writes them over the present address, so that Back still leads to the face
// before; Streamlit is told the same, so that it leaves them there.

import { linkOf, rowsOfLink } from "./lasso.js";

/**
 * @import { KeptOfMap } from "../types.d.ts"
 * @import { Camera } from "./camera.js"
 * @import { FaceMap } from "./face_map.js"
 * @import { View } from "./types.d.ts"
 */

const REST = 500; // ms without a change before the address is written
const DIGITS = 4;

export class Address {
  /** @type {number | undefined} */
  timer;

  /**
   * @param {FaceMap} map
   * @param {(kept: KeptOfMap) => void} tell Streamlit hears
   */
  constructor(map, tell) {
    this.map = map;
    this.tell = tell;
    // What is still to be shown; null once the address follows the map, or for a map without one.
    this.opening = map.data.opening ?? null;
    this.keeps = this.opening !== null;
    this.onTurn = () => this.later(); // Back and Forward bring an address of before
    if (this.keeps) window.addEventListener("popstate", this.onTurn);
  }

  close() {
    clearTimeout(this.timer);
    window.removeEventListener("popstate", this.onTurn);
  }

  // Show what the address held, as soon as the map is laid out and has a size.
  open() {
    const { camera, data, layout, selection } = this.map;
    if (!this.opening || !layout || camera.width <= 1) return;
    const { view, selected } = this.opening;
    this.opening = null;
    const seen = viewOf(view, camera);
    if (seen) this.map.motion.look(seen);
    const rows = rowsOfLink(selected, data.count);
    if (rows && !selection.rows) selection.set(rows);
    this.later(); // after another page the address holds nothing of it, after a strange link too much
  }

  // The map has changed.
  later() {
    if (!this.keeps || this.opening) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), REST);
  }

  write() {
    const { camera, data, colourName, motion, selection } = this.map;
    if (this.map.closed || !this.map.layout) return;
    /** @type {KeptOfMap} */
    const kept = {
      colour: colourName === data.first_colour ? "" : colourName,
      view: motion.goal === camera.fitted ? "" : viewText(motion.goal, camera),
      selected: linkOf(selection.rows, data.count),
    };
    const url = new URL(window.location.href);
    for (const [name, text] of Object.entries(kept)) {
      if (text) url.searchParams.set(name, text);
      else url.searchParams.delete(name);
    }
    if (url.href === window.location.href) return;
    window.history.replaceState(window.history.state, "", url);
    this.tell(kept);
  }
}

/**
 * Numbers between "_": the place in the middle, how far it is zoomed, and in space how it is turned.
 * @param {View} view
 * @param {Camera} camera
 */
export function viewText({ x, y, z, scale, yaw, pitch }, camera) {
  const zoom = scale / camera.fitted.scale;
  const numbers = camera.flat ? [x, y, zoom] : [x, y, z, zoom, yaw, pitch];
  return numbers.map((value) => String(Number(value.toPrecision(DIGITS)))).join("_");
}

/**
 * The view of a text, null where it is none of a map of so many dimensions.
 * @param {string} text
 * @param {Camera} camera
 * @returns {View | null}
 */
export function viewOf(text, camera) {
  const numbers = text ? text.split("_").map(Number) : [];
  if (numbers.length !== (camera.flat ? 3 : 6) || !numbers.every(Number.isFinite)) return null;
  const [x, y] = numbers;
  const [z, zoom, yaw, pitch] = camera.flat ? [0, numbers[2], 0, 0] : numbers.slice(2);
  if (!(zoom > 0)) return null;
  return { ...camera.fitted, x, y, z, yaw, pitch, scale: camera.limited(zoom) };
}
