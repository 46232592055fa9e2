// The shelf: faces that the user kept, to open again or to mix, and the faces before this one.

const MOST_MIXED = 4;

class Shelf {
  // editor: gives `recipe`, `live`, `preview(recipe)`, `open(recipe)` and `keep(recipes)`.
  constructor(editor) {
    this.editor = editor;
    this.kept = [];
    this.past = [];
    this.mixed = new Map(); // JSON of a kept recipe -> its weight
    this.keptRow = element("div", { class: "row-of-faces" });
    this.pastRow = element("div", { class: "row-of-faces" });
    this.weights = element("div", { class: "weights" });
    const keep = () => this.editor.keep([...this.kept.map((k) => k.recipe), this.editor.recipe]);
    this.root = element(
      "div",
      { class: "shelf" },
      element(
        "div",
        {},
        element("h4", {}, "Kept"),
        element("button", { type: "button", class: "small", onclick: keep }, "Keep this face")
      ),
      this.keptRow,
      this.weights,
      element("h4", {}, "Before"),
      this.pastRow
    );
  }

  // kept, past: lists of {name, recipe}.
  update({ kept, past }) {
    const known = new Set(kept.map(({ recipe }) => JSON.stringify(recipe)));
    for (const key of this.mixed.keys()) if (!known.has(key)) this.mixed.delete(key);
    if (same([kept, past], [this.kept, this.past])) return;
    this.kept = kept;
    this.past = past;
    const canvases = [];
    const face = ({ name, recipe }, index, title) => {
      const canvas = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
      canvases.push(canvas);
      const label = `${title} ${index + 1}`;
      return element(
        "button",
        { type: "button", class: "face", title: name, "aria-label": label, onclick: () => this.editor.open(recipe) },
        canvas
      );
    };
    this.keptRow.replaceChildren(
      ...kept.map((item, k) =>
        element(
          "div",
          { class: "kept" },
          face(item, k, "Kept face"),
          element(
            "label",
            {},
            this.tick(item.recipe, k),
            "mix",
            element(
              "button",
              { type: "button", class: "drop", "aria-label": `Drop kept face ${k + 1}`, onclick: () => this.drop(k) },
              "×"
            )
          )
        )
      )
    );
    this.pastRow.replaceChildren(...past.map((item, k) => face(item, k, "Face before")));
    this.root.classList.toggle("has-past", past.length > 0);
    this.showWeights();
    [...kept, ...past].forEach(({ recipe }, k) =>
      this.editor.live.request(`shelf ${k}`, [recipe], ([image]) => paint(canvases[k], image))
    );
  }

  tick(recipe, k) {
    const key = JSON.stringify(recipe);
    const box = element("input", {
      type: "checkbox",
      "aria-label": `Mix kept face ${k + 1}`,
      onchange: () => {
        if (!box.checked) this.mixed.delete(key);
        else if (this.mixed.size < MOST_MIXED) this.mixed.set(key, 1);
        else box.checked = false;
        this.showWeights();
        if (this.mixed.size > 1) this.editor.open(this.mix());
      },
    });
    box.checked = this.mixed.has(key);
    return box;
  }

  drop(k) {
    this.editor.keep(this.kept.filter((_, other) => other !== k).map(({ recipe }) => recipe));
  }

  // One slider a face in the mix, from almost nothing to three times the others.
  showWeights() {
    const numbers = this.kept.map(({ recipe }) => JSON.stringify(recipe));
    this.weights.replaceChildren(
      ...(this.mixed.size < 2 ? [] : [...this.mixed]).map(([key, weight]) => {
        const number = numbers.indexOf(key) + 1;
        const input = element("input", {
          type: "range",
          min: 0.05,
          max: 3,
          step: STEP,
          "aria-label": `Weight of kept face ${number}`,
          oninput: () => {
            this.mixed.set(key, Number(input.value));
            this.editor.preview(this.mix());
          },
          onchange: () => this.editor.open(this.mix()),
        });
        input.value = weight;
        return element("label", {}, `Face ${number} `, input);
      })
    );
  }

  mix() {
    const parts = [...this.mixed].map(([key, weight]) => [weight, JSON.parse(key)]);
    const { method, locks } = this.editor.recipe; // left out of the JSON where undefined
    const source = { kind: "mix", value: parts };
    return { source, attributes: {}, components: {}, dimensions: {}, method, locks };
  }
}
