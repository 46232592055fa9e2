// What gives the strengths of attributes their meaning: clean to strong for everybody, and one click
// away the methods by their names.

import { _, N_ } from "../language.js";
import { element } from "../live_socket.js";
import { methodOf, withMethod } from "../recipe.js";

/**
 * @import { EditorData } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */
/** @typedef {Pick<EditorData, "methods" | "curve">} MethodsData */

const ABOUT = N_(
  "Clean changes little else and reaches less; strong reaches more and takes along what often comes with it."
);

export class MethodChoice {
  /**
   * @param {FaceEditor} editor
   * @param {MethodsData} data
   */
  constructor(editor, { methods, curve }) {
    this.editor = editor;
    this.curve = curve;
    this.labels = new Map(methods.map(({ name, label }) => [name, label]));
    /** @type {HTMLSelectElement} */
    this.select = element("select", {
      "aria-label": _("Method"),
      title: _("What gives strengths their meaning"),
      onchange: () => this.choose(this.select.value),
    });
    for (const { name, label } of methods) {
      this.select.append(element("option", { value: name }, label));
    }
    /** @type {HTMLInputElement} */
    this.range = element("input", {
      type: "range",
      min: 0,
      max: Math.max(curve.length - 1, 0),
      step: 1,
      "aria-label": _("Clean to strong"),
      title: _(ABOUT),
      oninput: () => this.choose(curve[Number(this.range.value)]),
    });
    this.choice = element("div", { class: "choice" }, _("clean"), this.range, _("strong"));
    this.choice.hidden = !curve.length;
    const named = element("label", {}, `${_("Method")} `, this.select);
    // Where there is nothing to choose between clean and strong, the names are in sight.
    this.root = curve.length
      ? element(
          "div",
          { class: "methods" },
          this.choice,
          element("details", {}, element("summary", {}, _("Methods")), named)
        )
      : named;
    this.show();
  }

  /** @param {string} method */
  choose(method) {
    this.editor.open(withMethod(this.editor.recipe, method, this.editor.rules));
    this.show();
  }

  get chosen() {
    return methodOf(this.editor.recipe, this.editor.rules);
  }

  // Whether strengths are effects.
  get isEffect() {
    return this.curve.includes(this.chosen);
  }

  show() {
    const { chosen, curve } = this;
    this.select.value = chosen;
    this.range.value = String(this.isEffect ? curve.indexOf(chosen) : (curve.length - 1) / 2);
    const label = this.labels.get(chosen) ?? chosen;
    this.range.setAttribute("aria-valuetext", label);
    this.choice.classList.toggle("away", !this.isEffect);
  }
}
