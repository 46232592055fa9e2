// The latent space of a run: explorer/recipe/space.py, read from the file that space_file.py wrote.

import { _ } from "../components/language.js";

/**
 * @import { Told, Words } from "./types.d.ts"
 */

/** @typedef {{ shape: number[], data: Float32Array | Uint8Array }} Array */

export class RecipeError extends Error {}

/** @type {Float32Array | undefined} */
let halves; // what all 65,536 numbers of half precision are

function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(2 ** 16);
  for (let k = 0; k < 2 ** 16; k++) {
    const [sign, exponent, part] = [k >> 15 ? -1 : 1, (k >> 10) & 31, k & 1023];
    if (exponent === 31) halves[k] = part ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent) halves[k] = sign * 2 ** (exponent - 15) * (1 + part / 1024);
    else halves[k] = sign * 2 ** -14 * (part / 1024);
  }
  return halves;
}

/**
 * Numbers of half precision as those of single precision.
 * @param {Uint16Array} numbers
 */
export function widened(numbers) {
  const table = halfTable();
  return Float32Array.from(numbers, (k) => table[k]);
}

/**
 * A safetensors file: a JSON of names, types and places, behind its length, then the numbers.
 * @param {ArrayBuffer} content
 */
export function readTensors(content) {
  const length = Number(new DataView(content).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length)));
  const { __metadata__: metadata, ...places } = header;
  /** @type {Record<string, Array>} */
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: ends }] of Object.entries(places)) {
    // A copy, because numbers may begin at any byte of the file.
    const bytes = content.slice(8 + length + ends[0], 8 + length + ends[1]);
    if (dtype === "F32") tensors[name] = { shape, data: new Float32Array(bytes) };
    else if (dtype === "F16") tensors[name] = { shape, data: widened(new Uint16Array(bytes)) };
    else if (dtype === "U8") tensors[name] = { shape, data: new Uint8Array(bytes) };
    else throw new Error(_("expected F32, F16 or U8 in a space file; found {dtype}", { dtype }));
  }
  return { tensors, metadata };
}

export class Space {
  /**
   * @param {ArrayBuffer} content of space.safetensors
   * @param {Words} words how the page calls what is in it
   */
  constructor(content, words) {
    this.words = words;
    const { tensors, metadata } = readTensors(content);
    this.tensors = tensors;
    /** @type {Told} */
    this.told = JSON.parse(metadata.space);
    this.latent = tensors.center.data.length;
    this.rowOf = new Map(this.told.ids.map((id, row) => [id, row]));
    this.drawnOf = new Map(this.told.drawn.map((source, row) => [JSON.stringify(source), row]));
    this.byFace = new Set((this.told.effects?.by_face ?? []).map(([name, sign]) => name + sign));
    /** @type {Map<string, any>} */
    this.kept = new Map(); // what was computed of a source, for the next frame of a drag
  }

  /**
   * Numbers by the name of their tensor.
   * @param {string} name
   */
  numbers(name) {
    return /** @type {Float32Array} */ (this.tensors[name].data);
  }

  /**
   * One row of a tensor, counted over all axes but the last.
   * @param {string} name
   * @param {number} row
   */
  row(name, row) {
    const width = /** @type {number} */ (this.tensors[name].shape.at(-1));
    return this.numbers(name).subarray(row * width, (row + 1) * width);
  }

  /**
   * What was computed under a key, or else is now.
   * @template Value
   * @param {string} key
   * @param {() => Value} make
   * @returns {Value}
   */
  once(key, make) {
    if (!this.kept.has(key)) {
      if (this.kept.size > 2000) this.kept.clear();
      this.kept.set(key, make());
    }
    return this.kept.get(key);
  }
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
