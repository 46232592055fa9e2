// What is done to the face, whatever bank is open: a chip for each slider that is moved.

import { signed } from "../amounts.js";
import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { amountOf, anyAmount } from "../recipe.js";
import { same } from "../same.js";

/** @import { FaceEditor } from "./face_editor.js" */

/** @typedef {{ bank: string, name: string, label: string, amount: number }} Moved */

export class Chips {
  /** @param {FaceEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Moved[]} */
    this.told = [];
    /** @type {HTMLElement[]} */
    this.amounts = [];
    this.root = element("div", { class: "chips", role: "group", "aria-label": _("Edits") });
    this.none();
  }

  /** @returns {Moved[]} */
  moved() {
    const { recipe, sliders } = this.editor;
    return sliders.banks
      .filter(({ bank }) => anyAmount(recipe, bank))
      .flatMap(({ bank, sliders: known }) =>
        known
          .map(({ name, label }) => {
            const amount = amountOf(recipe, bank, String(name));
            return { bank, name: String(name), label, amount };
          })
          .filter(({ amount }) => amount)
      );
  }

  show() {
    const moved = this.moved();
    /** @param {Moved[]} chips */
    const which = (chips) => chips.map(({ bank, name }) => [bank, name]);
    const before = this.told;
    this.told = moved;
    if (same(which(moved), which(before)) && moved.length) {
      moved.forEach(({ amount }, k) => (this.amounts[k].textContent = signed(amount)));
      return;
    }
    if (!moved.length) return this.none();
    this.amounts = moved.map(({ amount }) => element("b", {}, signed(amount)));
    this.root.replaceChildren(
      ...moved.map((chip, k) => this.chip(chip, this.amounts[k])),
      this.button(_("Reset edits"), _("Reset edits"), "all", null)
    );
  }

  none() {
    this.root.replaceChildren(
      element("span", { class: "hint" }, _("No edits. What you move is listed here."))
    );
  }

  /**
   * @param {Moved} chip
   * @param {HTMLElement} amount
   */
  chip({ bank, name, label }, amount) {
    return element(
      "span",
      { class: "chip" },
      element(
        "button",
        {
          type: "button",
          title: _("Go to the slider {label}", { label }),
          onclick: () => this.editor.sliders.goTo(bank, name),
        },
        `${label} `,
        amount
      ),
      this.button("×", _("Take {label} away", { label }), "away", { bank, name })
    );
  }

  /**
   * @param {string} text
   * @param {string} label
   * @param {string} kind
   * @param {Pick<Moved, "bank" | "name"> | null} which null for all
   */
  button(text, label, kind, which) {
    return element(
      "button",
      {
        type: "button",
        class: kind,
        "aria-label": label,
        title: label,
        onclick: () => {
          const gone = which ? [which] : this.moved();
          this.editor.takeAway(gone);
        },
      },
      text
    );
  }
}
