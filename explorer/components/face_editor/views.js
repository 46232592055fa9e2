// The one large face and what can be seen in its place: the original while it is pressed, the
// difference, or both side by side.

import { paintLarge } from "../enlarge.js";
import { _, N_ } from "../language.js";
import { element } from "../live_socket.js";
import { same } from "../same.js";

/** @import { Recipe } from "../types.d.ts" */

/** @typedef {"face" | "difference" | "both"} Seen */

/** @type {{ name: Seen, label: string, hint: string }[]} */
const CHOICES = [
  {
    name: "face",
    label: N_("Face"),
    hint: N_("The edited face. Press it, or hold key O: the original."),
  },
  { name: "both", label: N_("Side by side"), hint: N_("The original beside the edited face.") },
  {
    name: "difference",
    label: N_("Difference"),
    hint: N_("What the edits change, four times as strong."),
  },
];

/**
 * |a - b|, so that a change of a quarter of the range is white.
 * @param {ImageData} a
 * @param {ImageData} b
 */
function difference(a, b) {
  const image = new ImageData(a.width, a.height);
  for (let i = 0; i < a.data.length; i++) {
    image.data[i] = i % 4 === 3 ? 255 : 4 * Math.abs(a.data[i] - b.data[i]);
  }
  return image;
}

export class Views {
  constructor() {
    /** @type {Seen} */
    this.seen = "face";
    this.comparing = false; // the original is shown in place of the edited face
    /** @type {ImageData | null} */
    this.originalImage = null;
    /** @type {Recipe | null} */
    this.originalOf = null; // its recipe
    /** @type {ImageData | null} */
    this.editedImage = null;
    /** @type {Recipe | null} */
    this.editedOf = null; // what its original is
    /** @param {string} name */
    const canvas = (name) =>
      element("canvas", { role: "img", "aria-label": name, width: 64, height: 64 });
    this.original = canvas(_("Original face"));
    this.edited = canvas(_("Edited face"));
    this.changed = canvas(_("Difference"));
    this.edited.title = _("Press and hold to see the original (key O)");
    this.edited.addEventListener("pointerdown", () => this.compare(true));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      this.edited.addEventListener(end, () => this.compare(false));
    }
    this.nothing = element("p", { class: "nothing" }, _("Nothing has changed yet: move a slider."));
    this.root = element(
      "div",
      { class: "faces" },
      element("figure", { class: "original" }, this.original, element("span", {}, _("Original"))),
      element("figure", { class: "edited" }, this.edited, element("span", {}, _("Original"))),
      element(
        "figure",
        { class: "changed" },
        this.changed,
        this.nothing,
        element("span", {}, _("Difference ×4"))
      )
    );
    this.parts = CHOICES.map(({ name, label, hint }) => {
      const input = element("input", {
        type: "radio",
        name: "view",
        value: name,
        onchange: () => this.see(name),
      });
      return { name, input, root: element("label", { title: _(hint) }, input, _(label)) };
    });
    this.choice = element(
      "div",
      { class: "choices", role: "radiogroup", "aria-label": _("View") },
      ...this.parts.map(({ root }) => root)
    );
    this.see("face");
  }

  /** @param {Seen} seen */
  see(seen) {
    this.seen = seen;
    this.root.dataset.view = seen;
    for (const { name, input } of this.parts) input.checked = name === seen;
    this.paintDifference();
  }

  next() {
    const at = CHOICES.findIndex(({ name }) => name === this.seen);
    this.see(CHOICES[(at + 1) % CHOICES.length].name);
  }

  /**
   * @param {ImageData} image
   * @param {Recipe} of its recipe
   */
  paintOriginal(image, of) {
    this.originalImage = image;
    this.originalOf = of;
    paintLarge(this.original, image);
    this.paintDifference();
  }

  /**
   * @param {ImageData} image
   * @param {Recipe} original of its face
   * @param {number} number of the answer
   */
  paintEdited(image, original, number) {
    this.editedOf = original;
    this.editedImage = image;
    if (!this.comparing) paintLarge(this.edited, image);
    this.edited.dataset.frame = String(number);
    this.paintDifference();
  }

  // While it is seen: at each step of a hand it costs as much as the face.
  paintDifference() {
    if (this.seen !== "difference" || !this.originalImage || !this.editedImage) return;
    if (!same(this.originalOf, this.editedOf)) return; // one of them is still to come
    const image = difference(this.originalImage, this.editedImage);
    paintLarge(this.changed, image);
    this.nothing.hidden = image.data.some((value, i) => value > 0 && i % 4 < 3);
  }

  /** @param {boolean} showing */
  compare(showing) {
    if (!this.originalImage || !this.editedImage || showing === this.comparing) return;
    this.comparing = showing;
    this.root.classList.toggle("comparing", showing);
    paintLarge(this.edited, showing ? this.originalImage : this.editedImage);
  }
}
