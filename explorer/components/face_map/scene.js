// What is on the screen: the points as the camera sees them, and what is laid over them.

import { css, isDark, PICKED_COLOUR, paletteOf, rgbOf } from "./palette.js";
import { Renderer } from "./renderer.js";

const GREY_OPACITY = 0.16;

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { Overlay } from "./overlay.js"
 * @import { Group, Theme } from "./types.d.ts"
 */

export class Scene {
  /** @type {Theme} */
  theme;
  /** @type {Uint8Array} */
  palette;

  /**
   * @param {FaceMap} map
   * @param {{ draw(overlay: Overlay): void }[]} parts drawn over the points
   */
  constructor(map, parts) {
    this.map = map;
    this.parts = parts;
    this.frames = 0;
    this.stale = false;
    /** @type {number | null} */
    this.asked = null; // the frame that comes
    this.canvas = map.canvas;
    this.overlay = map.overlay;
    this.renderer = new Renderer(this.canvas);
  }

  // Colours of the page and of the column.
  readTheme() {
    const style = getComputedStyle(this.map.root);
    /** @param {string} name */
    const read = (name) => rgbOf(style.getPropertyValue(name).trim());
    this.theme = {
      text: read("--st-text-color"),
      background: read("--st-background-color"),
      dark: isDark(style.getPropertyValue("--st-background-color").trim()),
    };
    this.map.root.style.setProperty("--grey", css(this.theme.text, 0.35));
    this.palette = paletteOf(this.map.colour.about, this.theme.dark);
    this.renderer.set("palette", this.palette);
  }

  touch() {
    this.stale = true; // the points, too
    this.touchOverlay();
  }

  touchOverlay() {
    this.asked ??= requestAnimationFrame((now) => {
      this.asked = null;
      this.draw(now);
    });
  }

  /** @param {number} now */
  draw(now) {
    const { map } = this;
    if (!map.layout || !map.shown || map.closed) return;
    if (this.stale) {
      this.stale = false;
      const progress = map.motion.advance(now);
      if (map.motion.under) this.touch();
      const groups = map.pointLayer.on ? this.groups() : [];
      const drawn = this.renderer.draw(map.camera, progress, groups, !map.camera.flat);
      map.density.draw();
      this.frames += 1;
      this.canvas.dataset.points = String(drawn);
      this.canvas.dataset.frame = String(this.frames);
      this.canvas.dataset.view = JSON.stringify(map.camera.view);
    }
    this.drawOverlay();
  }

  /** @returns {Group[]} */
  groups() {
    const { grey, shown } = this.map.shown;
    const text = [...this.theme.text].map((v) => v / 255);
    const size = this.pointSize(grey + shown);
    const opacity = Math.min(0.92, 0.5 + 0.1 * size);
    return [
      { count: grey, size: Math.max(1.5, 0.85 * size), flat: [...text, GREY_OPACITY] },
      { count: shown, size: this.pointSize(shown + grey / 4), opacity },
    ];
  }

  /**
   * Pixels: as many points as there are, and as large as the zoom makes their distances.
   * @param {number} count
   */
  pointSize(count) {
    const { width, height, zoom } = this.map.camera;
    const room = (width * height) / Math.max(1, count);
    return Math.min(13, Math.max(1.6, 0.95 * Math.min(9, room ** 0.39) * zoom ** 0.35));
  }

  drawOverlay() {
    const { map, overlay } = this;
    const { hover, meeting } = map;
    overlay.begin(this.theme);
    const text = css(this.theme.text);
    for (const part of this.parts) part.draw(overlay);
    if (map.hand.area) overlay.area(map.hand.area);
    if (map.picked >= 0) overlay.ring(meeting.placeOf(map.picked), 9, PICKED_COLOUR, 3.5);
    if (hover.cursor >= 0) overlay.ring(meeting.placeOf(hover.cursor), 9, text, 2);
    for (const row of [hover.row, map.pointed]) {
      if (row >= 0) overlay.ring(meeting.placeOf(row), 7, text, 1.5);
    }
  }
}
