// What the points are coloured by, chosen here so that the map need not wait for Streamlit. Where
// Streamlit is not told at all, the choice is kept here for when the map is drawn anew.

import { element } from "../live_socket.js";
import { IN_HAND } from "../slider_in_hand.js";

const TELL_AFTER = 300; // ms without another choice before Streamlit is told

const lastChosen = new Map(); // key of a map -> column

export class ColourMenu {
  // key: of the map. onChoose(name): at once. onSettle(name): when the choice has come to rest.
  constructor(key, onChoose, onSettle) {
    this.key = key;
    this.own = lastChosen.get(key) ?? null;
    this.select = element("select", {
      onchange: () => {
        this.take(this.select.value);
        onChoose(this.own);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => onSettle(this.own), TELL_AFTER);
      },
    });
    this.root = element("label", { class: "colour" }, "Colour by ", this.select);
  }

  take(name) {
    this.own = name;
    lastChosen.set(this.key, name);
  }

  // columns: [{name, title, group}]
  fill(columns) {
    const groups = new Map();
    const inHand = { name: IN_HAND, title: "Slider in hand", group: "Sliders" };
    for (const { name, title, group } of [...columns, inHand]) {
      if (!groups.has(group)) groups.set(group, element("optgroup", { label: group }));
      groups.get(group).append(element("option", { value: name }, title));
    }
    this.select.replaceChildren(...groups.values());
    this.select.value = this.shown;
  }

  // The column to show when Streamlit says `said`: what was chosen here until it has heard of it.
  agreed(said) {
    if (said === this.own) this.own = null;
    this.shown = this.own ?? said;
    this.select.value = this.shown;
    return this.shown;
  }
}
