// A slider that is heard while it moves; see __init__.py.

import { element } from "../live_socket.js";

const PATIENCE = 3000; // ms until a value that nobody answered counts as lost
const LOOK_EVERY = 10; // ms between looks whether the script has ended

// Says whether a script runs; where that cannot be seen, none does.
const scriptRuns = () =>
  document.querySelector("[data-test-script-state]")?.getAttribute("data-test-script-state") ===
  "running";

/** @import { Mounting, SliderData } from "../types.d.ts" */

class LiveSlider {
  /** @type {string[]} */
  texts;
  /** @type {(at: number) => void} */
  tell; // given by who mounts it
  /** @type {number | undefined} */
  lost; // the timer until what was sent counts as lost
  /** @type {number | undefined} */
  looking; // the timer of looks whether the script has ended

  /**
   * @param {HTMLElement} parent
   * @param {SliderData} data
   */
  constructor(parent, data) {
    this.output = element("output", { "aria-hidden": "true" });
    this.input = element("input", {
      type: "range",
      id: "slider",
      min: 0,
      step: 1,
      oninput: () => {
        this.show();
        this.send();
      },
    });
    this.label = element("label", { for: "slider" });
    this.way = element("div", { class: "way" }, this.input, this.output);
    this.root = element("div", { class: "live-slider" }, this.label, this.way);
    parent.append(this.root);
    /** @type {number | null} */
    this.sent = null; // the place that Python was told and has not answered
    this.update(data);
  }

  /** @param {SliderData} data */
  update({ label, texts, at }) {
    this.texts = texts;
    this.label.textContent = label;
    this.input.max = String(texts.length - 1);
    if (this.sent === null) this.input.value = String(at);
    else if (this.sent === at) this.answered();
    this.show();
  }

  // The newest place, once what shows the one before is drawn.
  send() {
    const at = Number(this.input.value);
    if (this.sent !== null) return;
    this.sent = at;
    this.lost = setTimeout(() => this.free(), PATIENCE);
    this.tell(at);
  }

  // Python has heard of it; what follows the slider on the page is still being made.
  answered() {
    clearInterval(this.looking);
    this.looking = setInterval(() => scriptRuns() || this.free(), LOOK_EVERY);
  }

  free() {
    clearTimeout(this.lost);
    clearInterval(this.looking);
    const sent = this.sent;
    this.sent = null;
    if (Number(this.input.value) !== sent) this.send();
  }

  show() {
    const at = Number(this.input.value);
    const last = this.texts.length - 1;
    this.output.textContent = this.texts[at];
    this.input.setAttribute("aria-valuetext", this.texts[at]);
    this.way.style.setProperty("--share", String(last ? at / last : 0));
  }

  close() {
    clearTimeout(this.lost);
    clearInterval(this.looking);
    this.root.remove();
  }
}

/** @type {WeakMap<HTMLElement, LiveSlider>} */
const sliders = new WeakMap();

/** @param {Mounting<SliderData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let slider = sliders.get(parentElement);
  if (!slider) {
    slider = new LiveSlider(parentElement, data);
    sliders.set(parentElement, slider);
  }
  slider.tell = (at) => setTriggerValue("at", at);
  slider.update(data);
  return () => {
    slider.close();
    sliders.delete(parentElement);
  };
}
