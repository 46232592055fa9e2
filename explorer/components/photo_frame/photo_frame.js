// A photo and the frame of its face; see __init__.py, and crop.js for what moves do.

import { _, N_ } from "../language.js";
import { element } from "../live_socket.js";
import { same } from "../same.js";
import { afterKey, corners, pinched, sizedTo, turnedTo, within } from "./crop.js";

/** @import { Crop, Mounting, PhotoFrameData } from "../types.d.ts" */

const REST_AFTER = 400; // ms without a key or a turn of the wheel until Python hears of it
const WHEEL = 0.001; // of zoom, for a pixel of the wheel
const HELP = N_(
  "Frame of the face. Arrows move it, plus and minus zoom, square brackets turn it; with Shift five times as far."
);
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

class PhotoFrame {
  /** @type {PhotoFrameData} */
  data;
  /** @type {Crop} */
  crop;
  /** @type {(moved: { photo: string, crop: Crop | null }) => void} */
  tell; // given by who mounts it
  photo = "";
  /** @type {Map<number, number[]>} */
  fingers = new Map(); // pointer -> where it is, in pixels of the photo
  /** @type {"move" | "size" | "turn"} */
  held = "move";

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.image = element("img", {
      alt: _("The photo, the square of the face framed"),
      draggable: false,
    });
    this.shade = svg("path", { class: "shade", "fill-rule": "evenodd" });
    this.under = svg("polygon", { class: "under" });
    this.line = svg("polygon", { class: "line" });
    this.stem = svg("line", { class: "line" });
    this.turn = svg("circle", { class: "handle turn" });
    this.size = svg("circle", { class: "handle size" });
    this.overlay = svg("svg", { tabindex: 0, role: "application", "aria-label": _(HELP) });
    this.overlay.append(this.shade, this.under, this.line, this.stem, this.turn, this.size);
    this.listen();
    const key = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {string} */ text
    ) =>
      element(
        "button",
        { type: "button", "aria-label": label, title: label, onclick: () => this.press(name) },
        text
      );
    this.again = element(
      "button",
      { type: "button", class: "again", onclick: () => this.backToFound() },
      _("As it was found")
    );
    this.root = element(
      "div",
      { class: "photo-frame" },
      element("div", { class: "photo" }, this.image, this.overlay),
      element(
        "div",
        { class: "bar" },
        element(
          "span",
          { class: "hint" },
          _("Drag the frame; zoom with the wheel or two fingers.")
        ),
        key("-", _("Smaller frame"), "−"),
        key("+", _("Larger frame"), "+"),
        key("[", _("Turn to the left"), "↺"),
        key("]", _("Turn to the right"), "↻"),
        this.again
      )
    );
    parent.append(this.root);
  }

  listen() {
    const overlay = /** @type {SVGSVGElement} */ (this.overlay);
    overlay.addEventListener("pointerdown", (event) => {
      overlay.setPointerCapture(event.pointerId);
      overlay.focus({ preventScroll: true });
      event.preventDefault();
      this.fingers.set(event.pointerId, this.at(event));
      this.held =
        event.target === this.size ? "size" : event.target === this.turn ? "turn" : "move";
    });
    overlay.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      overlay.addEventListener(end, (event) => {
        if (this.fingers.delete(event.pointerId) && !this.fingers.size) this.say();
      });
    }
    overlay.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const [x, y, side, angle] = this.crop;
        this.move([x, y, side * Math.exp(-WHEEL * event.deltaY), angle]);
        this.sayAtRest();
      },
      { passive: false }
    );
    overlay.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const moved = afterKey(this.crop, event.key, event.shiftKey);
      if (!moved) return;
      event.preventDefault();
      event.stopPropagation(); // the page has keys of its own
      this.move(moved);
      this.sayAtRest();
    });
  }

  /**
   * Where a pointer is, in pixels of the photo.
   * @param {PointerEvent} event
   */
  at(event) {
    const box = this.overlay.getBoundingClientRect();
    const scale = this.data.size[0] / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const [x, y, side, angle] = this.crop;
    const other = [...this.fingers].find(([finger]) => finger !== event.pointerId)?.[1];
    if (other) this.move(pinched(this.crop, other, before, other, now));
    else if (this.held === "size") this.move(sizedTo(this.crop, now[0], now[1]));
    else if (this.held === "turn") this.move(turnedTo(this.crop, now[0], now[1]));
    else this.move([x + now[0] - before[0], y + now[1] - before[1], side, angle]);
    this.fingers.set(event.pointerId, now);
  }

  /** @param {string} key */
  press(key) {
    const moved = afterKey(this.crop, key);
    if (moved) this.move(moved);
    this.sayAtRest();
  }

  /** @param {Crop} crop */
  move(crop) {
    this.crop = within(crop, this.data.size);
    this.draw();
  }

  backToFound() {
    clearTimeout(this.resting);
    this.crop = this.data.crop;
    this.draw();
    this.tell({ photo: this.photo, crop: null });
  }

  sayAtRest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.say(), REST_AFTER);
  }

  say() {
    clearTimeout(this.resting);
    this.tell({ photo: this.photo, crop: this.crop });
  }

  /** @param {PhotoFrameData} data */
  update(data) {
    const isOther = data.photo !== this.photo;
    this.data = data;
    if (isOther) {
      clearTimeout(this.resting);
      this.fingers.clear();
      this.photo = data.photo;
      this.image.src = data.picture;
      this.crop = data.crop;
    }
    this.draw();
  }

  draw() {
    const [width, height] = this.data.size;
    const points = corners(this.crop);
    const text = points.map((point) => point.map((n) => n.toFixed(1)).join(",")).join(" ");
    const unit = width / 100; // so large are lines and handles, on any photo
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.overlay.dataset.crop = JSON.stringify(this.crop.map((n) => Number(n.toFixed(2))));
    this.shade.setAttribute("d", `M0 0H${width}V${height}H0Z M${text.replaceAll(" ", " L")}Z`);
    this.under.setAttribute("points", text);
    this.line.setAttribute("points", text);
    const above = [(points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2];
    const [x, y, side] = this.crop;
    const away = 1 + (8 * unit) / side;
    const handle = [x + (above[0] - x) * away, y + (above[1] - y) * away];
    place(this.stem, { x1: above[0], y1: above[1], x2: handle[0], y2: handle[1] });
    place(this.turn, { cx: handle[0], cy: handle[1], r: 1.8 * unit });
    place(this.size, { cx: points[2][0], cy: points[2][1], r: 1.8 * unit });
    this.again.hidden = !this.data.found || same(this.crop, this.data.crop);
  }

  close() {
    clearTimeout(this.resting);
    this.root.remove();
  }
}

/**
 * @param {Element} shape
 * @param {Record<string, number>} attributes
 */
function place(shape, attributes) {
  for (const [name, value] of Object.entries(attributes))
    shape.setAttribute(name, value.toFixed(1));
}

/** @type {WeakMap<HTMLElement, PhotoFrame>} */
const frames = new WeakMap();

/** @param {Mounting<PhotoFrameData>} mounting */
export default function ({ parentElement, data, setStateValue }) {
  let frame = frames.get(parentElement);
  if (!frame) {
    frame = new PhotoFrame(parentElement);
    frames.set(parentElement, frame);
  }
  frame.tell = (moved) => setStateValue("moved", moved);
  frame.update(data);
  return () => {
    frame.close();
    frames.delete(parentElement);
  };
}
