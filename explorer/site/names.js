// How sources and recipes are called, explorer/recipe/names.py.

import { signed } from "../components/amounts.js";
import { _ } from "../components/language.js";
import { amountOf } from "../components/recipe.js";

/** @import { Bank, Recipe, Source } from "../components/types.d.ts" */

/** @param {Source} source */
export function sourceName(source) {
  if (source.kind === "picture") {
    return _("Face {name}", { name: source.value.replace(/\.jpg$/, "") });
  }
  if (source.kind === "code") return _("Own face");
  if (source.kind === "mix") return _("Mix of {count} faces", { count: source.value.length });
  if (source.kind === "mean") return _("Mean face");
  const seed = source.kind === "sample" ? source.value.seed : source.value;
  return _("{face}, seed {seed}", { face: _("Random face"), seed });
}

/**
 * The source and the strongest edit.
 * @param {Recipe} recipe
 * @param {Bank[]} banks
 */
export function recipeName(recipe, banks) {
  const edits = banks.flatMap(({ bank, limit, sliders }) =>
    sliders.map(({ name, label }) => {
      const amount = amountOf(recipe, bank, String(name));
      return { label, amount, share: Math.abs(amount) / limit };
    })
  );
  const strongest = edits.reduce((a, b) => (b.share > a.share ? b : a), edits[0]);
  const name = sourceName(recipe.source);
  return strongest?.amount ? `${name}, ${strongest.label} ${signed(strongest.amount)}` : name;
}
