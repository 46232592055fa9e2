// Hover-decode: the face at any place of the map, a weighted mean of the codes around it
// (explorer/map/blend.py), beside the pointer or on a path between two places. It fades where there
// are no faces to make it from. A double click or E makes it the edited face.

import { _, N_ } from "../language.js";
import { element, paint, readPictures } from "../live_socket.js";
import { MapPath } from "./path.js";
import { putBeside } from "./thumbnails.js";

/**
 * @import { NewestSocket } from "../live_socket.js"
 * @import { Pictures } from "../types.d.ts"
 * @import { FaceMap } from "./face_map.js"
 * @import { Overlay } from "./overlay.js"
 */

const NOBODY = N_("No faces near here");
const HINT = N_("Double-click or E: edit this face. Click twice: a path.");

export class Decode {
  /**
   * @param {FaceMap} map
   * @param {() => NewestSocket} socket what answers blends
   */
  constructor(map, socket) {
    this.map = map;
    this.socket = socket;
    this.pictures = 0;
    /** @type {number[] | null} */
    this.place = null;
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": _("Face under the pointer"),
      width: 64,
      height: 64,
    });
    this.says = element("div", { class: "says" });
    this.hint = element(
      "div",
      { class: "hint" },
      map.data.takes ? _(HINT) : _("Click twice: a path.")
    );
    this.root = element("div", { class: "decoded", hidden: "" }, this.canvas, this.says, this.hint);
    map.stage.append(this.root);
    this.path = new MapPath(
      (place) => this.show(place),
      () => map.touchOverlay(),
      map.data.takes ? () => this.edit() : null
    );
  }

  get on() {
    return this.map.hand.tool === "decode";
  }

  /**
   * What is under a pixel, [x, y] or [x, y, z].
   * @param {number} x
   * @param {number} y
   */
  placeAt(x, y) {
    return this.map.camera.place(x, y).slice(0, this.map.layout.dims);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    if (this.path.whole || !this.map.layout) return;
    const place = this.placeAt(x, y);
    this.path.reach(place);
    this.show(place);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  click(x, y) {
    if (!this.map.layout) return;
    this.path.add(this.placeAt(x, y));
    const { ends, whole } = this.path;
    if (!whole || this.map.data.twin) return;
    this.map.messages.tell({ path: { ends, layout: this.map.layoutName } });
  }

  /**
   * What the two clicks of a double one began is no path.
   * @param {number} x
   * @param {number} y
   */
  double(x, y) {
    if (!this.map.layout) return;
    this.path.clear();
    this.edit(this.placeAt(x, y));
  }

  // Make the face at a place the edited one, by default the face that is shown.
  edit(place = this.place) {
    if (!place || !this.map.data.takes) return;
    this.path.pause();
    this.map.messages.tell({ taken: { place, layout: this.map.layoutName } });
    this.map.say(_("The face of this place is the edited one"));
  }

  leave() {
    if (!this.path.whole) this.hide();
  }

  // Another tool, or another layout: places mean something else.
  end() {
    this.path.clear();
    this.hide();
  }

  hide() {
    this.place = null;
    this.root.hidden = true;
  }

  /** @param {number[]} place */
  show(place) {
    this.place = place;
    const layout = this.map.layoutName;
    const { renderer } = this.map.faces;
    /** @param {ArrayBuffer} content */
    const take = (content) =>
      this.place && this.on && this.take(place, readPictures(content, this.map.data.live.header));
    this.socket().ask("blend", { blend: { points: [place], layout, renderer } }, take);
  }

  // The place that is shown, drawn by another renderer.
  again() {
    if (this.place) this.show(this.place);
  }

  /**
   * @param {number[]} place
   * @param {Pictures} answer
   */
  take(place, { pictures: [image], support: [support] }) {
    paint(this.canvas, image);
    this.canvas.style.opacity = String(support);
    Object.assign(this.canvas.dataset, {
      place: JSON.stringify(place),
      support,
      picture: (this.pictures += 1),
    });
    this.says.textContent = support > 0 ? "" : _(NOBODY);
    this.hint.hidden = !(support > 0) || this.path.whole; // the path has a button
    this.root.hidden = false;
    putBeside(this.root, this.map.stage, ...this.map.camera.project(place));
  }

  /** @param {Overlay} overlay */
  draw(overlay) {
    if (this.on) this.path.draw(overlay, (place) => this.map.camera.project(place));
  }
}
