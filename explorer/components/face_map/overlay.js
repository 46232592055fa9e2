// The canvas above the points: rings, the area being drawn, and whatever else is laid over the map.

import { element, penOf } from "../live_socket.js";
import { css } from "./palette.js";

/**
 * @import { Camera } from "./camera.js"
 * @import { Area } from "./lasso.js"
 * @import { Pixel, Theme } from "./types.d.ts"
 */

export class Overlay {
  /** @type {Theme} */
  theme;

  /** @param {Camera} camera */
  constructor(camera) {
    this.camera = camera;
    this.canvas = element("canvas", { class: "overlay", "aria-hidden": "true" });
    this.pen = penOf(this.canvas);
  }

  /**
   * A clean pen in CSS pixels.
   * @param {Theme} theme
   */
  begin(theme) {
    const { canvas, camera } = this;
    const ratio = window.devicePixelRatio;
    const [width, height] = [camera.width, camera.height].map((v) => Math.round(v * ratio));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.theme = theme;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, camera.width + 1, camera.height + 1);
    return this.pen;
  }

  /**
   * A line with a rim of the background, so that it is seen on any colour.
   * @param {Path2D} path
   * @param {string} colour
   * @param {number} width
   */
  stroke(path, colour, width, alpha = 1) {
    const { pen, theme } = this;
    pen.globalAlpha = alpha;
    pen.lineCap = pen.lineJoin = "round";
    [pen.strokeStyle, pen.lineWidth] = [css(theme.background, 0.9), width + 3];
    pen.stroke(path);
    [pen.strokeStyle, pen.lineWidth] = [colour, width];
    pen.stroke(path);
    pen.globalAlpha = 1;
  }

  /**
   * @param {Pixel} middle
   * @param {number} radius
   * @param {string} colour
   * @param {number} width
   */
  ring([x, y], radius, colour, width) {
    const path = new Path2D();
    path.arc(x, y, radius, 0, 2 * Math.PI);
    this.stroke(path, colour, width);
  }

  /** @param {Area} area */
  area(area) {
    const { pen, theme } = this;
    area.outline(pen);
    pen.fillStyle = css(theme.text, 0.08);
    pen.fill();
    pen.setLineDash([5, 4]);
    [pen.strokeStyle, pen.lineWidth] = [css(theme.text, 0.8), 1.5];
    pen.stroke();
    pen.setLineDash([]);
  }
}
