// Faces of points: asked of the live route once, kept, and shown in a card beside the point.

const MOST_FACES = 1500; // kept decoded, 16 KB each at 64x64
const CARD_GAP = 14; // pixels between a point and its card

const pictureRecipe = (id) => ({
  source: { kind: "picture", value: id },
  attributes: {},
  components: {},
  dimensions: {},
});

// The latest so many values, by key.
class Latest {
  constructor(most) {
    this.most = most;
    this.values = new Map();
  }

  get(key) {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  set(key, value) {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) this.values.delete(this.values.keys().next().value);
  }
}

class Faces {
  constructor(live) {
    this.live = live;
    this.kept = new Latest(MOST_FACES);
  }

  // Calls take(image) with the face of a picture, at once when it is known.
  ask(view, id, take) {
    const known = this.kept.get(id);
    if (known) return take(known);
    this.live.request(view, [pictureRecipe(id)], ([image]) => {
      this.kept.set(id, image);
      take(image);
    });
  }
}

// The card beside a point. It stays as it is until the next face has come, so it never flashes
// and never shows a face under another's name; it never takes the pointer itself.
class Card {
  constructor(stage) {
    this.stage = stage;
    this.canvas = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
    this.photo = element("img", { alt: "", hidden: "" });
    this.name = element("div", { class: "name" });
    this.says = element("div", { class: "says" });
    this.root = element(
      "div",
      { class: "card", hidden: "" },
      element("div", { class: "faces" }, this.photo, this.canvas),
      this.name,
      this.says
    );
    stage.append(this.root);
  }

  show({ id, image, name, x, y }) {
    paint(this.canvas, image);
    if (this.canvas.dataset.id !== id) this.says.textContent = "";
    this.canvas.dataset.id = id;
    this.name.textContent = name;
    this.root.hidden = false;
    this.move(x, y);
  }

  // What is known of the face, when it is still the one shown.
  say(id, text) {
    if (this.canvas.dataset.id === id) this.says.textContent = text;
  }

  move(x, y) {
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const { clientWidth, clientHeight } = this.stage;
    const right = x + CARD_GAP + width <= clientWidth;
    const left = right ? x + CARD_GAP : Math.max(0, x - CARD_GAP - width);
    const top = Math.max(4, Math.min(clientHeight - height - 4, y - height / 2));
    this.root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.root.hidden = true;
  }
}
