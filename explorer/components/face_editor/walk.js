// A walk between two faces: a slider from the one at hand to another, played once by itself.

import { rounded } from "../amounts.js";
import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { mix } from "../recipe.js";
import { Player, wantsLessMotion } from "./player.js";

/**
 * @import { EditorData, Recipe } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const SECONDS = 4;
const STEP = 0.01;

export class Walk {
  /**
   * @param {FaceEditor} editor
   * @param {Pick<EditorData, "walk">} data
   */
  constructor(editor, { walk }) {
    this.editor = editor;
    this.number = walk?.number ?? 0; // of the latest walk; one that was asked for before is over
    /** @type {[from: Recipe, to: Recipe] | null} */
    this.ends = null;
    /** @type {HTMLInputElement} */
    this.range = element("input", {
      type: "range",
      min: 0,
      max: 1,
      step: STEP,
      "aria-label": _("Walk between two faces"),
      oninput: () => this.editor.preview(this.at(Number(this.range.value))),
      onchange: () => this.editor.open(this.at(Number(this.range.value))),
    });
    this.root = element(
      "div",
      { class: "walk" },
      element("span", {}, _("one face")),
      this.range,
      element("span", {}, _("another")),
      element(
        "button",
        {
          type: "button",
          class: "drop",
          "aria-label": _("End the walk"),
          onclick: () => this.close(),
        },
        "×"
      )
    );
    this.root.hidden = true;
  }

  /** @param {Pick<EditorData, "walk">} data */
  update({ walk }) {
    if (!walk || walk.number === this.number) return;
    this.number = walk.number;
    this.begin([walk.from, walk.to]);
  }

  /** @param {[from: Recipe, to: Recipe]} ends */
  begin(ends) {
    this.player?.stop();
    this.ends = ends;
    this.root.hidden = false;
    this.show(0);
    if (wantsLessMotion()) return this.range.focus();
    this.player = new Player({
      seconds: SECONDS,
      show: (share) => this.show(share),
      end: () => {
        if (!this.ends) return;
        this.editor.open(this.at(Number(this.range.value)));
        this.editor.tell(); // before what the touch that ended it asks for
      },
    });
  }

  /** @param {number} share */
  show(share) {
    this.range.value = String(share);
    this.range.style.setProperty("--to", String(share));
    this.editor.preview(this.at(share));
  }

  /**
   * @param {number} share
   * @returns {Recipe}
   */
  at(share) {
    const [from, to] = /** @type {[Recipe, Recipe]} */ (this.ends);
    if (share <= 0) return from;
    if (share >= 1) return to;
    return mix(
      from,
      [
        [rounded(1 - share), from],
        [rounded(share), to],
      ],
      this.editor.rules
    );
  }

  close() {
    this.ends = null; // so that nothing is opened when the player ends
    this.player?.stop();
    this.root.hidden = true;
  }
}
