// The live editor: one recipe, drawn as sliders and as pictures; see __init__.py for `data`.

import { inAddress } from "../address.js";
import { rounded } from "../amounts.js";
import { EditedFace } from "../edited_face.js";
import { language } from "../language.js";
import { element, LiveSocket, liveUrl } from "../live_socket.js";
import { Messages } from "../messages.js";
import { onPlaces } from "../places.js";
import { PutBack } from "../put_back.js";
import { faceOf, withAmount, withRenderer } from "../recipe.js";
import { same } from "../same.js";
import { Chips } from "./chips.js";
import { CopyLink } from "./copy_link.js";
import { Grid } from "./grid.js";
import { playOpening } from "./opening.js";
import { Present } from "./present.js";
import { RendererSwitch } from "./renderer_switch.js";
import { Shelf } from "./shelf.js";
import { SliderBanks } from "./slider_banks.js";
import { Strip } from "./strip.js";
import { Views } from "./views.js";
import { Walk } from "./walk.js";

/** @import { EditorData, EditorMessage, Mounting, Recipe } from "../types.d.ts" */

const COMMIT_AFTER = 350; // ms without a key before Streamlit is told

/** @typedef {"original" | "edited" | "strip" | "grid"} View */

const NO_LETTERS = ["range", "checkbox", "radio", "button", "file"]; // inputs without letters

/** @param {EventTarget} node */
const isTextField = (node) =>
  node instanceof HTMLTextAreaElement ||
  (node instanceof HTMLInputElement && !NO_LETTERS.includes(node.type)) ||
  (node instanceof HTMLElement && node.isContentEditable);

export class FaceEditor {
  // Made by build().

  /** @type {Views} */
  views;
  /** @type {HTMLElement} */
  sourceName;
  /** @type {HTMLElement} */
  status;
  /** @type {RendererSwitch} */
  renderers;
  /** @type {Present} */
  present;
  /** @type {CopyLink} */
  copyLink;
  /** @type {Chips} */
  chips;
  /** @type {SliderBanks} */
  sliders;
  /** @type {Strip} */
  strip;
  /** @type {Walk} */
  walk;
  /** @type {Grid} */
  grid;
  /** @type {Shelf} */
  shelf;

  /**
   * @param {HTMLElement} root
   * @param {EditorData} data
   */
  constructor(root, data) {
    this.root = element("div", { class: "editor" });
    root.append(this.root);
    /** @type {Messages<EditorMessage>} */
    this.messages = new Messages(data);
    this.rules = data.rules;
    this.recipe = data.recipe;
    this.visit = data.visit;
    this.spoken = language();
    this.holding = false; // a slider is under the hand
    /** @type {number | null} */
    this.timer = null; // until Streamlit is told
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
      this.onLetter(event);
    };
    /** @param {KeyboardEvent} event */
    this.keyUp = (event) => event.key?.toLowerCase() === "o" && this.views.compare(false);
    // Back and Forward: the face is that of the address.
    this.onAddress = () => this.send({ address: inAddress(data.link) });
    document.addEventListener("keydown", this.keys, true);
    document.addEventListener("keyup", this.keyUp, true);
    window.addEventListener("popstate", this.onAddress);
    this.stopSettling = onPlaces((places) => this.settle(places));
    this.ask();
    if (data.opening) this.opening = playOpening(this, data.opening);
  }

  close() {
    document.removeEventListener("keydown", this.keys, true);
    document.removeEventListener("keyup", this.keyUp, true);
    window.removeEventListener("popstate", this.onAddress);
    this.stopSettling();
    this.opening?.stop();
    this.walk.close();
    this.present.close();
    this.grid.close();
    this.shelf.close();
    this.shown.close();
    this.live.close();
    this.root.remove();
  }

  /**
   * Whether it is the editor that Python speaks of, in the same visit and language of the page.
   * @param {EditorData} data
   */
  continues({ session, visit }) {
    const sameVisit = this.messages.session === session && this.visit === visit;
    return sameVisit && this.spoken === language();
  }

  /**
   * Take what Python says, unless it has not yet heard of what the user did last.
   * @param {EditorData} data
   */
  update(data) {
    this.messages.heard(data);
    this.sourceName.textContent = data.source;
    this.sliders.update(data);
    if (this.messages.waiting) return;
    this.copyLink.update(data);
    this.walk.update(data);
    this.shelf.update(data);
    if (this.messages.waiting || this.holding || this.timer) return;
    if (same(this.recipe, data.recipe)) return;
    this.recipe = data.recipe;
    this.show();
    this.ask();
  }

  // What the recipe says, on all that sets it.
  show() {
    this.sliders.show();
    this.chips.show();
    this.strip.show();
    this.renderers.show();
    this.shelf.mark();
  }

  /** @param {EditorData} data */
  build(data) {
    this.views = new Views();
    this.sourceName = element("div", { class: "source" }, data.source);
    this.renderers = new RendererSwitch(this, data.renderers);
    this.present = new Present(this.root);
    this.copyLink = new CopyLink(this, data);
    this.status = element("div", { class: "status", role: "status" });
    this.sliders = new SliderBanks(this, data);
    this.chips = new Chips(this);
    this.strip = new Strip(this, data);
    this.walk = new Walk(this, data);
    this.grid = new Grid(this, data.banks);
    this.shelf = new Shelf(this, data);
    this.root.append(
      element(
        "div",
        { class: "face-side" },
        element("div", { class: "over" }, this.sourceName, this.views.choice, this.renderers.root),
        element(
          "div",
          { class: "stand" },
          this.views.root,
          this.present.button,
          this.copyLink.button,
          this.shelf.star
        ),
        this.status,
        this.walk.root,
        this.strip.root
      ),
      element("div", { class: "side" }, this.chips.root, this.sliders.root)
    );
    this.show();
  }

  /**
   * Grid and favourites go where the page has a place for them, with the styles of the editor.
   * @param {ReadonlyMap<string, HTMLElement>} places
   */
  settle(places) {
    /** @type {[string, HTMLElement][]} */
    const parts = [
      ["grid", this.grid.root],
      ["shelf", this.shelf.root],
    ];
    for (const [part, root] of parts) {
      const place = places.get(part);
      if (!place || root.parentElement?.parentElement === place) continue;
      const own = /** @type {ParentNode} */ (this.root.parentNode);
      const styles = own.querySelector("style[data-component]");
      const inside = element("div", { class: "editor-part" }, root);
      place.replaceChildren(...(styles ? [styles.cloneNode(true)] : []), inside);
    }
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
    this.chips.show();
    this.shelf.mark();
    this.ask(["edited", "strip", "grid"]);
  }

  /**
   * Edits that are no more.
   * @param {{ bank: string, name: string }[]} gone
   */
  takeAway(gone) {
    const without = gone.reduce(
      (recipe, { bank, name }) => withAmount(recipe, bank, name, 0, this.rules),
      this.recipe
    );
    this.open(without);
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

  /** @param {EditorMessage} message */
  send(message) {
    this.messages.tell(message);
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
   * Single letters, wherever the focus is, except where letters are typed: M draws by the other
   * renderer, O shows the original while it is held, D goes on to the next view, F presents.
   * @param {KeyboardEvent} event
   */
  onLetter(event) {
    if (event.repeat || this.holding) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [on] = event.composedPath();
    if (isTextField(on) || on instanceof HTMLSelectElement) return; // a letter finds an option
    const key = event.key?.toLowerCase();
    if (this.present.takes(key)) return;
    if (key === "m") this.renderers.next();
    if (key === "o") this.views.compare(true);
    if (key === "d") this.views.next();
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
        this.live.request("original", [unedited], ([image]) =>
          this.views.paintOriginal(image, unedited)
        ),
      edited: () =>
        this.live.request("edited", [recipe], ([image], { number }) => {
          this.views.paintEdited(image, unedited, number);
          this.shown.say(recipe);
        }),
      strip: () => this.strip.ask(),
      grid: () => this.grid.ask(),
    };
    for (const view of views) requests[view]();
  }
}

/** @type {WeakMap<HTMLElement, FaceEditor>} */
const editors = new WeakMap();
/** @type {PutBack<FaceEditor>} */
const place = new PutBack();

/** @param {Mounting<EditorData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let editor = editors.get(parentElement);
  const back = editor ? null : place.back((left) => left.continues(data));
  if (!editor) {
    editor = back ?? new FaceEditor(parentElement, data);
    parentElement.append(editor.root);
    editors.set(parentElement, editor);
  }
  editor.messages.commit = (messages) => setTriggerValue("messages", messages);
  editor.update(data);
  if (back) editor.messages.tellAgain();
  return () => {
    editors.delete(parentElement);
    editor.messages.commit = () => {};
    place.leave(editor, () => editor.close());
  };
}
