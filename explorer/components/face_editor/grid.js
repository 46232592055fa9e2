// The grid: the edited face with two sliders at eight places each; a click takes a face of it.

import { rounded, signed } from "../amounts.js";
import { _ } from "../language.js";
import { element, paintCell } from "../live_socket.js";
import { withAmount } from "../recipe.js";
import { saveSheet } from "./labelled_sheet.js";
import { bankOf } from "./slider_banks.js";
import { SliderChoice } from "./slider_choice.js";

/**
 * @import { Bank, Recipe } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const CELLS = 8;
const PLACES = Array.from({ length: CELLS }, (_unused, k) => (2 * k) / (CELLS - 1) - 1);

export class Grid {
  /**
   * @param {FaceEditor} editor
   * @param {Bank[]} banks
   */
  constructor(editor, banks) {
    this.editor = editor;
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": _("Grid of faces"),
      width: CELLS, // until the first face comes
      height: CELLS,
      title: _("Click a face to take it"),
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
    const changed = () => this.ask();
    this.across = new SliderChoice(
      _("Grid across"),
      banks,
      { bank: "attributes", name: "Smiling" },
      changed
    );
    this.down = new SliderChoice(
      _("Grid down"),
      banks,
      { bank: "attributes", name: "Male" },
      changed,
      1
    );
    this.columnTicks = PLACES.map(() => element("span"));
    this.lineTicks = PLACES.map(() => element("span"));
    this.root = element(
      "div",
      { class: "grid" },
      element(
        "div",
        { class: "choose" },
        element("label", {}, `${_("across")} `, this.across.select),
        element("label", {}, `${_("down")} `, this.down.select),
        element(
          "button",
          {
            type: "button",
            class: "small",
            title: _("The grid as a picture, with its labels"),
            onclick: () => this.save(),
          },
          _("Save")
        )
      ),
      element("div", { class: "ticks-across", "aria-hidden": "true" }, ...this.columnTicks),
      element("div", { class: "ticks-down", "aria-hidden": "true" }, ...this.lineTicks),
      this.canvas
    );
    // It is asked for while it is seen only.
    this.watching = new ResizeObserver(() => this.ask());
    this.watching.observe(this.root);
  }

  get seen() {
    return this.root.offsetWidth > 0;
  }

  /**
   * The banks are others: own directions came or went.
   * @param {Bank[]} banks
   */
  update(banks) {
    this.across.offer(banks);
    this.down.offer(banks);
    this.showTicks();
  }

  /**
   * Amounts of a chosen slider, from one end to the other.
   * @param {SliderChoice} choice
   */
  amounts({ chosen }) {
    const { sliders, strip } = this.editor;
    // As far as the strip goes, where strengths are effects: beyond, faces break.
    const most = sliders.areEffects(chosen.bank)
      ? Math.max(...strip.strengthsOf.effects)
      : bankOf(sliders.banks, chosen.bank).limit;
    return PLACES.map((place) => rounded(most * place));
  }

  showTicks() {
    /** @type {[HTMLElement[], SliderChoice][]} */
    const both = [
      [this.columnTicks, this.across],
      [this.lineTicks, this.down],
    ];
    for (const [ticks, choice] of both) {
      this.amounts(choice).forEach((amount, k) => (ticks[k].textContent = signed(amount)));
    }
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
   * @param {SliderChoice} choice
   * @param {number} place
   */
  moved(recipe, choice, place) {
    const { bank, name } = choice.chosen;
    return withAmount(recipe, bank, name, this.amounts(choice)[place], this.editor.rules);
  }

  ask() {
    if (!this.seen) return;
    this.showTicks(); // another method goes another way
    const cells = Array.from({ length: CELLS ** 2 }, (_unused, k) =>
      this.at(k % CELLS, Math.floor(k / CELLS))
    );
    this.editor.live.keep("grid", cells, (images, _unused, at) =>
      images.forEach((image, k) => paintCell(this.canvas, image, CELLS, at + k))
    );
  }

  save() {
    const { across, down, canvas } = this;
    const side = canvas.width / CELLS;
    const rows = PLACES.map((_unused, row) =>
      PLACES.map((__, column) => {
        const face = element("canvas", { width: side, height: side });
        const pen = /** @type {CanvasRenderingContext2D} */ (face.getContext("2d"));
        pen.drawImage(canvas, -side * column, -side * row);
        return face;
      })
    );
    const title = _("{across} across, {down} down", {
      across: across.label,
      down: down.label,
    });
    const columns = this.amounts(across).map(signed);
    const lines = this.amounts(down).map(signed);
    saveSheet(
      { rows, title, columns, lines },
      `grid-${across.chosen.name}-${down.chosen.name}.png`
    );
  }

  close() {
    this.watching.disconnect();
  }
}
