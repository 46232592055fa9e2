// The slider banks of a recipe: a tab for each, and under it sliders in groups, with ticks.

import { signed } from "../amounts.js";
import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { amountOf, methodOf } from "../recipe.js";
import { same } from "../same.js";
import { takeInHand } from "../slider_in_hand.js";
import { Locks } from "./locks.js";
import { Preview } from "./preview.js";

const PAGE_STEPS = 10; // steps of a page key
/** @type {Record<string, number>} */
const PAGES = { PageUp: PAGE_STEPS, PageDown: -PAGE_STEPS };
/** @type {Record<string, number>} */
const WAYS = { ArrowRight: 1, ArrowLeft: -1 };
/** @type {Record<string, number>} */
const NEXT = { ArrowDown: 1, ArrowUp: -1 }; // to the slider below or above

/**
 * @import { Bank, EditorData, KnownSlider } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */
/** @typedef {Pick<EditorData, "banks" | "step" | "ticks" | "methods" | "curve" | "removed">} BanksData */

/**
 * A slider that was made.
 * @typedef {object} Slider
 * @property {string} bank
 * @property {boolean} lockable
 * @property {string} name
 * @property {number} limit
 * @property {HTMLInputElement} input
 * @property {HTMLOutputElement} output
 * @property {HTMLElement} marks
 * @property {HTMLElement} row
 * @property {(amount: number) => void} finish
 */

/**
 * Sliders under one heading, which may be folded away.
 * @typedef {object} Group
 * @property {string} title
 * @property {Slider[]} sliders
 * @property {HTMLElement} count of those that are moved
 */

/**
 * One of the banks, which is there.
 * @param {Bank[]} banks
 * @param {string} name
 */
export const bankOf = (banks, name) =>
  /** @type {Bank} */ (banks.find(({ bank }) => bank === name));

export class SliderBanks {
  /** @type {Bank[]} */
  banks;
  /** @type {EditorData["ticks"]} */
  ticks;
  /** @type {string} */
  bank; // that is open
  /** @type {Map<string, Map<string, Slider>>} */
  opened; // bank -> name -> slider, of banks that were opened
  /** @type {Map<string, Group[]>} */
  groups; // likewise

  /**
   * @param {FaceEditor} editor
   * @param {BanksData} data
   */
  constructor(editor, data) {
    this.editor = editor;
    this.step = data.step;
    this.locks = new Locks(editor, data);
    this.tabs = element("div", {
      class: "tabs",
      role: "tablist",
      "aria-label": _("Sliders"),
      onkeydown: (event) => this.tabKeys(event),
    });
    this.search = element("input", {
      type: "search",
      placeholder: _("Find a slider"),
      "aria-label": _("Find a slider"),
      oninput: () => this.filter(),
    });
    this.about = element("p", { class: "about", id: "about" });
    this.panels = element("div", { class: "panels" });
    this.preview = new Preview(editor);
    this.root = element(
      "div",
      { class: "banks" },
      this.tabs,
      this.search,
      this.locks.root,
      this.panels,
      this.locks.card,
      this.preview.root
    );
    this.build(data.banks, data.ticks);
  }

  /**
   * Take other banks (of another run, or own directions) or other ticks (of another source).
   * @param {BanksData} data
   */
  update({ banks, ticks, ...data }) {
    this.locks.update(data);
    if (!same(this.banks, banks)) {
      this.build(banks, ticks);
      this.editor.grid.update(banks);
      this.editor.strip.update(banks);
    } else if (!same(this.ticks, ticks)) {
      this.ticks = ticks;
      for (const sliders of this.opened.values()) {
        for (const slider of sliders.values()) this.drawTicks(slider);
      }
    }
  }

  /**
   * @param {Bank[]} banks
   * @param {EditorData["ticks"]} ticks
   */
  build(banks, ticks) {
    this.banks = banks;
    this.ticks = ticks;
    this.locks.clear();
    this.opened = new Map();
    this.groups = new Map();
    this.tabs.replaceChildren(
      ...banks.map(({ bank, title, short }) =>
        element(
          "button",
          {
            role: "tab",
            type: "button",
            "aria-label": title,
            id: `tab-${bank}`,
            "aria-controls": `panel-${bank}`,
            onclick: () => this.open(bank),
          },
          short
        )
      )
    );
    this.panels.replaceChildren(
      ...banks.map(({ bank }) =>
        element("div", {
          class: "bank",
          role: "tabpanel",
          id: `panel-${bank}`,
          "aria-labelledby": `tab-${bank}`,
          "aria-describedby": "about",
        })
      )
    );
    this.open((banks.find(({ bank }) => bank === this.bank) ?? banks[0]).bank);
  }

  /**
   * The tabs pattern of WAI-ARIA: one tab in the tab order, arrow keys open the next.
   * @param {KeyboardEvent} event
   */
  tabKeys(event) {
    const count = this.banks.length;
    const at = this.banks.findIndex(({ bank }) => bank === this.bank);
    /** @type {Record<string, number>} */
    const ways = { ArrowRight: at + 1, ArrowLeft: at - 1 + count, Home: 0, End: count - 1 };
    const next = ways[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.open(this.banks[next % count].bank);
    this.tab(next % count).focus();
  }

  /** @param {number} k */
  tab(k) {
    return /** @type {HTMLElement} */ (this.tabs.children[k]);
  }

  /** @param {string} name */
  open(name) {
    this.bank = name;
    this.banks.forEach((bank, k) => {
      const isOpen = bank.bank === name;
      const panel = /** @type {HTMLElement} */ (this.panels.children[k]);
      this.tab(k).setAttribute("aria-selected", String(isOpen));
      this.tab(k).tabIndex = isOpen ? 0 : -1;
      panel.hidden = !isOpen;
      if (!isOpen) return;
      this.locks.open(bank);
      this.about.textContent = bank.about;
      if (!this.opened.has(name)) this.fill(bank, panel);
      panel.append(this.about);
    });
    this.show();
    this.filter();
  }

  /**
   * @param {Bank} bank
   * @param {HTMLElement} panel
   */
  fill(bank, panel) {
    /** @type {Map<string, Slider[]>} */
    const byTitle = new Map();
    /** @type {Map<string, Slider>} */
    const sliders = new Map();
    for (const known of bank.sliders) {
      const slider = this.slider(bank, known);
      this.locks.decorate(slider, known, () => this.ticksOf(slider));
      this.preview.watch(slider);
      sliders.set(String(known.name), slider);
      byTitle.set(known.group, [...(byTitle.get(known.group) ?? []), slider]);
    }
    this.opened.set(bank.bank, sliders);
    const groups = [...byTitle].map(([title, of]) => ({
      title,
      sliders: of,
      count: element("span", { class: "count" }),
    }));
    this.groups.set(bank.bank, groups);
    panel.replaceChildren(...groups.map((group) => this.section(group, bank.folded)));
    for (const group of groups) this.stopAt(group, group.sliders[0]);
  }

  /**
   * @param {Group} group
   * @param {string[]} folded titles
   */
  section({ title, sliders, count }, folded) {
    const body = element("div", { class: "rows" }, ...sliders.map(({ row }) => row));
    if (!title) return element("section", {}, body);
    const head = element("summary", {}, `${title} (${sliders.length})`, count);
    const details = element("details", {}, head, body);
    details.open = !folded.includes(title);
    return element("section", {}, details);
  }

  /**
   * One slider of a group is in the tab order; the keys up and down lead to the others.
   * @param {Group} group
   * @param {Slider} stop
   */
  stopAt({ sliders }, stop) {
    for (const slider of sliders) slider.input.tabIndex = slider === stop ? 0 : -1;
  }

  /**
   * Show a slider and give it the focus.
   * @param {string} bank
   * @param {string} name
   */
  goTo(bank, name) {
    this.search.value = "";
    this.open(bank);
    const slider = this.opened.get(bank)?.get(name);
    if (!slider) return;
    const folded = slider.row.closest("details");
    if (folded) folded.open = true;
    slider.row.scrollIntoView({ block: "nearest" });
    slider.input.focus();
  }

  /**
   * @param {Bank} bank
   * @param {KnownSlider} known
   */
  slider({ bank, limit, by_method: byMethod, lockable }, { name, label, hint }) {
    const { editor } = this;
    const method = () => (byMethod ? methodOf(editor.recipe, editor.rules) : null);
    /** @param {number} amount */
    const set = (amount) => {
      editor.set(bank, String(name), amount);
      this.showSlider(slider);
      this.showCounts();
    };
    /** @param {number} amount */
    const finish = (amount) => {
      set(amount);
      editor.release();
    };
    let before = 0; // the amount when the pointer came down
    /** @type {HTMLInputElement} */
    const input = element("input", {
      type: "range",
      min: -limit,
      max: limit,
      step: this.step,
      "aria-label": label,
      title: _("Double-click to reset"),
      oninput: () => set(Number(input.value)),
      onfocus: () => {
        takeInHand(bank, name, method());
        editor.strip.follow(bank, String(name), label);
        for (const group of this.groups.get(bank) ?? []) {
          if (group.sliders.includes(slider)) this.stopAt(group, slider);
        }
      },
      onchange: () => editor.release(),
      onblur: () => editor.tell(), // what is clicked next must find the face as it is seen
      onpointerdown: () => {
        before = this.amount(slider);
        editor.hold();
      },
      onpointerup: () => editor.letGo(),
      onpointercancel: () => {
        set(before); // a finger that came to scroll moved the slider first
        editor.letGo();
      },
      ondblclick: () => finish(0),
      onkeydown: (event) => this.sliderKeys(event, slider, finish),
    });
    // The slider tells of its ticks and its keys reach them, so nobody else needs them named.
    const marks = element("div", { class: "ticks", "aria-hidden": "true" });
    const output = element("output", { "aria-live": "off" });
    const text = element("span", { class: "name", title: label }, label);
    if (hint) text.append(element("small", {}, ` ${hint}`));
    const row = element(
      "div",
      { class: "row", "data-label": `${label} ${hint ?? ""}` },
      text,
      element("div", { class: "slide" }, input, marks),
      output
    );
    /** @type {Slider} */
    const slider = { bank, lockable, name: String(name), limit, input, output, marks, row, finish };
    this.drawTicks(slider);
    return slider;
  }

  /**
   * Page keys take ten steps; with Ctrl, left and right lead to the next tick; up and down lead to
   * the sliders above and below.
   * @param {KeyboardEvent} event
   * @param {Slider} slider
   * @param {(amount: number) => void} finish
   */
  sliderKeys(event, slider, finish) {
    const paged = PAGES[event.key];
    if (NEXT[event.key]) {
      event.preventDefault();
      this.beside(slider, NEXT[event.key])?.input.focus();
      return;
    }
    const way = WAYS[event.key];
    const amount = this.amount(slider);
    let wanted;
    if (paged) {
      wanted = Math.max(-slider.limit, Math.min(slider.limit, amount + paged * this.step));
    } else if (way && event.ctrlKey) {
      const ahead = this.ticksOf(slider)
        .map(({ at }) => at)
        .filter((at) => way * (at - amount) > 0);
      wanted = way > 0 ? Math.min(...ahead) : Math.max(...ahead);
      if (!ahead.length) wanted = amount;
    } else return;
    event.preventDefault();
    finish(wanted);
  }

  /**
   * The next slider that is seen, in the order of the bank.
   * @param {Slider} slider
   * @param {number} way
   */
  beside(slider, way) {
    const seen = [...this.sliders()].filter(({ row }) => row.offsetParent);
    return seen[seen.indexOf(slider) + way];
  }

  /** @param {Slider} slider */
  ticksOf({ bank, name }) {
    return this.ticks[bank]?.[name] ?? [];
  }

  /** @param {Slider} slider */
  drawTicks(slider) {
    const ticks = this.ticksOf(slider);
    slider.marks.replaceChildren(
      ...ticks.map(({ at, label, kind }) => {
        const tick = element("span", {
          class: "tick",
          "data-kind": kind,
          title: at ? `${label} (${signed(at)})` : label,
          onclick: () => slider.finish(at),
        });
        tick.style.setProperty("--at", String((at + slider.limit) / (2 * slider.limit)));
        return tick;
      })
    );
    const told = ticks
      .map(({ at, label }) =>
        at ? _("{label} at {amount}", { label, amount: signed(at) }) : label
      )
      .join(". ");
    slider.input.setAttribute("aria-description", told);
  }

  /** @param {Slider} slider */
  amount({ bank, name }) {
    return amountOf(this.editor.recipe, bank, name);
  }

  // Those of the open bank.
  sliders() {
    return this.opened.get(this.bank)?.values() ?? [];
  }

  /**
   * Whether strengths of a bank are effects: 1 is as often as the face needs.
   * @param {string} bank
   */
  areEffects(bank) {
    return bankOf(this.banks, bank).by_method && this.locks.method.isEffect;
  }

  // Show the recipe's amounts; banks that are not open follow when they are.
  show() {
    for (const slider of this.sliders()) this.showSlider(slider);
    this.showCounts();
    this.locks.show();
  }

  // How many sliders under each heading are moved, so that a folded one tells it.
  showCounts() {
    for (const { sliders, count } of this.groups.get(this.bank) ?? []) {
      const moved = sliders.filter((slider) => this.amount(slider)).length;
      const text = moved ? _("{count} moved", { count: moved }) : "";
      if (count.textContent !== text) count.textContent = text;
    }
  }

  /** @param {Slider} slider */
  showSlider(slider) {
    const { input, output, row, limit } = slider;
    const amount = this.amount(slider);
    input.value = String(amount);
    input.setAttribute("aria-valuetext", signed(amount));
    output.textContent = signed(amount);
    row.classList.toggle("moved", amount !== 0);
    /** @param {number} value */
    const share = (value) => String((value + limit) / (2 * limit));
    input.style.setProperty("--from", share(Math.min(0, amount)));
    input.style.setProperty("--to", share(Math.max(0, amount)));
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const { row } of this.sliders()) {
      row.hidden = !row.dataset.label?.toLowerCase().includes(wanted);
    }
    for (const section of this.panels.querySelectorAll("section")) {
      section.hidden = !section.querySelector(".row:not([hidden])");
      const folded = section.querySelector("details");
      if (folded && wanted) folded.open = true; // what was looked for is shown
    }
  }
}
