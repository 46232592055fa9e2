// Faces of points: asked of the live route once, kept, and shown in a card beside the point.

import { _ } from "../language.js";
import { element, paint } from "../live_socket.js";
import { faceOf } from "../recipe.js";

/**
 * @import { LiveSocket } from "../live_socket.js"
 * @import { Rules } from "../types.d.ts"
 */

const MOST_FACES = 1500; // kept decoded, 16 KB each at 64x64
const CARD_GAP = 14; // pixels between a point and its card

/**
 * The latest so many values, by key.
 * @template Value
 */
class Latest {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {Map<string, Value>} */
    this.values = new Map();
  }

  /** @param {string} key */
  get(key) {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  /**
   * @param {string} key
   * @param {Value} value
   */
  set(key, value) {
    this.values.delete(key);
    this.values.set(key, value);
    const [oldest] = this.values.keys();
    if (this.values.size > this.most) this.values.delete(oldest);
  }
}

export class Faces {
  /**
   * @param {LiveSocket} live
   * @param {Rules} rules
   */
  constructor(live, rules) {
    this.live = live;
    this.rules = rules;
    /** @type {string | undefined} */
    this.renderer = undefined; // that draws them, as a recipe names it
    /** @type {Latest<ImageData>} */
    this.kept = new Latest(MOST_FACES);
  }

  /**
   * Calls take(image) with the face of a picture, at once when it is known, unless another renderer
   * was chosen before it comes.
   * @param {string} view
   * @param {string} id
   * @param {(image: ImageData) => void} take
   */
  ask(view, id, take) {
    const known = this.known(id);
    if (known) return take(known);
    const { renderer } = this;
    this.live.request(view, [this.recipe(id)], ([image]) => this.keep(id, renderer, image, take));
  }

  /** @param {string} id */
  recipe(id) {
    return faceOf({ source: { kind: "picture", value: id }, renderer: this.renderer }, this.rules);
  }

  /** @param {string} id */
  known(id) {
    return this.kept.get(`${this.renderer} ${id}`);
  }

  /**
   * @param {string} id
   * @param {string | undefined} renderer that drew it
   * @param {ImageData} image
   * @param {(image: ImageData) => void} take
   */
  keep(id, renderer, image, take) {
    this.kept.set(`${renderer} ${id}`, image);
    if (renderer === this.renderer) take(image);
  }

  /**
   * Whether all of them can be had at once.
   * @param {string[]} ids
   */
  know(ids) {
    return ids.every((id) => this.known(id));
  }

  /**
   * Calls take(k, image) with the face of each of some pictures as they come.
   * @param {string} view
   * @param {string[]} ids
   * @param {(k: number, image: ImageData) => void} take
   */
  askAll(view, ids, take) {
    /** @type {number[]} */
    const missing = [];
    ids.forEach((id, k) => {
      const known = this.known(id);
      if (known) take(k, known);
      else missing.push(k);
    });
    if (!missing.length) return this.live.forget(view);
    const { renderer } = this;
    this.live.request(
      view,
      missing.map((k) => this.recipe(ids[k])),
      (images, _unused, at) =>
        images.forEach((image, n) => {
          const k = missing[at + n];
          this.keep(ids[k], renderer, image, (own) => take(k, own));
        })
    );
  }
}

// Pictures of CelebA, where they are on disk.
export class Photos {
  /**
   * @param {(id: string) => string | null} address where the picture of a face is, null when there
   *   are none
   */
  constructor(address) {
    this.address = address;
  }

  /**
   * The decoded <img>, null without one.
   * @param {string} id
   */
  async get(id) {
    const src = this.address(id);
    if (!src) return null;
    const photo = element("img", { alt: "", src });
    return photo.decode().then(
      () => photo,
      () => null
    );
  }
}

// The card beside a point. It stays as it is until the next face has come, so it never flashes
// and never shows a face under another's name; it never takes the pointer itself.
export class Card {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.canvas = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
    this.faces = element("div", { class: "faces" }, this.canvas);
    this.kinds = element(
      "div",
      { class: "kinds", hidden: "" },
      element("span", {}, "CelebA"),
      element("span", {}, _("decoded"))
    );
    this.name = element("div", { class: "name" });
    this.says = element("div", { class: "says" });
    this.root = element(
      "div",
      { class: "card", hidden: "" },
      this.faces,
      this.kinds,
      this.name,
      this.says
    );
    stage.append(this.root);
  }

  /**
   * @param {object} what
   * @param {string} what.id
   * @param {ImageData} what.image
   * @param {HTMLImageElement | null} what.photo the real picture, null without one
   * @param {string} what.name
   * @param {number} what.x
   * @param {number} what.y
   */
  show({ id, image, photo, name, x, y }) {
    paint(this.canvas, image);
    this.faces.replaceChildren(...(photo ? [photo] : []), this.canvas);
    this.kinds.hidden = !photo;
    this.root.classList.toggle("both", Boolean(photo));
    if (this.canvas.dataset.id !== id) this.says.textContent = "";
    this.canvas.dataset.id = id;
    this.name.textContent = name;
    this.root.hidden = false;
    this.move(x, y);
  }

  /**
   * What is known of the face, when it is still the one shown.
   * @param {string} id
   * @param {string} text
   */
  say(id, text) {
    if (this.canvas.dataset.id === id) this.says.textContent = text;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  move(x, y) {
    putBeside(this.root, this.stage, x, y);
  }

  hide() {
    this.root.hidden = true;
  }
}

/**
 * Lay a card beside a pixel of the stage, on the side that has room.
 * @param {HTMLElement} card
 * @param {HTMLElement} stage
 * @param {number} x
 * @param {number} y
 */
export function putBeside(card, stage, x, y) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const { clientWidth, clientHeight } = stage;
  const right = x + CARD_GAP + width <= clientWidth;
  const left = right ? x + CARD_GAP : Math.max(0, x - CARD_GAP - width);
  const top = Math.max(4, Math.min(clientHeight - height - 4, y - height / 2));
  card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
