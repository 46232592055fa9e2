// Buttons over a corner of the map, in groups; icons are drawn here.

const ICONS = {
  in: "M12 6v12M6 12h12",
  out: "M6 12h12",
  whole: "M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4",
};

function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// groups: lists of {icon, name, act} or, for what can be on or off, {…, pressed: () => boolean}.
class Toolbar {
  constructor(groups) {
    this.buttons = groups.flat().map(({ icon: shape, name, act, pressed }) => {
      const onclick = () => {
        act();
        this.update();
      };
      const attributes = { type: "button", "aria-label": name, title: name, onclick };
      return { pressed, node: element("button", attributes, icon(shape)) };
    });
    const nodes = this.buttons.map(({ node }) => node);
    const parts = groups.map((group) => element("div", {}, ...nodes.splice(0, group.length)));
    this.root = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Map tools" }, ...parts);
    this.update();
  }

  update() {
    for (const { pressed, node } of this.buttons) {
      if (pressed) node.setAttribute("aria-pressed", pressed());
    }
  }
}
