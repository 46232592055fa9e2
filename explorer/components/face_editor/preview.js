// What a slider would do, shown while the pointer rests on it: the face with it at both ends.

import { signed } from "../amounts.js";
import { element, paint } from "../live_socket.js";
import { withAmount } from "../recipe.js";

/**
 * @import { FaceEditor } from "./face_editor.js"
 * @import { Slider } from "./slider_banks.js"
 */

const RESTS = 350; // ms
const COUNTED = 2; // strength of the faces shown
const EFFECT = 1; // where strengths are effects

export class Preview {
  /** @param {FaceEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.canvases = [0, 1].map(() =>
      element("canvas", { width: 64, height: 64, "aria-hidden": "true" })
    );
    this.captions = [0, 1].map(() => element("figcaption", {}));
    this.root = element(
      "div",
      { class: "preview", popover: "manual", "aria-hidden": "true" },
      ...this.canvases.map((canvas, k) => element("figure", {}, canvas, this.captions[k]))
    );
  }

  /**
   * Watch a slider's row.
   * @param {Slider} slider
   */
  watch(slider) {
    slider.row.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType !== "mouse") return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(slider), RESTS);
    });
    for (const end of ["pointerleave", "pointerdown"]) {
      slider.row.addEventListener(end, () => this.hide());
    }
  }

  /** @param {Slider} slider */
  ask(slider) {
    const { editor } = this;
    if (editor.holding) return;
    const wanted = editor.sliders.areEffects(slider.bank) ? EFFECT : COUNTED;
    const most = Math.min(wanted, slider.limit);
    const faces = [-most, most].map((amount) =>
      withAmount(editor.recipe, slider.bank, slider.name, amount, editor.rules)
    );
    this.captions.forEach((caption, k) => (caption.textContent = signed(k ? most : -most)));
    this.wanted = slider;
    editor.live.request("preview", faces, (images, _, at) => {
      images.forEach((image, k) => paint(this.canvases[at + k], image));
      if (this.wanted === slider && at + images.length === faces.length) this.showAt(slider.row);
    });
  }

  /** @param {HTMLElement} row */
  showAt(row) {
    const { left, top, bottom } = row.getBoundingClientRect();
    this.root.showPopover();
    const { offsetHeight, offsetWidth } = this.root;
    const below = bottom + offsetHeight + 8 < window.innerHeight;
    this.root.style.top = `${below ? bottom + 4 : top - offsetHeight - 4}px`;
    this.root.style.left = `${Math.min(left, window.innerWidth - offsetWidth - 8)}px`;
  }

  hide() {
    clearTimeout(this.timer);
    this.wanted = undefined;
    this.root.hidePopover();
  }
}
