// A latent code as short text, explorer/recipe/code_text.py: half precision in base64 for addresses.

import { _ } from "../components/language.js";
import { RecipeError, widened } from "./space.js";

const FARTHEST = 64; // from 0, of a number

/**
 * @param {ArrayLike<number>} code values beyond +-FARTHEST are clipped
 */
export function codeToText(code) {
  const bytes = new DataView(new ArrayBuffer(2 * code.length));
  for (let k = 0; k < code.length; k++) bytes.setUint16(2 * k, half(code[k]), true);
  const letters = Array.from(new Uint8Array(bytes.buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_");
}

/** @param {string} text */
export function codeFromText(text) {
  let letters;
  try {
    letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    const found = text.slice(0, 40);
    throw new RecipeError(_("expected a code as base64; found {found}", { found }));
  }
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  if (!bytes.length || bytes.length % 2) {
    const count = bytes.length;
    throw new RecipeError(_("expected a code in half precision; found {count} bytes", { count }));
  }
  return widened(new Uint16Array(bytes.buffer));
}

/**
 * Name and vector of an own direction.
 * @param {string} text
 */
export function directionFromText(text) {
  const at = text.lastIndexOf(":");
  return { name: text.slice(0, at), vector: codeFromText(text.slice(at + 1)) };
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/**
 * The bits of a number in half precision, the nearest one, the even one of two.
 * @param {number} value
 */
function half(value) {
  single[0] = Math.min(FARTHEST, Math.max(-FARTHEST, value));
  const sign = (bits[0] >>> 16) & 0x8000;
  const exponent = ((bits[0] >>> 23) & 0xff) - 112;
  let part = (bits[0] & 0x7fffff) | 0x800000; // with the one that is not written
  let drop = 13;
  if (exponent <= 0) {
    drop += 1 - exponent;
    if (drop > 24) return sign;
  } else part &= 0x7fffff;
  const up = part & (2 ** drop - 1);
  let found = (exponent > 0 ? exponent << 10 : 0) + (part >>> drop);
  const middle = 2 ** (drop - 1);
  if (up > middle || (up === middle && found & 1)) found += 1;
  return sign | found;
}
