// A straight path between two places of the map, and what plays it.

import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { css, PICKED_COLOUR } from "./palette.js";
import { icon } from "./toolbar.js";

/**
 * @import { Overlay } from "./overlay.js"
 * @import { Pixel } from "./types.d.ts"
 */

const LAP = 4000; // ms from one end to the other
const PATH_STEPS = 1000; // of the slider

export class MapPath {
  /**
   * @param {(place: number[]) => void} onPlace the path has come to a place
   * @param {() => void} onChange it is to be drawn anew
   * @param {(() => void) | null} onTake the face that is shown was chosen; null where it cannot be
   */
  constructor(onPlace, onChange, onTake) {
    this.onPlace = onPlace;
    this.onChange = onChange;
    /** @type {number[][]} */
    this.ends = [];
    /** @type {number[] | null} */
    this.loose = null; // where the second end would be
    this.t = 0; // how far it has come, 0 to 1
    this.ahead = 1; // or -1
    /** @type {number | null} */
    this.playing = null;
    this.button = element("button", { type: "button", onclick: () => this.toggle() });
    this.slider = element("input", {
      type: "range",
      "aria-label": _("Place on the path"),
      min: 0,
      max: PATH_STEPS,
      oninput: () => {
        this.pause();
        this.go(Number(this.slider.value) / PATH_STEPS);
      },
    });
    const clear = element("button", {
      type: "button",
      "aria-label": _("Clear the path"),
      title: _("Clear the path (Escape)"),
      onclick: () => this.clear(),
    });
    clear.append(icon("clear"));
    this.root = element(
      "div",
      { class: "path", role: "group", "aria-label": _("Path"), hidden: "" },
      this.button,
      this.slider,
      ...(onTake ? [this.taking(onTake)] : []),
      clear
    );
  }

  /** @param {() => void} onTake */
  taking(onTake) {
    const attributes = { type: "button", class: "take", onclick: onTake };
    return element("button", attributes, _("Edit this face"));
  }

  get whole() {
    return this.ends.length === 2;
  }

  get begun() {
    return this.ends.length > 0;
  }

  /**
   * One end, then the other, which plays it; a third place begins anew.
   * @param {number[]} place
   */
  add(place) {
    if (this.whole) this.clear();
    this.ends.push(place);
    this.loose = null;
    this.onChange();
    if (!this.whole) return;
    this.root.hidden = false;
    this.t = 0;
    this.ahead = 1;
    this.play();
  }

  /**
   * Where the second end would be.
   * @param {number[]} place
   */
  reach(place) {
    if (this.ends.length !== 1) return;
    this.loose = place;
    this.onChange();
  }

  clear() {
    this.pause();
    [this.ends, this.loose] = [[], null];
    this.root.hidden = true;
    this.onChange();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    this.label("pause", _("Pause the path"));
    let before = performance.now();
    /** @param {number} now */
    const step = (now) => {
      this.playing = requestAnimationFrame(step);
      const t = this.t + (this.ahead * (now - before)) / LAP;
      before = now;
      if (t > 1 || t < 0) this.ahead = -this.ahead; // to and fro
      this.go(Math.min(1, Math.max(0, t)));
    };
    this.playing = requestAnimationFrame(step);
  }

  pause() {
    if (this.playing !== null) cancelAnimationFrame(this.playing);
    this.playing = null;
    this.label("play", _("Play the path"));
  }

  /**
   * @param {"play" | "pause"} shape
   * @param {string} name
   */
  label(shape, name) {
    this.button.replaceChildren(icon(shape));
    this.button.title = name;
    this.button.setAttribute("aria-label", name);
  }

  /** @param {number} t */
  go(t) {
    this.t = t;
    this.slider.value = String(Math.round(PATH_STEPS * t));
    this.onPlace(this.place);
    this.onChange();
  }

  // Where it is now.
  get place() {
    const [from, to] = this.ends;
    return from.map((v, k) => v + this.t * (to[k] - v));
  }

  /**
   * @param {Overlay} overlay
   * @param {(place: number[]) => Pixel} project
   */
  draw(overlay, project) {
    if (!this.begun) return;
    const end = this.ends[1] ?? this.loose;
    const [from, to] = [project(this.ends[0]), end && project(end)];
    const text = css(overlay.theme.text);
    if (to) {
      const line = new Path2D();
      line.moveTo(...from);
      line.lineTo(...to);
      overlay.stroke(line, text, 2, this.whole ? 1 : 0.5);
    }
    overlay.ring(from, 4, text, 2.5);
    if (!this.whole || !to) return;
    overlay.ring(to, 4, text, 2.5);
    overlay.ring(project(this.place), 6, PICKED_COLOUR, 3.5);
  }
}
