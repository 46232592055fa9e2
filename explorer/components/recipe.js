// What is done to recipes in the browser, as explorer/recipe/recipe.py does it: equal edits are
// equal text. A recipe is plain data, as `Recipe.to_data` makes it, and never changed in place.
//
// rules: what `rules` of recipe.py says: plain (a recipe without edits), banks (in the order in
// which a recipe has them), method (the one that a recipe need not name).

// The same recipe as Python writes it: no amounts of 0, no banks, method or locks that are as in a
// new recipe, all of it in one order.
export function normal(recipe, { plain, banks, method }) {
  const made = { source: recipe.source };
  for (const bank of banks) {
    const moved = Object.entries(recipe[bank] ?? {}).filter(([, amount]) => amount !== 0);
    if (bank in plain || moved.length) made[bank] = Object.fromEntries(moved.sort(byName));
  }
  if (recipe.method && recipe.method !== method) made.method = recipe.method;
  if (recipe.locks?.length) made.locks = [...new Set(recipe.locks)].sort();
  return made;
}

const byName = ([a], [b]) => (a < b ? -1 : 1);

export const amountOf = (recipe, bank, name) => recipe[bank]?.[name] ?? 0;

export const methodOf = (recipe, rules) => recipe.method ?? rules.method;

export const locksOf = (recipe) => recipe.locks ?? [];

// One slider of a bank set.
export const withAmount = (recipe, bank, name, amount, rules) =>
  normal({ ...recipe, [bank]: { ...recipe[bank], [name]: amount } }, rules);

export const withMethod = (recipe, method, rules) => normal({ ...recipe, method }, rules);

export const withLocks = (recipe, locks, rules) => normal({ ...recipe, locks }, rules);

// The same edits done to another face.
export const withSource = (recipe, source, rules) => normal({ ...recipe, source }, rules);

// A face that nothing is done to.
export const faceOf = (source, { plain }) => ({ ...plain, source });

// A face without edits; its sliders go on with this method and these locks.
export const freshFace = ({ method, locks }, source, rules) =>
  normal({ source, method, locks }, rules);

// A mix of faces, likewise. parts: pairs of a weight and a recipe.
export const mix = (recipe, parts, rules) =>
  freshFace(recipe, { kind: "mix", value: parts }, rules);
