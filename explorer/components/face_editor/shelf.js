// The shelf: named favourites, to open again or to mix, and the faces before this one.

import { element, paint } from "../live_socket.js";
import { mix } from "../recipe.js";
import { same } from "../same.js";

const WEIGHTS = { least: 0.05, most: 3 }; // of faces in a mix, as their sliders give them

export class Shelf {
  // editor: gives `recipe`, `rules`, `live`, `preview(recipe)`, `open(recipe)` and `send(message)`.
  // data: run (the key that this browser stores the favourites under), limits and step.
  constructor(editor, { run, limits, step }) {
    Object.assign(this, { editor, limits, step });
    this.place = `latent-space-explorer favourites ${run}`;
    this.favourites = null; // a list of {name, recipe} once Python has checked those stored here
    this.past = [];
    this.pictures = new Map(); // JSON of a recipe -> its picture
    this.cards = new Map(); // JSON of a favourite's recipe -> {root, name, ...}
    this.mixed = new Map(); // JSON of a favourite's recipe -> its weight
    this.name = element("input", {
      type: "text",
      class: "new-name",
      "aria-label": "Name of this face",
      maxlength: this.limits.name,
      onkeydown: (event) => event.key === "Enter" && this.keep(),
    });
    this.button = element(
      "button",
      { type: "button", class: "small", onclick: () => this.keep() },
      "Keep this face"
    );
    this.row = element("div", { class: "favourites" });
    this.weights = element("div", { class: "weights" });
    this.pastRow = element("div", { class: "row-of-faces" });
    this.before = element("div", { class: "before" }, element("h4", {}, "Before"), this.pastRow);
    this.root = element(
      "div",
      { class: "shelf" },
      element("div", { class: "keep" }, element("h4", {}, "Favourites"), this.name, this.button),
      this.row,
      this.weights,
      this.before
    );
    this.onStorage = ({ key }) =>
      key === this.place && this.editor.send({ favourites: this.stored() });
    window.addEventListener("storage", this.onStorage); // another tab changed them
  }

  close() {
    window.removeEventListener("storage", this.onStorage);
  }

  // name: what the face at hand is called unless the user says otherwise. favourites: null until
  // Python has been told of those stored here. past: a list of {name, recipe}.
  update({ name, favourites, past }) {
    this.name.placeholder = name;
    const known = favourites ?? this.stored();
    if (favourites === null && !same(known, [])) {
      this.editor.send({ favourites: known });
    } else {
      if (favourites !== null) this.store(favourites);
      if (!same(known, this.favourites)) {
        this.favourites = known;
        this.draw();
      }
    }
    if (!same(past, this.past)) {
      this.past = past;
      this.pastRow.replaceChildren(
        ...past.map((before, k) => this.face(before.recipe, `Face before ${k + 1}`, before.name))
      );
    }
    this.before.hidden = !past.length;
    this.paint();
  }

  // What this browser holds: it is believed only after Python has checked it.
  stored() {
    try {
      return JSON.parse(localStorage.getItem(this.place) ?? "[]");
    } catch {
      return "unreadable";
    }
  }

  store(favourites) {
    const text = JSON.stringify(favourites);
    try {
      if (localStorage.getItem(this.place) !== text) localStorage.setItem(this.place, text);
    } catch {
      // A browser that stores nothing keeps them for this session.
    }
  }

  // Show a changed list at once; Python checks it and gives names that are missing.
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

  draw() {
    const cards = new Map();
    for (const favourite of this.favourites) {
      const key = JSON.stringify(favourite.recipe);
      const card = this.cards.get(key) ?? this.card(favourite.recipe, key);
      cards.set(key, card);
      card.show(favourite.name, cards.size);
    }
    for (const key of this.mixed.keys()) if (!cards.has(key)) this.mixed.delete(key);
    const rooted = [...cards.values()].map(({ root }) => root);
    if (!same([...cards.keys()], [...this.cards.keys()])) this.row.replaceChildren(...rooted);
    this.cards = cards;
    this.button.disabled = this.favourites.length >= this.limits.favourites;
    this.button.title = this.button.disabled
      ? `${this.limits.favourites} are kept: remove one first`
      : "";
    this.showWeights();
  }

  card(recipe, key) {
    const without = () => this.favourites.filter((f) => JSON.stringify(f.recipe) !== key);
    const rename = (name) =>
      this.favourites.map((f) => (JSON.stringify(f.recipe) === key ? { name, recipe } : f));
    const face = this.face(recipe);
    const name = element("input", {
      type: "text",
      maxlength: this.limits.name,
      onchange: () => this.change(rename(name.value)),
      onkeydown: (event) => event.key === "Enter" && name.blur(),
    });
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
      element("div", { class: "also" }, element("label", {}, mix, "mix"), remove)
    );
    const show = (called, number) => {
      if (name.getRootNode().activeElement !== name) name.value = called;
      const labels = [
        [face, "Open"],
        [name, "Name of"],
        [mix, "Mix"],
        [remove, "Remove"],
      ];
      for (const [node, what] of labels) {
        node.setAttribute("aria-label", `${what} favourite ${number}`);
        node.title = called;
      }
    };
    const select = () => {
      name.focus();
      name.select();
    };
    return { root, show, select };
  }

  // A picture that opens its recipe.
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
    const wanted = new Map();
    for (const canvas of this.root.querySelectorAll("canvas")) {
      const key = canvas.dataset.recipe;
      wanted.set(key, this.pictures.get(key));
      if (wanted.get(key)) paint(canvas, wanted.get(key));
    }
    this.pictures = new Map([...wanted].filter(([, picture]) => picture));
    const missing = [...wanted.keys()].filter((key) => !this.pictures.has(key));
    if (!missing.length) return;
    const recipes = missing.map((key) => JSON.parse(key));
    this.editor.live.request("shelf", recipes, (pictures, _, at) => {
      pictures.forEach((picture, k) => this.pictures.set(missing[at + k], picture));
      for (const canvas of this.root.querySelectorAll("canvas")) {
        const picture = this.pictures.get(canvas.dataset.recipe);
        if (picture) paint(canvas, picture);
      }
    });
  }

  tick(key, box) {
    if (!box.checked) this.mixed.delete(key);
    else if (this.mixed.size < this.limits.mixed) this.mixed.set(key, 1);
    else box.checked = false;
    this.showWeights();
    if (this.mixed.size > 1) this.editor.open(this.mix());
  }

  // One slider a face in the mix, from almost nothing to three times the others.
  showWeights() {
    const keys = this.favourites.map(({ recipe }) => JSON.stringify(recipe));
    this.weights.replaceChildren(
      ...(this.mixed.size < 2 ? [] : [...this.mixed]).map(([key, weight]) => {
        const at = keys.indexOf(key);
        const input = element("input", {
          type: "range",
          min: WEIGHTS.least,
          max: WEIGHTS.most,
          step: this.step,
          "aria-label": `Weight of favourite ${at + 1}`,
          oninput: () => {
            this.mixed.set(key, Number(input.value));
            this.editor.preview(this.mix());
          },
          onchange: () => this.editor.open(this.mix()),
        });
        input.value = weight;
        return element("label", {}, element("span", {}, this.favourites[at].name), input);
      })
    );
  }

  mix() {
    const parts = [...this.mixed].map(([key, weight]) => [weight, JSON.parse(key)]);
    return mix(this.editor.recipe, parts, this.editor.rules);
  }
}
