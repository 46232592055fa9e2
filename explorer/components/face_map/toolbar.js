// Buttons over a corner of the map, in groups; icons are drawn here.

const ICONS = {
  move: "M12 4v16M4 12h16M9.5 6.5 12 4l2.5 2.5M9.5 17.5 12 20l2.5-2.5M6.5 9.5 4 12l2.5 2.5M17.5 9.5 20 12l-2.5 2.5",
  lasso: "M8.5 14.5C5.9 13.8 4 12.2 4 10c0-2.8 3.6-5 8-5s8 2.2 8 5-3.6 5-8 5c-1.2 0-2.4-.2-3.5-.5zm0 0c-1.6.7-1.9 2.7-.4 3.2 1.7.6 2.2 1.4 1.1 2.8",
  box: "M5 8V5h3M11 5h2M16 5h3v3M19 11v2M19 16v3h-3M13 19h-2M8 19H5v-3M5 13v-2",
  in: "M12 6v12M6 12h12",
  out: "M6 12h12",
  whole: "M4.5 11.5 12 5l7.5 6.5M7 10v9h3.5v-5h3v5H17v-9",
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
