// What the buttons over the map do.

import { KEY_ZOOM } from "./motion.js";

// Groups as Toolbar takes them.
export function mapTools(map) {
  const tool = (name, shape, title) => ({
    icon: shape,
    name: title,
    act: () => map.hand.take(name),
    pressed: () => map.hand.tool === name,
  });
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
      tool("move", "move", "Move the map"),
      tool("lasso", "lasso", "Select with a lasso"),
      tool("box", "box", "Select with a box"),
      tool("decode", "decode", "Decode under the pointer"),
    ],
    [
      { icon: "in", name: "Zoom in", act: () => map.motion.step(KEY_ZOOM) },
      { icon: "out", name: "Zoom out", act: () => map.motion.step(1 / KEY_ZOOM) },
      { icon: "whole", name: "Whole map", act: () => map.motion.whole() },
    ],
    [
      layer(map.pointLayer, "points", "Points"),
      layer(map.faceLayer, "faces", "Faces when zoomed in"),
      layer(map.density, "density", "Density"),
    ],
  ];
}
