// Below the map: the real faces whose codes are nearest to the edited one.

import { element, paint } from "../live_socket.js";

const REFRESH = 300; // ms between lists while the hand moves
const REST = 250; // ms without another place until faces are decoded: the edited face goes first
const SAME_CODE = 0.005; // distance in z

export class Neighbours {
  constructor(map) {
    this.map = map;
    this.shownAt = -Infinity;
    this.sure = element("span", { class: "sure" });
    this.list = element("div", { class: "faces" });
    this.root = element(
      "div",
      { class: "neighbours", role: "group", "aria-label": "Nearest real faces", hidden: "" },
      element("div", { class: "heading" }, element("span", {}, "Nearest real faces"), this.sure),
      this.list
    );
  }

  // found: {nearest: rows, distances in z, confidence}, null for none.
  show(found) {
    this.found = found;
    this.foundAt = performance.now();
    this.refreshAfter(this.shownAt + REFRESH - this.foundAt);
  }

  refreshAfter(wait) {
    this.timer ??= setTimeout(() => this.refresh(), Math.max(0, wait));
  }

  async refresh() {
    const { found, map } = this;
    const ids = found && (await map.columns.ids());
    this.timer = null;
    if (found !== this.found) return this.refreshAfter(0);
    this.root.hidden = !found;
    if (!found) return;
    const asked = found.nearest.map((row) => ids[row]);
    const moving = performance.now() - this.foundAt < REST;
    if (moving && this.list.children.length && !map.faces.know(asked)) {
      return this.refreshAfter(REST);
    }
    this.shownAt = performance.now();
    const sure = Math.round(100 * found.confidence);
    this.sure.textContent = `place ${sure} % sure`;
    this.sure.title =
      "The share of faces of the map that are found near their own place when placed like this one";
    while (this.list.children.length < found.nearest.length) this.list.append(this.slot());
    this.list.replaceChildren(...[...this.list.children].slice(0, found.nearest.length));
    const turn = (this.turn = (this.turn ?? 0) + 1);
    map.faces.askAll("neighbours", asked, (k, image) => {
      if (turn === this.turn) this.fill(this.list.children[k], found, k, asked[k], image);
    });
  }

  fill(slot, found, k, id, image) {
    const number = id.replace(/\.jpg$/, "");
    const away = found.distances[k];
    slot.row = found.nearest[k];
    slot.disabled = false;
    slot.dataset.id = id;
    slot.setAttribute("aria-label", `Edit face ${number}`);
    slot.title = `Face ${number}, ${away.toFixed(2)} away in z: click to edit it`;
    slot.querySelector(".away").textContent = away < SAME_CODE ? "itself" : away.toFixed(1);
    paint(slot.querySelector("canvas"), image);
  }

  slot() {
    const { map } = this;
    const slot = element(
      "button",
      { type: "button", disabled: "" }, // until its face has come
      element("canvas", { width: 64, height: 64 }),
      element("span", { class: "away" })
    );
    slot.addEventListener("click", () => map.edit(slot.row));
    for (const enter of ["pointerenter", "focus"]) {
      slot.addEventListener(enter, () => map.point(slot.row));
    }
    for (const leave of ["pointerleave", "blur"]) slot.addEventListener(leave, () => map.point(-1));
    return slot;
  }

  close() {
    clearTimeout(this.timer);
  }
}
