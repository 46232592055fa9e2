// The grid: the edited face with two sliders at eight places each; a click takes a face of it.

import { element, paintCell } from "../live_socket.js";

const CELLS = 8;
const MOST_AXES = 10; // of principal components and of dimensions offered

export class Grid {
  // editor: gives `recipe`, `banks`, `live`, `open(recipe)`.
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

  select(label, chosen) {
    const select = element("select", { "aria-label": label, onchange: () => this.ask() });
    this.offer(select, chosen);
    return select;
  }

  // The banks are others: own directions came or went.
  update() {
    for (const select of [this.across, this.down]) this.offer(select, select.value);
  }

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

  // The recipe of one cell: both sliders from one end to the other.
  at(column, row) {
    const recipe = structuredClone(this.editor.recipe);
    for (const [select, place] of [
      [this.across, column],
      [this.down, row],
    ]) {
      const [bank, name] = select.value.split(/:(.*)/);
      const { limit } = this.editor.sliders.banks.find((b) => b.bank === bank);
      const amount = Number((limit * ((2 * place) / (CELLS - 1) - 1)).toFixed(2));
      recipe[bank] ??= {};
      if (amount) recipe[bank][name] = amount;
      else delete recipe[bank][name];
    }
    return recipe;
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
