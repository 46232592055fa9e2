// What a server's live route answers, explorer/live/messages.py, and what a page of its own asks
// besides: the code of a place and of a sum, and what sliders tell of a face.

import { _ } from "../components/language.js";
import { codeToText } from "./code_text.js";
import { compose } from "./compose.js";
import { blendAt, whereabouts } from "./place.js";
import { removedOf, ticksOf } from "./ticks.js";

/**
 * @import { Recipe } from "../components/types.d.ts"
 * @import { Decoder } from "./decoder.js"
 * @import { Space } from "./space.js"
 * @import { Asked, Term } from "./types.d.ts"
 */

const HEADER = 12; // bytes before the pictures, as in explorer/live/messages.py

/**
 * The answer to a message, in bytes or as JSON.
 * @param {string} text
 * @param {Space} space
 * @param {Decoder} decoder
 * @returns {Promise<ArrayBuffer | string>}
 */
export async function answer(text, space, decoder) {
  const { number, ...asked } = /** @type {Asked & { number: number }} */ (JSON.parse(text));
  try {
    const found = await answered(asked, space, decoder);
    if (!("rgb" in found)) return JSON.stringify({ number, ...found });
    return bytesOf(number, found);
  } catch (error) {
    return JSON.stringify({ number, error: /** @type {Error} */ (error).message });
  }
}

/**
 * @typedef {{ rgb: Uint8Array, side: number, count: number, took: number, support: number[] }} Drawn
 */

/**
 * @param {Asked} asked
 * @param {Space} space
 * @param {Decoder} decoder
 * @returns {Promise<Drawn | object>}
 */
async function answered(asked, space, decoder) {
  if ("recipes" in asked) return drawn(asked.recipes, space, decoder);
  if ("place" in asked) {
    const { recipe, layout } = asked.place;
    return { place: whereabouts(space, layout, compose(recipe, space)) };
  }
  if ("blend" in asked) {
    const { points, layout, renderer } = asked.blend;
    const blends = points.map((point) => blendAt(space, layout, point));
    const began = performance.now();
    const codes = blends.map(({ code }) => code);
    const pictures = await decoder.decode(codes, renderer);
    const support = blends.map((blend) => blend.support);
    return { ...pictures, count: codes.length, took: performance.now() - began, support };
  }
  if ("about" in asked) {
    return { ticks: ticksOf(asked.about, space), removed: removedOf(asked.about, space) };
  }
  if ("take" in asked) {
    return { code: codeToText(blendAt(space, asked.take.layout, asked.take.place).code) };
  }
  const terms = asked.sum.map((term) => ({ weight: term.weight, ...operand(term, space) }));
  const sum = new Float64Array(space.latent);
  for (const { weight, code } of terms) code.forEach((v, d) => (sum[d] += weight * v));
  return {
    code: codeToText(sum),
    parts: terms.map(({ code, faces }) => ({ code: codeToText(code), faces })),
  };
}

/**
 * Pictures of recipes, each by its own renderer.
 * @param {Recipe[]} recipes
 * @param {Space} space
 * @param {Decoder} decoder
 */
async function drawn(recipes, space, decoder) {
  const codes = recipes.map((recipe) => compose(recipe, space));
  const began = performance.now();
  const renderers = [...new Set(recipes.map(({ renderer }) => renderer))];
  let [rgb, side] = [new Uint8Array(), 0];
  for (const renderer of renderers) {
    const rows = [...recipes.keys()].filter((k) => recipes[k].renderer === renderer);
    const found = await decoder.decode(
      rows.map((k) => codes[k]),
      renderer
    );
    side = found.side;
    const size = side ** 2 * 3;
    if (!rgb.length) rgb = new Uint8Array(recipes.length * size);
    rows.forEach((k, at) => rgb.set(found.rgb.subarray(at * size, (at + 1) * size), k * size));
  }
  return { rgb, side, count: recipes.length, took: performance.now() - began, support: [] };
}

/**
 * The code of an operand: of a recipe, or the mean of the faces with an attribute or without it.
 * @param {Term} term
 * @param {Space} space
 */
function operand(term, space) {
  if ("recipe" in term) return { code: compose(term.recipe, space), faces: null };
  const { columns } = space.words;
  const at = columns.findIndex(({ name }) => name === term.attribute);
  if (at < 0) {
    const name = term.attribute;
    throw new Error(_("expected an attribute of this run; found {name}", { name }));
  }
  const labels = space.row("columns", at);
  const code = new Float64Array(space.latent);
  let faces = 0;
  labels.forEach((label, row) => {
    if (Boolean(label) !== term.has) return;
    faces += 1;
    space.row("codes", row).forEach((v, d) => (code[d] += v));
  });
  if (!faces) throw new Error(_("expected faces with that; found none"));
  return { code: Float32Array.from(code, (v) => v / faces), faces };
}

/**
 * @param {number} number
 * @param {Drawn} drawn
 */
function bytesOf(number, { rgb, side, count, took, support }) {
  const content = new ArrayBuffer(HEADER + rgb.length + 4 * support.length);
  const view = new DataView(content);
  view.setUint32(0, number, true);
  view.setUint16(4, count, true);
  view.setUint16(6, side, true);
  view.setFloat32(8, took, true);
  new Uint8Array(content).set(rgb, HEADER);
  support.forEach((value, k) => view.setFloat32(HEADER + rgb.length + 4 * k, value, true));
  return content;
}
