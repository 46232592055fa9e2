// What is done to recipes, by the table that explorer/recipe/recipe.py is tested by, too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  amountOf,
  faceOf,
  freshFace,
  isEdited,
  locksOf,
  methodOf,
  mix,
  normal,
  rendererOf,
  withAmount,
  withLocks,
  withMethod,
  withRenderer,
} from "../../explorer/components/recipe.js";

const table = new URL("../fixtures/recipe_cases.json", import.meta.url);
const { rules, cases } = JSON.parse(readFileSync(table, "utf-8"));
const changes = {
  normal,
  amount: withAmount,
  method: withMethod,
  locks: withLocks,
  source: (recipe, source, rules) => normal({ ...recipe, source }, rules),
  fresh: freshFace,
  renderer: withRenderer,
  face: faceOf,
  mix,
};

for (const { about, recipe, change, expected } of cases) {
  test(about, () => {
    const [name, ...given] = change;
    const before = JSON.stringify(recipe);
    const changed = changes[name](recipe, ...given, rules);
    assert.equal(JSON.stringify(changed), JSON.stringify(expected));
    assert.equal(JSON.stringify(recipe), before); // nothing is changed in place
    assert.equal(JSON.stringify(normal(changed, rules)), JSON.stringify(changed));
  });
}

test("a recipe is asked for what it leaves out", () => {
  const { plain } = rules;
  assert.equal(amountOf(plain, "directions", "Mine:ADwAQA=="), 0);
  assert.equal(amountOf(withAmount(plain, "components", 3, -1.5, rules), "components", "3"), -1.5);
  assert.equal(methodOf(plain, rules), "mean_difference");
  assert.equal(methodOf(withMethod(plain, "logistic", rules), rules), "logistic");
  assert.deepEqual(locksOf(plain), []);
  assert.equal(rendererOf(plain, rules), "mean");
  assert.equal(rendererOf(withRenderer(plain, "sharp", rules), rules), "sharp");
});

test("a bank that Python adds is taken up", () => {
  const more = { ...rules, banks: [...rules.banks, "chance"] };
  const moved = withAmount(rules.plain, "chance", "2", 1.5, more);
  assert.deepEqual(moved, { ...rules.plain, chance: { 2: 1.5 } });
  assert.deepEqual(withAmount(moved, "chance", "2", 0, more), rules.plain);
});

test("a face is edited once a slider of any bank is away from 0", () => {
  const face = { source: { kind: "mean" } };
  assert.equal(isEdited(face, rules), false);
  for (const bank of rules.banks) {
    assert.equal(isEdited(withAmount(face, bank, "Male", 0.5, rules), rules), true, bank);
    assert.equal(isEdited({ ...face, [bank]: { Male: 0 } }, rules), false, bank);
  }
});
