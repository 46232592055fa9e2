// A table of edited faces under sliders; see __init__.py for `data`.

import { rounded, signed } from "../amounts.js";
import { paintLarge } from "../enlarge.js";
import { _ } from "../language.js";
import { element, LiveSocket, liveUrl } from "../live_socket.js";
import { Messages } from "../messages.js";
import { withAmount } from "../recipe.js";

/** @import { Heading, Mounting, Recipe, TableData, TableMessage } from "../types.d.ts" */

class FaceTable {
  /** @type {TableData} */
  data;
  /** @type {number[]} */
  strengths; // of the sliders
  /** @type {HTMLElement[]} */
  notes; // of rows, then of columns
  /** @type {HTMLCanvasElement[][]} */
  canvases;
  /** @type {HTMLElement[][]} */
  cellNotes;
  shape = ""; // JSON of what the table was built for
  faces = ""; // JSON of what it shows
  fresh = false; // no face has been asked for since it was built

  /**
   * @param {HTMLElement} parent
   * @param {TableData} data
   */
  constructor(parent, data) {
    /** @type {Messages<TableMessage>} */
    this.messages = new Messages(data);
    this.root = element("div", { class: "face-table" });
    parent.append(this.root);
    this.status = element("div", { class: "status", role: "status" });
    this.table = element("table");
    this.root.append(this.table, this.status);
    this.live = new LiveSocket(
      liveUrl(data.live.path),
      (text) => (this.status.textContent = text),
      data.live
    );
  }

  /**
   * Built anew only when Python shows other faces or sliders: else the pictures stay.
   * @param {TableData} data
   */
  update(data) {
    const { rows, columns, sliders, cells, corner } = data;
    const shape = JSON.stringify([
      corner,
      [...rows, ...columns].map(({ title }) => title),
      sliders.map(({ label, limit, column }) => [label, limit, column]),
    ]);
    const faces = JSON.stringify(cells.map((row) => row.map(({ note, ...cell }) => cell)));
    this.data = data;
    this.messages.heard(data);
    if (shape !== this.shape) {
      this.shape = shape;
      this.strengths = sliders.map(({ value }) => value);
      this.build();
    } else {
      [...rows, ...columns].forEach(({ note }, k) => (this.notes[k].textContent = note));
    }
    cells.forEach((row, r) =>
      row.forEach(({ note }, c) => {
        this.cellNotes[r][c].textContent = note;
        this.cellNotes[r][c].classList.remove("stale");
      })
    );
    if (faces !== this.faces || this.fresh) this.ask([null, ...sliders.keys()]);
    [this.faces, this.fresh] = [faces, false];
  }

  build() {
    const { corner, rows, columns, sliders, cells } = this.data;
    const shared = sliders.findIndex((slider) => slider.column === null);
    /** @param {number} c */
    const over = (c) => sliders.findIndex((slider) => slider.column === c);
    this.fresh = true;
    this.notes = [...rows, ...columns].map(({ note }) => element("small", {}, note));
    /**
     * @param {Heading} heading
     * @param {number} k
     */
    const heading = ({ title }, k) => [element("span", { class: "title" }, title), this.notes[k]];
    const top = element(
      "tr",
      {},
      element(
        "th",
        {},
        element("span", { class: "title" }, corner),
        ...(shared < 0 ? [] : [this.slider(shared)])
      ),
      ...columns.map((column, c) =>
        element(
          "th",
          { scope: "col" },
          ...heading(column, rows.length + c),
          ...(over(c) < 0 ? [] : [this.slider(over(c))])
        )
      )
    );
    this.canvases = cells.map((row, r) =>
      row.map((_unused, c) => {
        const name = `${rows[r].title}, ${columns[c].title}`;
        return element("canvas", { role: "img", "aria-label": name, width: 64, height: 64 });
      })
    );
    this.cellNotes = cells.map((row) => row.map(() => element("small", { class: "seen" })));
    const body = rows.map((row, r) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, ...heading(row, r)),
        ...this.canvases[r].map((canvas, c) =>
          element(
            "td",
            {},
            element(
              "button",
              {
                type: "button",
                title: _("Edit this face"),
                "aria-label": _("Edit {name}", { name: canvas.getAttribute("aria-label") ?? "" }),
                onclick: () => this.messages.tell({ picked: this.recipe(r, c) }),
              },
              canvas
            ),
            this.cellNotes[r][c]
          )
        )
      )
    );
    this.table.replaceChildren(element("thead", {}, top), element("tbody", {}, ...body));
  }

  /** @param {number} k */
  slider(k) {
    const { label, limit } = this.data.sliders[k];
    const output = element("output", { "aria-live": "off" }, signed(this.strengths[k]));
    /** @type {HTMLInputElement} */
    const input = element("input", {
      type: "range",
      min: -limit,
      max: limit,
      step: this.data.step,
      value: this.strengths[k],
      "aria-label": label,
      title: _("Double-click to reset"),
      oninput: () => this.move(k, Number(input.value), output),
      onchange: () => this.tell(),
      ondblclick: () => {
        input.value = "0";
        this.move(k, 0, output);
        this.tell();
      },
    });
    return element("div", { class: "slider" }, input, output);
  }

  /**
   * @param {number} k
   * @param {number} amount
   * @param {HTMLOutputElement} output
   */
  move(k, amount, output) {
    const { step } = this.data;
    this.strengths[k] = rounded(Math.round(amount / step) * step);
    output.textContent = signed(this.strengths[k]);
    this.data.cells.forEach((row, r) =>
      row.forEach((cell, c) => cell.slider === k && this.cellNotes[r][c].classList.add("stale"))
    );
    this.ask([k]);
  }

  /**
   * @param {number} r
   * @param {number} c
   * @returns {Recipe}
   */
  recipe(r, c) {
    const { recipe, attribute, slider } = this.data.cells[r][c];
    if (attribute === null || slider === null) return recipe;
    return withAmount(recipe, "attributes", attribute, this.strengths[slider], this.data.rules);
  }

  /**
   * The faces under these sliders; null stands for those that no slider moves.
   * @param {(number | null)[]} sliders
   */
  ask(sliders) {
    for (const k of sliders) {
      const places = this.data.cells.flatMap((row, r) =>
        row.flatMap((cell, c) => (cell.slider === k ? [[r, c]] : []))
      );
      if (!places.length) continue;
      const canvases = places.map(([r, c]) => this.canvases[r][c]);
      this.live.request(
        `table ${k}`,
        places.map(([r, c]) => this.recipe(r, c)),
        (images, answer, at) =>
          images.forEach((image, n) => {
            paintLarge(canvases[at + n], image);
            canvases[at + n].dataset.frame = String(answer.number);
          })
      );
    }
  }

  tell() {
    this.messages.tell({ strengths: [...this.strengths] });
  }

  close() {
    this.live.close();
    this.root.remove();
  }
}

/** @type {WeakMap<HTMLElement, FaceTable>} */
const tables = new WeakMap();

/** @param {Mounting<TableData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let table = tables.get(parentElement);
  if (!table) {
    table = new FaceTable(parentElement, data);
    tables.set(parentElement, table);
  }
  table.messages.commit = (messages) => setTriggerValue("messages", messages);
  table.update(data);
  return () => {
    table.close();
    tables.delete(parentElement);
  };
}
