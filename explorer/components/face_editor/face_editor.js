// The live editor: one recipe, drawn as sliders and as pictures; see __init__.py for `data`.

import { rounded, signed } from "../amounts.js";
import { EditedFace } from "../edited_face.js";
import { element, LiveSocket, liveUrl, paint } from "../live_socket.js";
import { faceOf, withAmount, withRenderer } from "../recipe.js";
import { same } from "../same.js";
import { Grid } from "./grid.js";
import { RendererSwitch } from "./renderer_switch.js";
import { Shelf } from "./shelf.js";
import { bankOf, SliderBanks } from "./slider_banks.js";

/**
 * @import {
 *   EditorData, EditorMessage, Mounting, Pictures, Recipe
 * } from "../types.d.ts"
 */
/** @typedef {{ revision: number } & EditorMessage} Told */

const SPEED_EVERY = 250; // ms between texts, which cost more to draw than a face
const COMMIT_AFTER = 350; // ms without a key before Streamlit is told

/** @typedef {"original" | "edited" | "strip" | "grid"} View */

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

const NO_LETTERS = ["range", "checkbox", "radio", "button", "file"]; // inputs without letters

/** @param {EventTarget} node */
const isTextField = (node) =>
  node instanceof HTMLTextAreaElement ||
  (node instanceof HTMLInputElement && !NO_LETTERS.includes(node.type)) ||
  (node instanceof HTMLElement && node.isContentEditable);

export class FaceEditor {
  // Made by build().

  /** @type {HTMLCanvasElement} */
  original;
  /** @type {HTMLCanvasElement} */
  edited;
  /** @type {HTMLCanvasElement} */
  changed;
  /** @type {HTMLElement} */
  sourceName;
  /** @type {HTMLElement} */
  speed;
  /** @type {HTMLElement[]} */
  figures;
  /** @type {HTMLElement} */
  status;
  /** @type {RendererSwitch} */
  renderers;
  /** @type {SliderBanks} */
  sliders;
  /** @type {HTMLSelectElement} */
  stripSelect;
  /** @type {HTMLCanvasElement[]} */
  stripCanvases;
  /** @type {HTMLElement} */
  stripRow;
  /** @type {Grid} */
  grid;
  /** @type {HTMLInputElement} */
  gridBox;
  /** @type {Shelf} */
  shelf;

  // Told by who mounts it.

  /** @type {(messages: Told[]) => void} */
  commit;

  /**
   * @param {HTMLElement} root
   * @param {EditorData} data
   */
  constructor(root, data) {
    this.root = element("div", { class: "editor" });
    root.append(this.root);
    this.session = data.session;
    this.revision = data.revision; // number of the latest message
    /** @type {Told[]} */
    this.untold = []; // messages that Python has not taken yet
    this.rules = data.rules;
    this.recipe = data.recipe;
    this.strip = data.strip;
    this.strengths = data.strengths;
    this.device = data.device;
    this.holding = false; // a slider is under the hand
    /** @type {number | null} */
    this.timer = null; // until Streamlit is told
    this.comparing = false; // the original is shown in place of the edited face
    /** @type {ImageData | null} */
    this.originalImage = null;
    /** @type {Recipe | null} */
    this.originalOf = null; // its recipe
    /** @type {ImageData | null} */
    this.editedImage = null;
    /** @type {Recipe | null} */
    this.editedOf = null; // what its original is
    /** @type {number[]} */
    this.frames = []; // when the latest pictures came
    this.speedToldAt = -Infinity;
    this.build(data);
    this.live = new LiveSocket(
      liveUrl(data.live.path),
      (text) => (this.status.textContent = text),
      data.live
    );
    this.shown = new EditedFace();
    /** @param {KeyboardEvent} event */
    this.keys = (event) => {
      this.onUndoKey(event);
      this.onRendererKey(event);
    };
    document.addEventListener("keydown", this.keys, true);
    this.ask();
  }

  close() {
    document.removeEventListener("keydown", this.keys, true);
    this.shelf.close();
    this.shown.close();
    this.live.close();
    this.root.remove();
  }

  /**
   * Take what Python says, unless it has not yet heard of what the user did last.
   * @param {EditorData} data
   */
  update(data) {
    if (data.session !== this.session) {
      this.session = data.session; // the server forgot the one before
      this.revision = data.revision;
      this.untold = [];
    }
    this.untold = this.untold.filter(({ revision }) => revision > data.revision);
    this.sourceName.textContent = data.source;
    this.sliders.update(data);
    if (this.untold.length) return;
    this.shelf.update(data);
    if (this.untold.length || this.holding || this.timer) return;
    if (same(this.recipe, data.recipe)) return;
    this.recipe = data.recipe;
    this.show();
    this.ask();
  }

  // Of the faces of the strip. Where they are effects, half of one is where the face tips.
  get stripStrengths() {
    return this.strengths[this.sliders.locks.method.isEffect ? "effects" : "counted"];
  }

  showStrengths() {
    this.stripStrengths.forEach((strength, k) => {
      const told = signed(strength).replace(".00", "");
      const tips = Math.abs(strength) === 0.5 ? " tips" : "";
      this.stripCanvases[k].setAttribute("aria-label", `Strip ${signed(strength)}${tips}`);
      const caption = /** @type {HTMLElement} */ (this.stripRow.children[k].lastElementChild);
      caption.textContent = `${told}${tips}`;
    });
  }

  // What the recipe says, on all that sets it.
  show() {
    this.showStrengths();
    this.sliders.show();
    this.renderers.show();
  }

  /** @param {EditorData} data */
  build(data) {
    /** @param {string} name */
    const canvas = (name, role = "img") =>
      element("canvas", { role, "aria-label": name, width: 64, height: 64 });
    this.original = canvas("Original face");
    this.edited = canvas("Edited face");
    this.changed = canvas("Difference");
    this.sourceName = element("div", { class: "caption" }, data.source);
    this.speed = element("div", { class: "caption" }, "");
    /**
     * @param {string} title
     * @param {HTMLElement} picture
     * @param {HTMLElement} caption
     */
    const figure = (title, picture, caption) =>
      element("figure", {}, element("div", { class: "title" }, title), picture, caption);
    /** @param {boolean} showing */
    const compare = (showing) => () => this.compare(showing);
    const editedFigure = figure("Edited", this.edited, this.speed);
    this.edited.title = "Press and hold to see the original";
    this.renderers = new RendererSwitch(this, data.renderers);
    editedFigure.firstElementChild?.append(this.renderers.root);
    this.edited.addEventListener("pointerdown", compare(true));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      this.edited.addEventListener(end, compare(false));
    }
    this.figures = [
      figure("Original", this.original, this.sourceName),
      editedFigure,
      figure("Difference ×4", this.changed, element("div", { class: "caption" }, "")),
    ];
    this.status = element("div", { class: "status", role: "status" });
    this.sliders = new SliderBanks(this, data);
    this.stripSelect = element("select", {
      "aria-label": "Strip along",
      onchange: () => {
        this.strip = this.stripSelect.value;
        this.ask(["strip"]);
      },
    });
    for (const { name, label } of bankOf(data.banks, "attributes").sliders) {
      this.stripSelect.append(element("option", { value: name }, label));
    }
    this.stripSelect.value = this.strip;
    this.stripCanvases = data.strengths.counted.map(() => canvas("Strip"));
    this.stripRow = element(
      "div",
      { class: "strip" },
      ...this.stripCanvases.map((c) => element("figure", {}, c, element("figcaption", {})))
    );
    this.showStrengths();
    this.grid = new Grid(this);
    this.grid.root.hidden = true;
    this.gridBox = element("input", {
      type: "checkbox",
      onchange: () => {
        this.grid.root.hidden = !this.gridBox.checked;
        this.ask(["grid"]);
      },
    });
    this.shelf = new Shelf(this, data);
    this.place();
  }

  place() {
    this.root.append(
      element("div", { class: "faces" }, ...this.figures),
      this.status,
      this.sliders.root,
      element(
        "div",
        { class: "along" },
        element("label", {}, "Strip along ", this.stripSelect),
        element("label", {}, this.gridBox, " Grid of two sliders")
      ),
      this.stripRow,
      this.grid.root,
      this.shelf.root
    );
  }

  // A slider is under the hand: what Python says has to wait.
  hold() {
    this.holding = true;
  }

  letGo() {
    setTimeout(() => (this.holding = false)); // after the change event that letting go brings
  }

  /**
   * One amount of the recipe.
   * @param {string} bank
   * @param {string} name
   * @param {number} amount
   */
  set(bank, name, amount) {
    this.recipe = withAmount(this.recipe, bank, name, rounded(amount), this.rules);
    this.ask(["edited", "strip", "grid"]);
  }

  // A pointer lets go once; keys and wheels come in runs, of which Streamlit hears the end.
  release() {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), this.holding ? 0 : COMMIT_AFTER);
    this.holding = false;
  }

  // Streamlit hears of the recipe, at once if it has not been told yet.
  tell() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.send({ recipe: this.recipe });
  }

  /**
   * Tell Streamlit; what it has not taken is told again, because of quick messages it may hear the
   * last one only.
   * @param {EditorMessage} message
   */
  send(message) {
    this.revision += 1;
    this.untold.push({ revision: this.revision, ...message });
    this.commit(this.untold);
  }

  /**
   * Undo and redo, wherever the focus is, except where letters are undone.
   * @param {KeyboardEvent} event
   */
  onUndoKey(event) {
    const key = event.key?.toLowerCase();
    const isUndo = key === "z" && !event.shiftKey;
    const isRedo = key === "y" || (key === "z" && event.shiftKey);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !(isUndo || isRedo)) return;
    if (isTextField(event.composedPath()[0]) || this.holding) return;
    event.preventDefault();
    event.stopPropagation();
    this.tell();
    this.send({ step: isUndo ? -1 : 1 });
  }

  /**
   * M draws by the other renderer, wherever the focus is, except where letters are typed.
   * @param {KeyboardEvent} event
   */
  onRendererKey(event) {
    if (event.key?.toLowerCase() !== "m" || event.repeat || this.holding) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [on] = event.composedPath();
    if (isTextField(on) || on instanceof HTMLSelectElement) return; // a letter finds an option
    this.renderers.next();
  }

  /**
   * Draw the same code by another renderer.
   * @param {string} name
   */
  drawBy(name) {
    this.open(withRenderer(this.recipe, name, this.rules));
  }

  /**
   * Show a recipe without telling Streamlit.
   * @param {Recipe} recipe
   */
  preview(recipe) {
    const sameOriginal = same(faceOf(this.recipe, this.rules), faceOf(recipe, this.rules));
    this.recipe = recipe;
    this.show();
    this.ask(sameOriginal ? ["edited", "strip", "grid"] : undefined);
  }

  /**
   * Make a recipe the one being edited.
   * @param {Recipe} recipe
   */
  open(recipe) {
    this.preview(recipe);
    this.release();
  }

  /** @param {View[]} views */
  ask(views = ["original", "edited", "strip", "grid"]) {
    const { recipe, rules } = this;
    const unedited = faceOf(recipe, rules);
    const requests = {
      original: () =>
        this.live.request("original", [unedited], ([image]) => {
          this.originalImage = image;
          this.originalOf = unedited;
          paint(this.original, image);
          this.paintDifference();
        }),
      edited: () =>
        this.live.request("edited", [recipe], (images, answer) => {
          this.editedOf = unedited;
          this.painted(images, answer);
          this.shown.say(recipe);
        }),
      strip: () =>
        this.live.request(
          "strip",
          this.stripStrengths.map((s) => withAmount(recipe, "attributes", this.strip, s, rules)),
          (images, _, at) => images.forEach((image, k) => paint(this.stripCanvases[at + k], image))
        ),
      grid: () => this.gridBox.checked && this.grid.ask(),
    };
    for (const view of views) requests[view]();
  }

  /**
   * @param {ImageData[]} images
   * @param {Pictures} answer
   */
  painted([image], { number, milliseconds }) {
    this.editedImage = image;
    if (!this.comparing) paint(this.edited, image);
    this.edited.dataset.frame = String(number);
    this.paintDifference();
    this.tellSpeed(milliseconds);
  }

  /** @param {number} milliseconds */
  tellSpeed(milliseconds) {
    const now = performance.now();
    this.frames = this.frames.filter((t) => now - t < 1000).concat(now);
    if (now - this.speedToldAt < SPEED_EVERY) return;
    this.speedToldAt = now;
    const rate = this.frames.length > 3 ? ` · ${this.frames.length} pictures/s` : "";
    this.speed.textContent = `${this.device} · ${milliseconds.toFixed(1)} ms${rate}`;
  }

  paintDifference() {
    if (!this.originalImage || !this.editedImage) return;
    if (!same(this.originalOf, this.editedOf)) return; // one of them is still to come
    paint(this.changed, difference(this.originalImage, this.editedImage));
  }

  /** @param {boolean} showing */
  compare(showing) {
    if (!this.originalImage || !this.editedImage) return;
    this.comparing = showing;
    paint(this.edited, showing ? this.originalImage : this.editedImage);
  }
}

/** @type {WeakMap<HTMLElement, FaceEditor>} */
const editors = new WeakMap();

/** @param {Mounting<EditorData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let editor = editors.get(parentElement);
  if (!editor) {
    editor = new FaceEditor(parentElement, data);
    editors.set(parentElement, editor);
  }
  editor.commit = (messages) => setTriggerValue("messages", messages);
  editor.update(data);
  return () => {
    editor.close();
    editors.delete(parentElement);
  };
}
