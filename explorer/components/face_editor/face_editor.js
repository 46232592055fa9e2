// The live editor: one recipe, drawn as sliders and as pictures; see __init__.py for `data`.
// LiveSocket, element and paint come from ../live_socket.js.

const STRENGTHS = [-3, -2, -1, 0, 1, 2, 3];
const STEP = 0.05;
const PAGE_STEPS = 10; // steps of a page key
const SPEED_EVERY = 250; // ms between texts, which cost more to draw than a face
const COMMIT_AFTER = 350; // ms without a key before Streamlit is told
// |a - b|, so that a change of a quarter of the range is white.
function difference(a, b) {
  const image = new ImageData(a.width, a.height);
  for (let i = 0; i < a.data.length; i++) {
    image.data[i] = i % 4 === 3 ? 255 : 4 * Math.abs(a.data[i] - b.data[i]);
  }
  return image;
}

const signed = (value) => (value === 0 ? "0" : (value > 0 ? "+" : "−") + Math.abs(value).toFixed(2));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

class FaceEditor {
  constructor(root, data) {
    this.root = element("div", { class: "editor" });
    root.append(this.root);
    this.revision = data.revision;
    this.recipe = data.recipe;
    this.banks = data.banks;
    this.bank = data.banks[0].bank;
    this.strip = data.strip;
    this.device = data.device;
    this.sliders = new Map(); // of the open bank: name -> {input, output, row}
    this.holding = false; // a slider is under the hand
    this.frames = [];
    this.speedToldAt = -Infinity;
    this.build(data);
    this.live = new LiveSocket(liveUrl(data.path), (text) => (this.status.textContent = text));
    this.shelf.update(data);
    this.ask();
  }

  // Take what Python says, unless it has not yet heard of what the user did last.
  update(data) {
    this.sourceName.textContent = data.source;
    this.shelf.update(data);
    if (!same(this.banks, data.banks)) {
      this.banks = data.banks;
      this.openBank(this.banks[0].bank);
    }
    if (data.revision < this.revision || this.holding || this.timer) return;
    this.revision = data.revision;
    if (same(this.recipe, data.recipe)) return;
    this.recipe = data.recipe;
    for (const [name, slider] of this.sliders) this.show(name, slider);
    this.ask();
  }

  build(data) {
    const canvas = (name, role = "img") =>
      element("canvas", { role, "aria-label": name, width: 64, height: 64 });
    this.original = canvas("Original face");
    this.edited = canvas("Edited face");
    this.changed = canvas("Difference");
    this.sourceName = element("div", { class: "caption" }, data.source);
    this.speed = element("div", { class: "caption" }, "");
    const figure = (title, picture, caption) =>
      element("figure", {}, element("div", { class: "title" }, title), picture, caption);
    const compare = (showing) => () => this.compare(showing);
    const editedFigure = figure("Edited", this.edited, this.speed);
    editedFigure.title = "Press and hold to see the original";
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
    this.tabs = element("div", { class: "tabs", role: "tablist", "aria-label": "Sliders" });
    for (const { bank, title } of this.banks) {
      this.tabs.append(
        element(
          "button",
          { role: "tab", type: "button", "data-bank": bank, onclick: () => this.openBank(bank) },
          title
        )
      );
    }
    this.search = element("input", {
      type: "search",
      placeholder: "Find a slider",
      "aria-label": "Find a slider",
      oninput: () => this.filter(),
      onkeydown: (event) => event.stopPropagation(), // Ctrl+Z here undoes letters, not the face
    });
    this.about = element("p", { class: "about" });
    this.panel = element("div", { class: "bank", role: "tabpanel" });
    this.stripSelect = element("select", {
      "aria-label": "Strip along",
      onchange: () => {
        this.strip = this.stripSelect.value;
        this.ask(["strip"]);
      },
    });
    for (const { name, label } of this.banks.find((b) => b.bank === "attributes").sliders) {
      this.stripSelect.append(element("option", { value: name }, label));
    }
    this.stripSelect.value = this.strip;
    this.stripCanvases = STRENGTHS.map((s) => canvas(`Strip ${signed(s)}`));
    this.stripRow = element(
      "div",
      { class: "strip" },
      ...this.stripCanvases.map((c, k) =>
        element("figure", {}, c, element("figcaption", {}, signed(STRENGTHS[k]).replace(".00", "")))
      )
    );
    this.grid = new Grid(this);
    this.grid.root.hidden = true;
    this.gridBox = element("input", {
      type: "checkbox",
      onchange: () => {
        this.grid.root.hidden = !this.gridBox.checked;
        this.ask(["grid"]);
      },
    });
    this.shelf = new Shelf(this);
    this.place();
    this.openBank(this.bank);
  }

  place() {
    this.root.append(
      element("div", { class: "faces" }, ...this.figures),
      this.status,
      element("div", { class: "bar" }, this.tabs, this.search),
      this.about,
      this.panel,
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

  openBank(name) {
    this.bank = name;
    const bank = this.banks.find((b) => b.bank === name);
    for (const tab of this.tabs.children) {
      tab.setAttribute("aria-selected", tab.dataset.bank === name);
    }
    this.about.textContent = bank.about;
    this.panel.setAttribute("aria-label", bank.title);
    this.panel.scrollTop = 0;
    this.sliders.clear();
    const groups = new Map();
    for (const slider of bank.sliders) {
      if (!groups.has(slider.group)) groups.set(slider.group, []);
      groups.get(slider.group).push(this.row(bank, slider));
    }
    this.panel.replaceChildren(
      ...[...groups].map(([title, rows]) =>
        element(
          "section",
          {},
          ...(title ? [element("h4", {}, title)] : []),
          element("div", { class: "rows" }, ...rows)
        )
      )
    );
    this.filter();
  }

  row(bank, { name, label, hint }) {
    const input = element("input", {
      type: "range",
      min: -bank.limit,
      max: bank.limit,
      step: STEP,
      "aria-label": label,
      title: "Double-click to reset",
      oninput: () => this.move(name, Number(input.value)),
      onchange: () => this.release(),
      onblur: () => this.tell(), // what is clicked next must find the face as it is seen
      onpointerdown: () => (this.holding = true),
      // After the change event that letting go brings.
      onpointerup: () => setTimeout(() => (this.holding = false)),
      onpointercancel: () => (this.holding = false),
      ondblclick: () => {
        this.move(name, 0);
        this.release();
      },
      onkeydown: (event) => this.pageKeys(event, input, name),
    });
    const output = element("output", { "aria-live": "off" });
    const text = element("span", { class: "name", title: label }, label);
    if (hint) text.append(element("small", {}, ` ${hint}`));
    const row = element("div", { class: "row", "data-label": `${label} ${hint ?? ""}` }, text, input, output);
    const slider = { input, output, row };
    this.sliders.set(String(name), slider);
    this.show(String(name), slider);
    return row;
  }

  pageKeys(event, input, name) {
    const sign = { PageUp: 1, PageDown: -1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    input.value = Number(input.value) + sign * PAGE_STEPS * STEP;
    this.move(name, Number(input.value));
    this.release();
  }

  show(name, { input, output, row }) {
    const amount = this.recipe[this.bank][name] ?? 0;
    const limit = Number(input.max);
    input.value = amount;
    output.textContent = signed(amount);
    row.classList.toggle("moved", amount !== 0);
    const at = (value) => `${(50 * (value + limit)) / limit}%`;
    input.style.setProperty("--from", at(Math.min(0, amount)));
    input.style.setProperty("--to", at(Math.max(0, amount)));
  }

  move(name, amount) {
    const rounded = Math.round(amount / STEP) * STEP;
    const amounts = { ...this.recipe[this.bank] };
    delete amounts[name];
    if (rounded !== 0) amounts[name] = Number(rounded.toFixed(2));
    this.recipe = { ...this.recipe, [this.bank]: amounts };
    this.show(String(name), this.sliders.get(String(name)));
    this.ask(["edited", "strip", "grid"]);
  }

  // A pointer lets go once; keys and wheels come in runs, of which Streamlit hears the end.
  release() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), this.holding ? 0 : COMMIT_AFTER);
    this.holding = false;
  }

  // Streamlit hears of the recipe, at once if it has not been told yet.
  tell() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.revision += 1;
    this.commit({ revision: this.revision, recipe: this.recipe });
  }

  // Show a recipe without telling Streamlit.
  preview(recipe) {
    const source = same(this.recipe.source, recipe.source) ? [] : ["original"];
    this.recipe = recipe;
    for (const [name, slider] of this.sliders) this.show(name, slider);
    this.ask([...source, "edited", "strip", "grid"]);
  }

  // Make a recipe the one being edited.
  open(recipe) {
    this.preview(recipe);
    this.release();
  }

  ask(views = ["original", "edited", "strip", "grid"]) {
    const bare = { source: this.recipe.source, attributes: {}, components: {}, dimensions: {} };
    const requests = {
      original: () =>
        this.live.request("original", [bare], ([image]) => {
          this.originalImage = image;
          paint(this.original, image);
          this.paintDifference();
        }),
      edited: () => this.live.request("edited", [this.recipe], (images, answer) => this.painted(images, answer)),
      strip: () =>
        this.live.request(
          "strip",
          STRENGTHS.map((strength) => ({
            ...this.recipe,
            attributes: { ...this.recipe.attributes, [this.strip]: strength },
          })),
          (images, _, at) => images.forEach((image, k) => paint(this.stripCanvases[at + k], image))
        ),
      grid: () => this.gridBox.checked && this.grid.ask(),
    };
    for (const view of views) requests[view]();
  }

  painted([image], { number, milliseconds }) {
    this.editedImage = image;
    if (!this.comparing) paint(this.edited, image);
    this.edited.dataset.frame = number;
    this.paintDifference();
    this.tellSpeed(milliseconds);
  }

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
    paint(this.changed, difference(this.originalImage, this.editedImage));
  }

  compare(showing) {
    if (!this.originalImage || !this.editedImage) return;
    this.comparing = showing;
    paint(this.edited, showing ? this.originalImage : this.editedImage);
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const { row } of this.sliders.values()) {
      row.hidden = !row.dataset.label.toLowerCase().includes(wanted);
    }
    for (const section of this.panel.children) {
      section.hidden = ![...section.querySelectorAll(".row")].some((row) => !row.hidden);
    }
  }
}

const editors = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let editor = editors.get(parentElement);
  if (!editor) {
    editor = new FaceEditor(parentElement, data);
    editors.set(parentElement, editor);
  }
  editor.commit = (message) => setTriggerValue("recipe", message);
  editor.keep = (recipes) => setTriggerValue("kept", recipes);
  editor.update(data);
  return () => {
    editor.live.close();
    editor.root.remove();
    editors.delete(parentElement);
  };
}
