// A choice of one slider of all banks, for what goes along a slider: the strip and the grid.

import { element } from "../live_socket.js";

const MOST_NUMBERED = 10; // of a bank whose sliders are numbered, which has hundreds

/** @import { Bank } from "../types.d.ts" */

/**
 * A slider that was chosen.
 * @typedef {{ bank: string, name: string }} Chosen
 */

export class SliderChoice {
  /**
   * @param {string} label
   * @param {Bank[]} banks
   * @param {Chosen} first
   * @param {() => void} changed
   * @param {number} [otherwise] which of those offered, where the first one is not
   */
  constructor(label, banks, first, changed, otherwise = 0) {
    this.otherwise = otherwise;
    /** @type {HTMLSelectElement} */
    this.select = element("select", { "aria-label": label, onchange: changed });
    this.offer(banks, first);
  }

  /** @returns {Chosen} */
  get chosen() {
    const [bank, name] = this.select.value.split(/:(.*)/);
    return { bank, name };
  }

  get label() {
    return this.select.selectedOptions[0]?.textContent ?? "";
  }

  /**
   * Choose another one; one that is not offered is added, because it is in hand.
   * @param {Chosen} wanted
   * @param {string} label
   */
  choose({ bank, name }, label) {
    const value = `${bank}:${name}`;
    if (this.select.value === value) return;
    this.select.value = value;
    if (this.select.selectedIndex >= 0) return;
    this.select.append(element("option", { value }, label));
    this.select.value = value;
  }

  /**
   * The banks are others: own directions came or went.
   * @param {Bank[]} banks
   * @param {Chosen} [wanted]
   */
  offer(banks, wanted = this.chosen) {
    const groups = banks.map(({ bank, title, sliders }) => {
      const offered = sliders.filter((s, k) => typeof s.name !== "number" || k < MOST_NUMBERED);
      const options = offered.map((s) =>
        element("option", { value: `${bank}:${s.name}` }, s.label)
      );
      return element("optgroup", { label: title }, ...options);
    });
    this.select.replaceChildren(...groups);
    this.select.value = `${wanted.bank}:${wanted.name}`;
    if (this.select.selectedIndex >= 0) return;
    this.select.selectedIndex = Math.min(this.otherwise, this.select.options.length - 1);
  }
}
