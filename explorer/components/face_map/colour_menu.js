// What the points are coloured by, chosen here so that the map need not wait for Streamlit. Where
// Streamlit is not told at all, the choice is kept here for when the map is drawn anew.

import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { IN_HAND } from "../slider_in_hand.js";

/** @import { KnownColumn } from "../types.d.ts" */

const TELL_AFTER = 300; // ms without another choice before Streamlit is told

/** @type {Map<string, string>} */
const lastChosen = new Map(); // key of a map -> column

export class ColourMenu {
  /** @type {number | undefined} */
  timer;

  /**
   * @param {string} key of the map
   * @param {(name: string) => void} onChoose at once
   * @param {(name: string) => void} onSettle when the choice has come to rest
   */
  constructor(key, onChoose, onSettle) {
    this.key = key;
    this.own = lastChosen.get(key) ?? null;
    this.shown = "";
    this.select = element("select", {
      onchange: () => {
        this.take(this.select.value);
        onChoose(this.select.value);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => onSettle(this.own ?? this.shown), TELL_AFTER);
      },
    });
    this.root = element("label", { class: "colour" }, `${_("Colour by")} `, this.select);
  }

  /** @param {string} name */
  take(name) {
    this.own = name;
    lastChosen.set(this.key, name);
  }

  /** @param {KnownColumn[]} columns */
  fill(columns) {
    /** @type {Map<string, HTMLOptGroupElement>} */
    const groups = new Map();
    const inHand = { name: IN_HAND, title: _("The slider you move"), group: _("Sliders") };
    for (const { name, title, group } of [...columns, inHand]) {
      const made = groups.get(group) ?? element("optgroup", { label: group });
      made.append(element("option", { value: name }, title));
      groups.set(group, made);
    }
    this.select.replaceChildren(...groups.values());
    this.select.value = this.shown;
  }

  /**
   * The column to show when Streamlit says `said`: what was chosen here until it has heard of it.
   * @param {string} said
   */
  agreed(said) {
    if (said === this.own) this.own = null;
    this.shown = this.own ?? said;
    this.select.value = this.shown;
    return this.shown;
  }
}
