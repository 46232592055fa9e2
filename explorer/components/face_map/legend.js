// Below the map: what its colours mean, with counts; a click on a category, or on a part of a
// scale, hides or shows it.

import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { css } from "./palette.js";

/** @import { Meaning } from "../types.d.ts" */

const BARS = 64; // of the histogram over a scale
const PARTS = 8; // of a scale, hidden and shown together
const BAR_HEIGHT = 26; // pixels

export class Legend {
  /**
   * @param {(categories: number[]) => void} onToggle these were clicked
   * @param {() => void} onRest the faces outside the filter were
   * @param {() => void} onClear the selection was
   */
  constructor(onToggle, onRest, onClear) {
    this.onClear = onClear;
    this.onToggle = onToggle;
    this.onRest = onRest;
    this.said = ""; // JSON of what is shown
    this.root = element("div", { class: "legend", role: "group", "aria-label": _("Legend") });
  }

  /**
   * @param {object} what
   * @param {Meaning} what.about of the column
   * @param {Uint8Array} what.palette
   * @param {Uint32Array} what.counts (256,) faces of each value that pass the filter
   * @param {number} what.rest faces outside it
   * @param {Set<number>} what.hidden categories
   * @param {boolean} what.hideRest whether the rest is hidden
   * @param {boolean} what.picked whether the picture edited is on the map
   * @param {boolean} what.walks whether the edited face itself is
   * @param {number} what.selected faces in the selection
   */
  show({ about, palette, counts, rest, hidden, hideRest, picked, walks, selected }) {
    const said = JSON.stringify([
      about,
      [...palette],
      [...counts],
      rest,
      [...hidden],
      hideRest,
      picked,
      walks,
      selected,
    ]);
    if (said === this.said) return; // the focus stays where it is
    this.said = said;
    const here = /** @type {Document | ShadowRoot} */ (this.root.getRootNode());
    const focused = here.activeElement?.getAttribute("data-entry");
    /** @param {number} k */
    const colour = (k) => css(palette.subarray(4 * k, 4 * k + 3));
    /** @type {HTMLElement[]} */
    const entries = [];
    if (about.kind === "scale") entries.push(this.scale(about, colour, counts, hidden));
    else {
      about.labels.forEach((label, k) => {
        if (!counts[k] && !hidden.has(k)) return;
        const act = () => this.onToggle([k]);
        entries.push(entry(k, colour(k), label, counts[k], !hidden.has(k), act));
      });
    }
    if (rest) {
      const act = () => this.onRest();
      entries.unshift(entry("rest", "var(--grey)", _("outside the filter"), rest, !hideRest, act));
    }
    if (selected) {
      const clear = entry(_("selected"), "none", _("selected"), selected, true, () =>
        this.onClear()
      );
      clear.removeAttribute("aria-pressed");
      clear.title = _("Click to select nothing");
      clear.append(element("span", { class: "clear", "aria-hidden": "true" }, "×"));
      entries.push(clear);
    }
    if (walks) entries.push(mark("spot", _("edited face")));
    if (picked) entries.push(mark("ring", walks ? _("where it started") : _("edited face")));
    this.root.replaceChildren(...entries);
    const again = `[data-entry="${focused}"]`;
    /** @type {HTMLElement | null} */ (this.root.querySelector(again))?.focus();
  }

  /**
   * @param {Meaning & { kind: "scale" }} about
   * @param {(value: number) => string} colour
   * @param {Uint32Array} counts
   * @param {Set<number>} hidden
   */
  scale({ title, range: [low, high] }, colour, counts, hidden) {
    /** @param {number} v */
    const number = (v) => Number(v.toPrecision(3)).toLocaleString("en");
    const bars = new Array(BARS).fill(0);
    counts.forEach((n, k) => (bars[Math.floor((k * BARS) / 256)] += n));
    const most = Math.max(1, ...bars);
    const size = 256 / PARTS; // values
    const parts = Array.from({ length: PARTS }, (_unused, part) => {
      const values = Array.from({ length: size }, (_unused, k) => part * size + k);
      const [from, to] = [part, part + 1].map((k) => number(low + (k / PARTS) * (high - low)));
      const count = values.reduce((sum, k) => sum + counts[k], 0);
      const told = { from, to, count: count.toLocaleString("en") };
      const reach = _("{from} to {to}", told);
      const shown = !hidden.has(values[0]);
      return element(
        "button",
        {
          type: "button",
          "data-entry": `part ${part}`,
          "aria-pressed": shown,
          "aria-label": `${reach} (${told.count})`,
          title: shown
            ? _("{from} to {to}: {count} faces. Click to hide", told)
            : _("{from} to {to}: {count} faces. Click to show", told),
          onclick: () => this.onToggle(values),
        },
        this.bars(
          bars.slice((part * BARS) / PARTS, ((part + 1) * BARS) / PARTS),
          part,
          most,
          colour
        ),
        element("span", { class: "ramp", style: ramp(values, colour) })
      );
    });
    return element(
      "div",
      {
        class: "scale",
        role: "group",
        "aria-label": _("{title} from {low} to {high}", {
          title,
          low: number(low),
          high: number(high),
        }),
      },
      element("div", { class: "title" }, title),
      element("div", { class: "parts" }, ...parts),
      element(
        "div",
        { class: "ends" },
        element("span", {}, number(low)),
        element("span", {}, number(high))
      )
    );
  }

  /**
   * Of one part of a scale.
   * @param {number[]} heights
   * @param {number} part
   * @param {number} most
   * @param {(value: number) => string} colour
   */
  bars(heights, part, most, colour) {
    const bars = heights.map((n, k) => {
      const height = n ? Math.max(1, (BAR_HEIGHT * n) / most) : 0;
      const fill = colour(Math.round(((part * heights.length + k + 0.5) * 256) / BARS));
      return element("span", { style: `height: ${height}px; background: ${fill}` });
    });
    return element("span", { class: "bars" }, ...bars);
  }
}

/**
 * @param {number[]} values
 * @param {(value: number) => string} colour
 */
const ramp = (values, colour) => {
  const [first, last] = [values[0], values[values.length - 1]].map(colour);
  return `background: linear-gradient(to right, ${first}, ${last})`;
};

/**
 * @param {string | number} name
 * @param {string} colour
 * @param {string} label
 * @param {number} count
 * @param {boolean} shown
 * @param {() => void} onclick
 */
function entry(name, colour, label, count, shown, onclick) {
  return element(
    "button",
    {
      type: "button",
      class: "entry",
      "data-entry": name,
      "aria-pressed": shown,
      title: shown ? _("Click to hide") : _("Click to show"),
      onclick,
    },
    element("span", { class: "dot", style: `background: ${colour}` }),
    element("span", { class: "text" }, `${label} (${count.toLocaleString("en")})`)
  );
}

/**
 * @param {string} kind
 * @param {string} text
 */
const mark = (kind, text) =>
  element(
    "span",
    { class: "entry" },
    element("span", { class: kind }),
    element("span", { class: "text" }, text)
  );
