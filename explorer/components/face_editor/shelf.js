// The shelf: named favourites, to open again or to mix, and the faces before this one.

import { _ } from "../language.js";
import { element, paint } from "../live_socket.js";
import { mix } from "../recipe.js";
import { same } from "../same.js";

/**
 * @import { EditorData, Named, Recipe } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */
/** @typedef {ReturnType<Shelf["card"]>} Card */

const STAR =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6L12 16.4 7 19.2l1.2-5.6L4 9.8l5.6-.6z"/></svg>';
const WEIGHTS = { least: 0.05, most: 3 }; // of faces in a mix, as their sliders give them

export class Shelf {
  /**
   * @param {FaceEditor} editor
   * @param {Pick<EditorData, "run" | "limits" | "step">} data run: the key that this browser stores
   *   the favourites under
   */
  constructor(editor, { run, limits, step }) {
    this.editor = editor;
    this.limits = limits;
    this.step = step;
    this.place = `latent-space-explorer favourites ${run}`;
    /** @type {Named[] | null} */
    this.favourites = null; // known once Python has checked those stored here
    /** @type {Named[]} */
    this.past = [];
    /** @type {Map<string, ImageData>} */
    this.pictures = new Map(); // JSON of a recipe -> its picture
    /** @type {Map<string, Card>} */
    this.cards = new Map(); // JSON of a favourite's recipe -> its card
    /** @type {Map<string, number>} */
    this.mixed = new Map(); // JSON of a favourite's recipe -> its weight
    this.name = element("input", {
      type: "text",
      class: "new-name",
      "aria-label": _("Name of this face"),
      maxlength: limits.name,
      onkeydown: (event) => event.key === "Enter" && this.keep(),
    });
    this.button = element(
      "button",
      { type: "button", class: "small", onclick: () => this.keep() },
      _("Keep")
    );
    this.star = element("button", {
      type: "button",
      class: "on-face star",
      "aria-label": _("Keep this face"),
      title: _("Keep this face among your favourites"),
      onclick: () => this.keep(),
    });
    this.star.innerHTML = STAR;
    this.row = element("div", { class: "favourites" });
    this.weights = element("div", { class: "weights" });
    this.pastRow = element("div", { class: "row-of-faces" });
    this.before = element("div", { class: "before" }, element("h4", {}, _("Before")), this.pastRow);
    this.root = element(
      "div",
      { class: "shelf" },
      element("div", { class: "keep" }, element("h4", {}, _("Favourites")), this.name, this.button),
      this.row,
      this.weights,
      this.before
    );
    /** @param {StorageEvent} event */
    this.onStorage = ({ key }) =>
      key === this.place && this.editor.send({ favourites: this.stored() });
    window.addEventListener("storage", this.onStorage); // another tab changed them
  }

  close() {
    window.removeEventListener("storage", this.onStorage);
  }

  /**
   * @param {object} data
   * @param {string} data.name what the face at hand is called unless the user says otherwise
   * @param {Named[] | null} data.favourites null until Python has been told of those stored here
   * @param {Named[]} data.past
   */
  update({ name, favourites, past }) {
    this.name.placeholder = name;
    const known = favourites ?? this.stored();
    if (favourites === null && !same(known, [])) {
      this.editor.send({ favourites: known });
    } else {
      if (favourites !== null) this.store(favourites);
      if (!same(known, this.favourites)) {
        this.favourites = /** @type {Named[]} */ (known);
        this.draw();
      }
    }
    if (!same(past, this.past)) {
      this.past = past;
      this.pastRow.replaceChildren(
        ...past.map((before, k) =>
          this.face(before.recipe, _("Face before {number}", { number: k + 1 }), before.name)
        )
      );
    }
    this.before.hidden = !past.length;
    this.paint();
  }

  /**
   * What this browser holds: it is believed only after Python has checked it.
   * @returns {unknown}
   */
  stored() {
    try {
      return JSON.parse(localStorage.getItem(this.place) ?? "[]");
    } catch {
      return "unreadable";
    }
  }

  /** @param {Named[]} favourites */
  store(favourites) {
    const text = JSON.stringify(favourites);
    try {
      if (localStorage.getItem(this.place) !== text) localStorage.setItem(this.place, text);
    } catch {
      // A browser that stores nothing keeps them for this session.
    }
  }

  /**
   * Show a changed list at once; Python checks it and gives names that are missing.
   * @param {Named[]} favourites
   */
  change(favourites) {
    this.favourites = favourites;
    this.draw();
    this.paint();
    this.editor.send({ favourites });
  }

  keep() {
    if (!this.favourites || this.favourites.length >= this.limits.favourites) return;
    this.editor.tell();
    const { recipe } = this.editor;
    const known = this.cards.get(JSON.stringify(recipe));
    if (known) return known.select(); // it may be meant to have another name
    this.change([...this.favourites, { name: this.name.value, recipe }]);
    this.name.value = "";
  }

  // Whether the face at hand is kept.
  mark() {
    const kept = this.cards.has(JSON.stringify(this.editor.recipe));
    this.star.setAttribute("aria-pressed", String(kept));
  }

  draw() {
    const favourites = this.favourites ?? [];
    /** @type {Map<string, Card>} */
    const cards = new Map();
    for (const favourite of favourites) {
      const key = JSON.stringify(favourite.recipe);
      const card = this.cards.get(key) ?? this.card(favourite.recipe, key);
      cards.set(key, card);
      card.show(favourite.name, cards.size);
    }
    for (const key of this.mixed.keys()) if (!cards.has(key)) this.mixed.delete(key);
    const rooted = [...cards.values()].map(({ root }) => root);
    if (!same([...cards.keys()], [...this.cards.keys()])) this.row.replaceChildren(...rooted);
    this.cards = cards;
    this.mark();
    const isFull = favourites.length >= this.limits.favourites;
    for (const button of [this.button, this.star]) button.disabled = isFull;
    this.button.title = isFull
      ? _("{count} are kept: remove one first", { count: this.limits.favourites })
      : "";
    this.showWeights();
  }

  /**
   * @param {Recipe} recipe
   * @param {string} key its JSON
   */
  card(recipe, key) {
    const all = () => this.favourites ?? [];
    const without = () => all().filter((f) => JSON.stringify(f.recipe) !== key);
    /** @param {string} name */
    const rename = (name) =>
      all().map((f) => (JSON.stringify(f.recipe) === key ? { name, recipe } : f));
    const face = this.face(recipe);
    /** @type {HTMLInputElement} */
    const name = element("input", {
      type: "text",
      maxlength: this.limits.name,
      onchange: () => this.change(rename(name.value)),
      onkeydown: (event) => event.key === "Enter" && name.blur(),
    });
    /** @type {HTMLInputElement} */
    const mix = element("input", { type: "checkbox", onchange: () => this.tick(key, mix) });
    mix.checked = this.mixed.has(key);
    const remove = element(
      "button",
      { type: "button", class: "drop", onclick: () => this.change(without()) },
      "×"
    );
    const root = element(
      "div",
      { class: "favourite" },
      face,
      name,
      element("div", { class: "also" }, element("label", {}, mix, _("mix")), remove)
    );
    /**
     * @param {string} called
     * @param {number} number
     */
    const show = (called, number) => {
      const { activeElement } = /** @type {Document | ShadowRoot} */ (name.getRootNode());
      if (activeElement !== name) name.value = called;
      /** @type {[HTMLElement, string][]} */
      const labels = [
        [face, _("Open favourite {number}", { number })],
        [name, _("Name of favourite {number}", { number })],
        [mix, _("Mix favourite {number}", { number })],
        [remove, _("Remove favourite {number}", { number })],
      ];
      for (const [node, label] of labels) {
        node.setAttribute("aria-label", label);
        node.title = called;
      }
    };
    const select = () => {
      name.focus();
      name.select();
    };
    return { root, show, select };
  }

  /**
   * A picture that opens its recipe.
   * @param {Recipe} recipe
   */
  face(recipe, label = "", title = "") {
    const canvas = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
    canvas.dataset.recipe = JSON.stringify(recipe);
    return element(
      "button",
      {
        type: "button",
        class: "face",
        title,
        "aria-label": label,
        onclick: () => this.editor.open(recipe),
      },
      canvas
    );
  }

  // Paint what is known, and ask for the rest.
  paint() {
    /** @type {Map<string, ImageData>} */
    const known = new Map();
    /** @type {Set<string>} */
    const wanted = new Set();
    for (const canvas of this.root.querySelectorAll("canvas")) {
      const key = canvas.dataset.recipe ?? "";
      const picture = this.pictures.get(key);
      wanted.add(key);
      if (!picture) continue;
      known.set(key, picture);
      paint(canvas, picture);
    }
    this.pictures = known;
    const missing = [...wanted].filter((key) => !known.has(key));
    if (!missing.length) return;
    const recipes = missing.map((key) => JSON.parse(key));
    this.editor.live.request("shelf", recipes, (pictures, _unused, at) => {
      pictures.forEach((picture, k) => this.pictures.set(missing[at + k], picture));
      for (const canvas of this.root.querySelectorAll("canvas")) {
        const picture = this.pictures.get(canvas.dataset.recipe ?? "");
        if (picture) paint(canvas, picture);
      }
    });
  }

  /**
   * @param {string} key
   * @param {HTMLInputElement} box
   */
  tick(key, box) {
    if (!box.checked) this.mixed.delete(key);
    else if (this.mixed.size < this.limits.mixed) this.mixed.set(key, 1);
    else box.checked = false;
    this.showWeights();
    if (this.mixed.size > 1) this.editor.open(this.mix());
  }

  // One slider a face in the mix, from almost nothing to three times the others.
  showWeights() {
    const favourites = this.favourites ?? [];
    const keys = favourites.map(({ recipe }) => JSON.stringify(recipe));
    this.weights.replaceChildren(
      ...(this.mixed.size < 2 ? [] : [...this.mixed]).map(([key, weight]) => {
        const at = keys.indexOf(key);
        const input = element("input", {
          type: "range",
          min: WEIGHTS.least,
          max: WEIGHTS.most,
          step: this.step,
          "aria-label": _("Weight of favourite {number}", { number: at + 1 }),
          oninput: () => {
            this.mixed.set(key, Number(input.value));
            this.editor.preview(this.mix());
          },
          onchange: () => this.editor.open(this.mix()),
        });
        input.value = String(weight);
        return element("label", {}, element("span", {}, favourites[at].name), input);
      })
    );
  }

  /** @returns {Recipe} */
  mix() {
    /** @type {[weight: number, recipe: Recipe][]} */
    const parts = [...this.mixed].map(([key, weight]) => [weight, JSON.parse(key)]);
    return mix(this.editor.recipe, parts, this.editor.rules);
  }
}
