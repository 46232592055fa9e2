// The grid: the edited face with two sliders at eight places each; a click takes a face of it.

import { element, penOf } from "../live_socket.js";
import { bankOf } from "./slider_banks.js";

/**
 * @import { Recipe } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const CELLS = 8;
const MOST_AXES = 10; // of principal components and of dimensions offered

export class Grid {
  /** @param {FaceEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": "Grid of faces",
      width: 64 * CELLS,
      height: 64 * CELLS,
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
      const offered = bank === "attributes" ? sliders : sliders.slice(0, MOST_AXES);
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
    const recipe = structuredClone(this.editor.recipe);
    this.put(recipe, this.across, column);
    this.put(recipe, this.down, row);
    return recipe;
  }

  /**
   * Move a chosen slider of a recipe to one of its places.
   * @param {Recipe} recipe
   * @param {HTMLSelectElement} select
   * @param {number} place
   */
  put(recipe, select, place) {
    const [chosen, name] = select.value.split(/:(.*)/);
    const { bank, limit } = bankOf(this.editor.sliders.banks, chosen);
    const amount = Number((limit * ((2 * place) / (CELLS - 1) - 1)).toFixed(2));
    const amounts = (recipe[bank] ??= {});
    if (amount) amounts[name] = amount;
    else delete amounts[name];
  }

  ask() {
    const cells = Array.from({ length: CELLS ** 2 }, (_, k) =>
      this.at(k % CELLS, Math.floor(k / CELLS))
    );
    const context = penOf(this.canvas);
    this.editor.live.request("grid", cells, (images, _, at) =>
      images.forEach((image, k) => {
        const [column, row] = [(at + k) % CELLS, Math.floor((at + k) / CELLS)];
        context.putImageData(image, image.width * column, image.width * row);
      })
    );
  }
}
