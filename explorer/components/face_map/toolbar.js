// Buttons over a corner of the map, in groups; icons are drawn here.

import { _ } from "../language.js";
import { element } from "../live_socket.js";

/** @import { Tool } from "./types.d.ts" */

/** @type {Record<string, string>} */
const ICONS = {
  move: "M12 4v16M4 12h16M9.5 6.5 12 4l2.5 2.5M9.5 17.5 12 20l2.5-2.5M6.5 9.5 4 12l2.5 2.5M17.5 9.5 20 12l-2.5 2.5",
  lasso:
    "M8.5 14.5C5.9 13.8 4 12.2 4 10c0-2.8 3.6-5 8-5s8 2.2 8 5-3.6 5-8 5c-1.2 0-2.4-.2-3.5-.5zm0 0c-1.6.7-1.9 2.7-.4 3.2 1.7.6 2.2 1.4 1.1 2.8",
  box: "M5 8V5h3M11 5h2M16 5h3v3M19 11v2M19 16v3h-3M13 19h-2M8 19H5v-3M5 13v-2",
  decode:
    "M12 20a8 8 0 1 1 0-16 8 8 0 0 1 0 16zM9.3 10v.6M14.7 10v.6M9 14.2c.8 1 1.8 1.5 3 1.5s2.2-.5 3-1.5",
  points: "M7 8.5h.01M12 6.5h.01M16.5 9.5h.01M9.5 13h.01M14.5 14h.01M7.5 17h.01M17 17.5h.01",
  faces: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z",
  density:
    "M12 19c-4.5 0-7.5-2.6-7.5-6.5S7.500 5 12 5s7.500 3.500 7.500 7.500S16.500 19 12 19zM12 15c-1.900 0-3.200-1.100-3.200-2.700S10.100 9.300 12 9.300s3.200 1.400 3.200 3S13.900 15 12 15z",
  play: "M8.5 5.5v13l10-6.5z",
  pause: "M9 6v12M15 6v12",
  clear: "M7 7l10 10M17 7 7 17",
  in: "M12 6v12M6 12h12",
  out: "M6 12h12",
  whole: "M4.5 11.5 12 5l7.5 6.5M7 10v9h3.5v-5h3v5H17v-9",
};

/** @param {string} name */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export class Toolbar {
  /** @param {Tool[][]} groups */
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
    this.root = element(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": _("Map tools") },
      ...parts
    );
    this.update();
  }

  update() {
    for (const { pressed, node } of this.buttons) {
      if (pressed) node.setAttribute("aria-pressed", String(pressed()));
    }
  }
}
