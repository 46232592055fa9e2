// What the buttons over the map do.

import { _ } from "../language.js";
import { KEY_ZOOM } from "./motion.js";

/**
 * @import { FaceMap } from "./face_map.js"
 * @import { ToolName } from "./hand.js"
 * @import { Tool } from "./types.d.ts"
 */

/**
 * Groups as Toolbar takes them.
 * @param {FaceMap} map
 * @returns {Tool[][]}
 */
export function mapTools(map) {
  /**
   * @param {ToolName} name
   * @param {string} shape
   * @param {string} title
   */
  const tool = (name, shape, title) => ({
    icon: shape,
    name: title,
    act: () => map.hand.take(name),
    pressed: () => map.hand.tool === name,
  });
  /**
   * @param {{ on: boolean }} part
   * @param {string} shape
   * @param {string} title
   */
  const layer = (part, shape, title) => ({
    icon: shape,
    name: title,
    act: () => {
      part.on = !part.on;
      map.touch();
    },
    pressed: () => part.on,
  });
  return [
    [
      tool("move", "move", _("Move the map")),
      tool("lasso", "lasso", _("Select with a lasso")),
      tool("box", "box", _("Select with a box")),
      tool("decode", "decode", _("Decode under the pointer")),
    ],
    [
      { icon: "in", name: _("Zoom in"), act: () => map.motion.step(KEY_ZOOM) },
      { icon: "out", name: _("Zoom out"), act: () => map.motion.step(1 / KEY_ZOOM) },
      { icon: "whole", name: _("Whole map"), act: () => map.motion.whole() },
    ],
    [
      layer(map.pointLayer, "points", _("Points")),
      layer(map.faceLayer, "faces", _("Faces")),
      layer(map.density, "density", _("Density")),
    ],
  ];
}
