// What a hand does on the map: hover, click, drag, wheel and pinch, in CSS pixels of the stage.

const STILL = 4; // pixels a click may move
const WHEEL = 0.0016; // of the logarithm of the zoom for a wheel's pixel
const LINE = 32; // pixels of a wheel's line

/** @import { Pixel } from "./types.d.ts" */

/**
 * Whoever acts.
 * @typedef {object} Actor
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number) => void} press
 * @property {(x: number, y: number) => void} click
 * @property {(x: number, y: number, event: MouseEvent) => void} double
 * @property {(x: number, y: number, dx: number, dy: number, event: PointerEvent) => void} drag
 * @property {(event: PointerEvent, moved: boolean) => void} release
 * @property {(x: number, y: number, factor: number, smooth: boolean) => void} zoom
 */

export class Gestures {
  /**
   * @param {HTMLElement} stage
   * @param {Actor} on
   */
  constructor(stage, on) {
    this.stage = stage;
    this.on = on;
    /** @type {Map<number, Pixel>} */
    this.pointers = new Map(); // id -> where it is
    /** @type {Pixel} */
    this.pressed = [0, 0];
    this.moved = false;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event, true));
    stage.addEventListener("pointerleave", () => this.pointers.size || on.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => on.double(...this.at(event), event));
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /**
   * @param {MouseEvent} event
   * @returns {Pixel}
   */
  at({ clientX, clientY }) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    this.moved = this.pointers.size > 1;
    this.pressed = this.at(event);
    this.on.press(...this.pressed);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.at(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) return this.on.hover(x, y);
    if (this.pointers.size === 2) return this.pinch(event.pointerId, last, x, y);
    const far = Math.hypot(x - this.pressed[0], y - this.pressed[1]) > STILL;
    if (!this.moved && !far) return;
    this.moved = true;
    this.pointers.set(event.pointerId, [x, y]);
    this.on.drag(x, y, x - last[0], y - last[1], event);
  }

  /**
   * @param {number} id
   * @param {Pixel} before
   * @param {number} x
   * @param {number} y
   */
  pinch(id, before, x, y) {
    const [other] = [...this.pointers].filter(([key]) => key !== id).map(([, place]) => place);
    /** @param {Pixel} pixel */
    const apart = ([a, b]) => Math.hypot(a - other[0], b - other[1]);
    this.pointers.set(id, [x, y]);
    const factor = apart([x, y]) / Math.max(1, apart(before));
    this.on.zoom((x + other[0]) / 2, (y + other[1]) / 2, factor, false);
  }

  /** @param {PointerEvent} event */
  up(event, cancelled = false) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    if (!this.moved && !cancelled && event.button === 0) this.on.click(...this.at(event));
    this.on.release(event, this.moved && !cancelled);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? LINE : 1);
    this.on.zoom(...this.at(event), Math.exp(-WHEEL * pixels), false);
  }
}
