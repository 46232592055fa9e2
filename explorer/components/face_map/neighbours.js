// Below the map: the real faces whose codes are nearest to the edited one.

import { _ } from "../language.js";
import { element, paint } from "../live_socket.js";

const REFRESH = 300; // ms between lists while the hand moves
const REST = 250; // ms without another place until faces are decoded: the edited face goes first
const SAME_CODE = 0.005; // distance in z

/**
 * @import { Whereabouts } from "../types.d.ts"
 * @import { FaceMap } from "./face_map.js"
 */

/** @typedef {ReturnType<Neighbours["slot"]>} Slot */

export class Neighbours {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Whereabouts | null} */
    this.found = null;
    this.foundAt = -Infinity;
    this.shownAt = -Infinity;
    /** @type {number | null} */
    this.timer = null;
    this.turn = 0;
    /** @type {Slot[]} */
    this.slots = [];
    this.sure = element("span", { class: "sure" });
    this.list = element("div", { class: "faces" });
    this.root = element(
      "div",
      { class: "neighbours", role: "group", "aria-label": _("Nearest real faces"), hidden: "" },
      element("div", { class: "heading" }, element("span", {}, _("Nearest real faces")), this.sure),
      this.list
    );
  }

  /** @param {Whereabouts | null} found null for none */
  show(found) {
    this.found = found;
    this.foundAt = performance.now();
    this.refreshAfter(this.shownAt + REFRESH - this.foundAt);
  }

  /** @param {number} wait */
  refreshAfter(wait) {
    this.timer ??= setTimeout(() => this.refresh(), Math.max(0, wait));
  }

  async refresh() {
    const { found, map } = this;
    const ids = found && (await map.columns.ids());
    this.timer = null;
    if (found !== this.found) return this.refreshAfter(0);
    this.root.hidden = !found;
    if (!found || !ids) return;
    const asked = found.nearest.map((row) => ids[row]);
    const moving = performance.now() - this.foundAt < REST;
    if (moving && this.slots.length && !map.faces.know(asked)) {
      return this.refreshAfter(REST);
    }
    this.shownAt = performance.now();
    const sure = Math.round(100 * found.confidence);
    this.sure.textContent = _("{sure} % sure of its place", { sure });
    this.sure.title = _(
      "The share of faces of the map that are found near their own place when placed like this one"
    );
    while (this.slots.length < found.nearest.length) this.slots.push(this.slot());
    this.slots.length = found.nearest.length;
    this.list.replaceChildren(...this.slots.map(({ button }) => button));
    this.turn += 1;
    const { turn } = this;
    map.faces.askAll("neighbours", asked, (k, image) => {
      if (turn === this.turn) this.fill(this.slots[k], found, k, asked[k], image);
    });
  }

  /**
   * @param {Slot} slot
   * @param {Whereabouts} found
   * @param {number} k which of them
   * @param {string} id
   * @param {ImageData} image
   */
  fill(slot, found, k, id, image) {
    const { button, canvas, says } = slot;
    const number = id.replace(/\.jpg$/, "");
    const away = found.distances[k];
    slot.row = found.nearest[k];
    button.disabled = false;
    button.dataset.id = id;
    button.setAttribute("aria-label", _("Edit face {number}", { number }));
    button.title = _("Face {number}, {away} away in z: click to edit it", {
      number,
      away: away.toFixed(2),
    });
    says.textContent = away < SAME_CODE ? _("itself") : away.toFixed(1);
    paint(canvas, image);
  }

  // A button for one face, whose row it gets with the face.
  slot() {
    const { map } = this;
    const canvas = element("canvas", { width: 64, height: 64 });
    const says = element("span", { class: "away" });
    const button = element(
      "button",
      { type: "button", disabled: "", "aria-label": _("A face that is still to come") },
      canvas,
      says
    );
    const slot = { button, canvas, says, row: -1 };
    button.addEventListener("click", () => map.edit(slot.row));
    for (const enter of ["pointerenter", "focus"]) {
      button.addEventListener(enter, () => map.point(slot.row));
    }
    for (const leave of ["pointerleave", "blur"]) {
      button.addEventListener(leave, () => map.point(-1));
    }
    return slot;
  }

  close() {
    if (this.timer) clearTimeout(this.timer);
  }
}
