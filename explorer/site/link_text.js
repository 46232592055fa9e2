// A recipe as short text for an address, explorer/recipe/link_text.py: both sides read the other's.

import { deflateSync, inflateSync } from "fflate";
import { _ } from "../components/language.js";
import { RecipeError } from "./space.js";

/** @import { Recipe } from "../components/types.d.ts" */

/** @typedef {{ version: string, words: string }} Writing words: what recipes are written with */

/** @param {Writing} writing */
const dictionaryOf = ({ words }) => new TextEncoder().encode(words);

/**
 * @param {Recipe} recipe as Python writes it, see `normal` of recipe.js
 * @param {Writing} writing
 */
export function linkText(recipe, writing) {
  const plain = new TextEncoder().encode(JSON.stringify(recipe));
  const packed = deflateSync(plain, { level: 9, dictionary: dictionaryOf(writing) });
  const letters = Array.from(packed, (byte) => String.fromCharCode(byte)).join("");
  const text = btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return writing.version + text;
}

/**
 * @param {string} text of linkText, of Python's link_text, or the JSON that links of before hold
 * @param {Writing} writing
 * @returns {Recipe}
 */
export function recipeOfLink(text, writing) {
  try {
    return JSON.parse(text.startsWith(writing.version) ? unpacked(text, writing) : text);
  } catch {
    throw new RecipeError(
      _("expected the face of an address; found {found}, which is cut off or was changed", {
        found: text.slice(0, 40),
      })
    );
  }
}

/**
 * @param {string} text
 * @param {Writing} writing
 */
function unpacked(text, writing) {
  const letters = atob(
    text.slice(writing.version.length).replaceAll("-", "+").replaceAll("_", "/")
  );
  const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(inflateSync(packed, { dictionary: dictionaryOf(writing) }));
}
