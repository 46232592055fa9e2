// How the view moves: by hand, in steps, and from one layout to the next.

import { between } from "./camera.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Box, View } from "./types.d.ts"
 */

const TRANSITION = 650; // ms from one layout to the next
const GLIDE = 180; // ms of a step of the view
export const KEY_ZOOM = 1.4;

const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
/** @param {number} t */
const easy = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

export class Motion {
  /**
   * @param {Camera} camera
   * @param {() => void} onMove the view has changed
   * @param {(view: View) => void} onOwnMove here, not because another map's has
   */
  constructor(camera, onMove, onOwnMove) {
    this.camera = camera;
    this.onMove = onMove;
    this.onOwnMove = onOwnMove;
    /**
     * What is under way.
     * @type {{ start: number, span: number, from: View, to: View, points?: true } | null}
     */
    this.under = null;
  }

  // Whether points are on their way to another layout.
  get ofPoints() {
    return Boolean(this.under?.points);
  }

  /** @param {View} view */
  look(view, smooth = false) {
    const span = smooth && !calm() ? GLIDE : 0;
    this.under = { start: performance.now(), span, from: this.camera.view, to: view };
    if (!span) this.camera.view = view;
    this.onMove();
    this.onOwnMove(view);
  }

  // The view that this map has, or is on its way to.
  get goal() {
    return this.under ? this.under.to : this.camera.view;
  }

  /**
   * As another map is looked at. Points that are on their way go on.
   * @param {View} view
   */
  follow(view) {
    if (this.under?.points) this.under.to = view;
    else [this.under, this.camera.view] = [null, view];
    this.onMove();
  }

  whole() {
    this.look(this.camera.fitted, true);
  }

  /** @param {number} factor */
  step(factor) {
    this.look(this.camera.zoomed(this.camera.width / 2, this.camera.height / 2, factor), true);
  }

  /**
   * The whole of a layout; points glide there from where they were, if they were anywhere.
   * @param {Box} layout
   * @param {boolean} glides
   */
  lay(layout, glides) {
    const from = this.camera.view;
    const to = this.camera.fitting(layout);
    this.camera.fitted = to;
    this.camera.view = to;
    this.under =
      glides && !calm()
        ? { start: performance.now(), span: TRANSITION, from, to, points: true }
        : null;
    return this.ofPoints;
  }

  /**
   * The view of this moment: how far the points are on their way, 0 to 1. Whether more is to come
   * is whether something is still under way.
   * @param {number} now
   */
  advance(now) {
    if (!this.under) return 1;
    const { start, span, from, to, points } = this.under;
    const t = span ? Math.min(1, (now - start) / span) : 1;
    this.camera.view = between(from, to, easy(t));
    if (t === 1) this.under = null;
    return points ? easy(t) : 1;
  }
}
