// The edited face on the map: where it is, the way it came, and the real faces nearest to it.

import { onEditedFace } from "../edited_face.js";
import { isEdited } from "../recipe.js";
import { css, PICKED_COLOUR, rgbOf } from "./palette.js";

const ASK_EVERY = 90; // ms between questions while the hand moves: the face itself goes first
const SHARE = 0.25; // of the time may be spent on answers, which take longer on large maps
const LONGEST_TRAIL = 90; // places; older ones are forgotten
const SAME = 1.5; // pixels that a place has to move to lengthen the trail

/**
 * @import { NewestSocket } from "../live_socket.js"
 * @import { Recipe, Whereabouts } from "../types.d.ts"
 * @import { FaceMap } from "./face_map.js"
 * @import { Overlay } from "./overlay.js"
 */

export class Walker {
  /**
   * @param {FaceMap} map
   * @param {() => NewestSocket} socket what answers
   * @param {(found: Whereabouts | null) => void} onNear the faces nearest in z are these; null when
   *   nothing is known
   * @param {(first: boolean) => void} onMove it is to be drawn anew, or for the first time
   */
  constructor(map, socket, onNear, onMove) {
    this.map = map;
    this.socket = socket;
    this.onNear = onNear;
    this.onMove = onMove;
    /** @type {Whereabouts | null} */
    this.place = null;
    /** @type {number[][]} */
    this.trail = [];
    this.source = ""; // JSON of the source that walks
    this.layout = ""; // that the place is on
    this.askedAt = -Infinity;
    this.took = 0;
    /** @type {number | null} */
    this.timer = null;
    /** @type {Recipe | undefined} */
    this.recipe = undefined;
    this.stop = onEditedFace((recipe) => this.follow(recipe));
  }

  close() {
    if (this.timer) clearTimeout(this.timer);
    this.stop();
  }

  // Another face is under the hand, or another layout under the face.
  follow(recipe = this.recipe) {
    this.recipe = recipe;
    if (!recipe || !this.map.layout || this.timer) return;
    const every = Math.min(1000, Math.max(ASK_EVERY, this.took / SHARE));
    const wait = Math.max(0, this.askedAt + every - performance.now());
    this.timer = setTimeout(() => this.ask(), wait);
  }

  ask() {
    this.timer = null;
    this.askedAt = performance.now();
    const { recipe } = this;
    if (!recipe) return;
    const layout = this.map.layoutName;
    /** @param {{ place: Whereabouts }} answer */
    const take = ({ place }) => {
      this.took = performance.now() - this.askedAt;
      if (layout === this.map.layoutName) this.take(recipe, layout, place);
    };
    this.socket().ask("place", { place: { recipe, layout } }, take, () => this.lose());
  }

  // Where the face is cannot be said: a place of before would be another one's.
  lose() {
    this.place = null;
    this.trail = [];
    this.onNear(null);
    this.onMove(true);
  }

  /**
   * @param {Recipe} recipe
   * @param {string} layout
   * @param {Whereabouts} place
   */
  take(recipe, layout, place) {
    const source = JSON.stringify(recipe.source);
    const first = !this.place;
    // Another face, or another map, is no step of this way; a face without edits is at its start.
    const elsewhere = source !== this.source || layout !== this.layout;
    if (elsewhere || !isEdited(recipe, this.map.data.rules)) this.trail = [];
    this.source = source;
    this.layout = layout;
    this.place = place;
    const { camera } = this.map;
    const [x, y] = camera.project(place.position);
    const last = this.trail.at(-1);
    const [u, v] = last ? camera.project(last) : [Infinity, 0];
    if (Math.hypot(x - u, y - v) > SAME) this.trail.push(place.position);
    if (this.trail.length > LONGEST_TRAIL) this.trail.shift();
    this.onNear(place);
    this.onMove(first);
  }

  /** @param {Overlay} overlay */
  draw(overlay) {
    const { canvas, pen, theme } = overlay;
    canvas.dataset.place = this.place ? JSON.stringify(this.place.position) : "";
    canvas.dataset.trail = String(this.trail.length);
    if (!this.place || this.layout !== this.map.layoutName) return;
    const places = this.trail.map((place) => this.map.camera.project(place));
    pen.lineCap = "round";
    for (let k = 1; k < places.length; k++) {
      const age = (places.length - k) / places.length;
      pen.beginPath();
      pen.moveTo(...places[k - 1]);
      pen.lineTo(...places[k]);
      [pen.strokeStyle, pen.lineWidth] = [css(rgbOf(PICKED_COLOUR), 0.9 * (1 - age)), 3];
      pen.stroke();
    }
    const [x, y] = this.map.camera.project(this.place.position);
    pen.beginPath();
    pen.arc(x, y, 5.5, 0, 2 * Math.PI);
    pen.fillStyle = PICKED_COLOUR;
    pen.fill();
    [pen.strokeStyle, pen.lineWidth] = [css(theme.background), 2];
    pen.stroke();
    // How sure the place is: a halo as wide as it may be off.
    pen.beginPath();
    pen.arc(x, y, 10 + 22 * (1 - this.place.confidence), 0, 2 * Math.PI);
    [pen.strokeStyle, pen.lineWidth] = [css(rgbOf(PICKED_COLOUR), 0.75), 1.5];
    pen.setLineDash([3, 3]);
    pen.stroke();
    pen.setLineDash([]);
  }
}
