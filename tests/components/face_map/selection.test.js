import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { textOf } from "../../../explorer/components/face_map/lasso.js";
import { Selection } from "../../../explorer/components/face_map/selection.js";

const COUNT = 20;
const group = (...rows) => {
  const bits = new Uint8Array(3);
  for (const row of rows) bits[row >> 3] |= 1 << (row & 7);
  return bits;
};

let told;
let changes;
let selection;
beforeEach(() => {
  [told, changes] = [[], []];
  selection = new Selection(
    () => COUNT,
    (here) => changes.push(here),
    (text) => told.push(text)
  );
});

test("what was selected here holds until Streamlit has heard of it", () => {
  selection.set(group(1, 9));
  assert.deepEqual(told, [textOf(group(1, 9))]);
  selection.read(""); // from before
  assert.deepEqual(selection.rows, group(1, 9));
  selection.read(textOf(group(1, 9)));
  selection.read(textOf(group(4))); // its own word
  assert.deepEqual(selection.rows, group(4));
  selection.read("");
  assert.equal(selection.rows, null);
});

test("Shift adds, Alt takes away, neither begins anew", () => {
  selection.extend(group(1, 2), {});
  selection.extend(group(3), { shiftKey: true });
  assert.deepEqual(selection.rows, group(1, 2, 3));
  selection.extend(group(2, 5), { altKey: true });
  assert.deepEqual(selection.rows, group(1, 3));
  selection.extend(group(7), {});
  assert.deepEqual(selection.rows, group(7));
});

test("one face joins the group and leaves it", () => {
  for (const row of [2, 19]) selection.toggle(row);
  assert.deepEqual(selection.rows, group(2, 19));
  selection.toggle(2);
  assert.deepEqual(selection.rows, group(19));
  selection.toggle(19);
  assert.equal(selection.rows, null);
});

test("says whether it was here that it changed", () => {
  selection.set(group(1));
  selection.set(null, false);
  assert.deepEqual(changes, [true, false]);
});
