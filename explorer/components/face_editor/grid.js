// The grid: the edited face with two sliders at eight places each; a click takes a face of it.

import { rounded } from "../amounts.js";
import { element, paintCell } from "../live_socket.js";
import { withAmount } from "../recipe.js";
import { bankOf } from "./slider_banks.js";

/**
 * @import { Recipe } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const CELLS = 8;
const MOST_AXES = 10; // of a bank whose sliders are numbered, which has hundreds

export class Grid {
  /** @param {FaceEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": "Grid of faces",
      width: CELLS, // until the first face comes
      height: CELLS,
      title: "Click a face to take it",
    });
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      /**
       * @param {number} at
       * @param {number} size
       */
      const cell = (at, size) => Math.min(CELLS - 1, Math.floor((CELLS * at) / size));
      const column = cell(event.clientX - box.left, box.width);
      this.editor.open(this.at(column, cell(event.clientY - box.top, box.height)));
    });
    this.across = this.select("Grid across", "attributes:Smiling");
    this.down = this.select("Grid down", "attributes:Male");
    this.root = element(
      "div",
      { class: "grid" },
      this.canvas,
      element(
        "div",
        {},
        element("label", {}, "across ", this.across),
        element("label", {}, "down ", this.down)
      )
    );
  }

  /**
   * @param {string} label
   * @param {string} chosen
   */
  select(label, chosen) {
    const select = element("select", { "aria-label": label, onchange: () => this.ask() });
    this.offer(select, chosen);
    return select;
  }

  // The banks are others: own directions came or went.
  update() {
    for (const select of [this.across, this.down]) this.offer(select, select.value);
  }

  /**
   * @param {HTMLSelectElement} select
   * @param {string} chosen
   */
  offer(select, chosen) {
    const groups = this.editor.sliders.banks.map(({ bank, title, sliders }) => {
      const offered = sliders.filter((s, k) => typeof s.name !== "number" || k < MOST_AXES);
      const options = offered.map((s) =>
        element("option", { value: `${bank}:${s.name}` }, s.label)
      );
      return element("optgroup", { label: title }, ...options);
    });
    select.replaceChildren(...groups);
    select.value = chosen;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }

  /**
   * The recipe of one cell: both sliders from one end to the other.
   * @param {number} column
   * @param {number} row
   */
  at(column, row) {
    const moved = this.moved(this.editor.recipe, this.across, column);
    return this.moved(moved, this.down, row);
  }

  /**
   * A recipe with a chosen slider at one of its places.
   * @param {Recipe} recipe
   * @param {HTMLSelectElement} select
   * @param {number} place
   */
  moved(recipe, select, place) {
    const [bank, name] = select.value.split(/:(.*)/);
    const { limit } = bankOf(this.editor.sliders.banks, bank);
    const amount = rounded(limit * ((2 * place) / (CELLS - 1) - 1));
    return withAmount(recipe, bank, name, amount, this.editor.rules);
  }

  ask() {
    const cells = Array.from({ length: CELLS ** 2 }, (_, k) =>
      this.at(k % CELLS, Math.floor(k / CELLS))
    );
    this.editor.live.request("grid", cells, (images, _, at) =>
      images.forEach((image, k) => paintCell(this.canvas, image, CELLS, at + k))
    );
  }
}
