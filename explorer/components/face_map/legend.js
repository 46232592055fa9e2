// Below the map: what its colours mean, with counts; a click on a category hides or shows it.

const BARS = 64; // of the histogram over a scale
const BAR_HEIGHT = 26; // pixels

class Legend {
  // onToggle(category): a category was clicked. onRest(): the faces outside the filter were.
  // onClear(): the selection was.
  constructor(onToggle, onRest, onClear) {
    this.onClear = onClear;
    this.onToggle = onToggle;
    this.onRest = onRest;
    this.root = element("div", { class: "legend", role: "group", "aria-label": "Legend" });
  }

  // about: of the column. counts: (256,) faces of each value that pass the filter. rest: faces
  // outside it. hidden: Set of categories. hideRest: whether the rest is hidden. picked: whether
  // the picture edited is on the map. walks: whether the edited face itself is. selected: faces in the selection.
  show({ about, palette, counts, rest, hidden, hideRest, picked, walks, selected }) {
    const said = JSON.stringify([about, [...palette], [...counts], rest, [...hidden], hideRest, picked, walks, selected]);
    if (said === this.said) return; // the focus stays where it is
    this.said = said;
    const focused = this.root.getRootNode().activeElement?.dataset.entry;
    const colour = (k) => css(palette.subarray(4 * k, 4 * k + 3));
    const entries = [];
    if (about.kind === "scale") entries.push(this.scale(about, colour, counts));
    else {
      about.labels.forEach((label, k) => {
        if (!counts[k] && !hidden.has(k)) return;
        const act = () => this.onToggle(k);
        entries.push(entry(k, colour(k), label, counts[k], !hidden.has(k), act));
      });
    }
    if (rest) {
      const act = () => this.onRest();
      entries.unshift(entry("rest", "var(--grey)", "outside the filter", rest, !hideRest, act));
    }
    if (selected) {
      const clear = entry("selected", "none", "selected", selected, true, () => this.onClear());
      clear.removeAttribute("aria-pressed");
      clear.title = "Click to select nothing";
      clear.append(element("span", { class: "clear", "aria-hidden": "true" }, "×"));
      entries.push(clear);
    }
    if (walks) entries.push(mark("spot", "edited face"));
    if (picked) entries.push(mark("ring", walks ? "where it started" : "edited face"));
    this.root.replaceChildren(...entries);
    this.root.querySelector(`[data-entry="${focused}"]`)?.focus();
  }

  scale({ title, range }, colour, counts) {
    const bars = new Array(BARS).fill(0);
    counts.forEach((n, k) => (bars[Math.floor((k * BARS) / 256)] += n));
    const most = Math.max(1, ...bars);
    const columns = bars.map((n, k) => {
      const height = n ? Math.max(1, (BAR_HEIGHT * n) / most) : 0;
      const fill = colour(Math.round(((k + 0.5) * 256) / BARS));
      return element("span", { style: `height: ${height}px; background: ${fill}` });
    });
    const number = (v) => Number(v.toPrecision(3)).toLocaleString("en");
    const ramp = [0, 64, 128, 192, 255].map(colour).join(", ");
    return element(
      "div",
      { class: "scale", role: "img", "aria-label": `${title} from ${number(range[0])} to ${number(range[1])}` },
      element("div", { class: "title" }, title),
      element("div", { class: "bars" }, ...columns),
      element("div", { class: "ramp", style: `background: linear-gradient(to right, ${ramp})` }),
      element("div", { class: "ends" }, element("span", {}, number(range[0])), element("span", {}, number(range[1])))
    );
  }
}

function entry(name, colour, label, count, shown, onclick) {
  return element(
    "button",
    {
      type: "button",
      class: "entry",
      "data-entry": name,
      "aria-pressed": shown,
      title: shown ? "Click to hide" : "Click to show",
      onclick,
    },
    element("span", { class: "dot", style: `background: ${colour}` }),
    element("span", { class: "text" }, `${label} (${count.toLocaleString("en")})`)
  );
}

const mark = (kind, text) =>
  element("span", { class: "entry" }, element("span", { class: kind }), element("span", { class: "text" }, text));
