// Colours of points: 256 entries, one for each value of a column's byte.

import { penOf } from "../live_socket.js";

/**
 * @import { Meaning } from "../types.d.ts"
 * @import { Colour } from "./types.d.ts"
 */

// Okabe & Ito 2008, told apart with every common kind of colour blindness; further categories
// repeat them lighter and darker.
const OKABE_ITO = ["#56b4e9", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#0072b2", "#f0e442"];
// Cividis, Nuñez, Anderton & Renslow 2018, at ten even places.
// biome-ignore format: two rows of five
const CIVIDIS = [
  "#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
  "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
];
// The part of the scale that stands out from the background.
const LEGIBLE = { light: [0, 0.88], dark: [0.3, 1] };
export const PICKED_COLOUR = "#009e73";
export const DENSITY_COLOUR = { light: "#5b5470", dark: "#b9b2d0" };

/** @type {CanvasRenderingContext2D | undefined} */
let pixel;

/**
 * "#rrggbb" or any colour of CSS -> [r, g, b] from 0 to 255.
 * @param {string} colour
 */
export function rgbOf(colour) {
  pixel ??= penOf(document.createElement("canvas"), { willReadFrequently: true });
  pixel.fillStyle = "#808080";
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} t
 */
export const mixed = (a, b, t) => a.map((v, k) => Math.round(v + t * (b[k] - v)));

/**
 * Colour of category k.
 * @param {number} k
 */
export function categoryColour(k) {
  const colour = rgbOf(OKABE_ITO[k % OKABE_ITO.length]);
  const round = Math.floor(k / OKABE_ITO.length);
  const target = round % 2 ? [0, 0, 0] : [255, 255, 255];
  return mixed(colour, target, round ? 0.2 + ((0.25 * Math.ceil(round / 2)) % 0.5) : 0);
}

/**
 * Colour at t from 0 to 1 of a scale.
 * @param {number} t
 * @param {boolean} dark
 */
export function scaleColour(t, dark) {
  const [from, to] = LEGIBLE[dark ? "dark" : "light"];
  const at = (from + t * (to - from)) * (CIVIDIS.length - 1);
  const k = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return mixed(rgbOf(CIVIDIS[k]), rgbOf(CIVIDIS[k + 1]), at - k);
}

/**
 * (256, 4) bytes for a column.
 * @param {Meaning} about
 * @param {boolean} dark
 */
export function paletteOf(about, dark) {
  const palette = new Uint8Array(1024).fill(255);
  const count = about.kind === "scale" ? 256 : Math.min(256, about.labels.length);
  for (let k = 0; k < count; k++) {
    palette.set(about.kind === "scale" ? scaleColour(k / 255, dark) : categoryColour(k), 4 * k);
  }
  return palette;
}

/**
 * Whether a colour of the page is a dark one.
 * @param {string} colour
 */
export const isDark = (colour) => {
  const [r, g, b] = rgbOf(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
};
/** @param {Colour} colour */
export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;
