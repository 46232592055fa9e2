// The strip: the edited face with one slider at seven places, and where it tips. It follows the slider
// in hand; a click takes a face of it.

import { rounded, signed } from "../amounts.js";
import { _ } from "../language.js";
import { element, paint } from "../live_socket.js";
import { withAmount } from "../recipe.js";
import { saveSheet } from "./labelled_sheet.js";
import { SliderChoice } from "./slider_choice.js";

/**
 * @import { Bank, EditorData } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const TIPS = 0.5; // of an effect: there a face is taken for one that has the attribute

export class Strip {
  /**
   * @param {FaceEditor} editor
   * @param {Pick<EditorData, "banks" | "strip" | "strengths">} data
   */
  constructor(editor, { banks, strip, strengths }) {
    this.editor = editor;
    this.strengthsOf = strengths;
    this.choice = new SliderChoice(
      _("Strip along"),
      banks,
      { bank: "attributes", name: strip },
      () => {
        this.show();
        this.ask();
      }
    );
    this.canvases = strengths.counted.map(() =>
      element("canvas", { role: "img", "aria-label": _("Strip"), width: 64, height: 64 })
    );
    this.captions = strengths.counted.map(() => element("figcaption", {}));
    this.root = element(
      "div",
      { class: "along-strip" },
      element(
        "div",
        { class: "along" },
        element("label", {}, `${_("Strip along")} `, this.choice.select),
        element(
          "button",
          {
            type: "button",
            class: "small",
            title: _("The strip as a picture, with its labels"),
            onclick: () => this.save(),
          },
          _("Save")
        )
      ),
      element(
        "div",
        { class: "strip" },
        ...this.canvases.map((canvas, k) =>
          element(
            "figure",
            {},
            element(
              "button",
              { type: "button", class: "face", onclick: () => this.take(k) },
              canvas
            ),
            this.captions[k]
          )
        )
      )
    );
  }

  // Half of an effect is where the face tips; other sliders count.
  get strengths() {
    const effects = this.editor.sliders.areEffects(this.choice.chosen.bank);
    return this.strengthsOf[effects ? "effects" : "counted"];
  }

  // Effects tip; the sliders of other banks only count.
  get tips() {
    return this.strengths === this.strengthsOf.effects;
  }

  /**
   * Another slider is in hand.
   * @param {string} bank
   * @param {string} name
   * @param {string} label
   */
  follow(bank, name, label) {
    const { chosen } = this.choice;
    if (chosen.bank === bank && chosen.name === name) return;
    this.choice.choose({ bank, name }, label);
    this.show();
    this.ask();
  }

  /** @param {Bank[]} banks */
  update(banks) {
    this.choice.offer(banks);
    this.show();
  }

  /** @param {number} k */
  at(k) {
    const { bank, name } = this.choice.chosen;
    const { recipe, rules } = this.editor;
    return withAmount(recipe, bank, name, rounded(this.strengths[k]), rules);
  }

  /** @param {number} k */
  take(k) {
    this.editor.open(this.at(k));
  }

  show() {
    this.strengths.forEach((strength, k) => {
      const told = signed(strength).replace(".00", "");
      const tips = this.tips && Math.abs(strength) === TIPS ? ` ${_("tips")}` : "";
      this.canvases[k].setAttribute("aria-label", `${_("Strip")} ${signed(strength)}${tips}`);
      this.captions[k].textContent = `${told}${tips}`;
      const button = /** @type {HTMLElement} */ (this.canvases[k].parentElement);
      button.setAttribute(
        "aria-label",
        _("Take {label} {amount}", { label: this.choice.label, amount: told })
      );
    });
  }

  ask() {
    const faces = this.strengths.map((_unused, k) => this.at(k));
    this.editor.live.keep("strip", faces, (images, _unused, at) =>
      images.forEach((image, k) => paint(this.canvases[at + k], image))
    );
  }

  save() {
    const columns = this.captions.map(({ textContent }) => textContent ?? "");
    const sheet = { rows: [this.canvases], title: this.choice.label, columns, lines: [] };
    saveSheet(sheet, `strip-${this.choice.chosen.name}.png`);
  }
}
