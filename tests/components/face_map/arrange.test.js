import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arranged,
  OUTSIDE,
  SHOWN,
  UNSELECTED,
} from "../../../explorer/components/face_map/arrange.js";
import { below, packed, seeded } from "../seeded.js";

// The same, said one face at a time.
function stateOf(row, { values, passes, selected, hidden, hideRest }) {
  if (passes && !passes[row]) return hideRest ? 0 : OUTSIDE;
  if (hidden.has(values[row])) return 0;
  return selected && !selected[row] ? UNSELECTED : SHOWN;
}

test("faces are drawn as filter, selection and legend say", () => {
  const random = seeded(1);
  for (let turn = 0; turn < 200; turn++) {
    const count = 1 + below(40, random);
    const rows = Array.from({ length: count }, (_, row) => row);
    const some = () => rows.map(() => random() < 0.5);
    const given = {
      values: Uint8Array.from(rows, () => below(5, random)),
      passes: random() < 0.3 ? null : some(),
      selected: random() < 0.5 ? null : some(),
      hidden: new Set([0, 1, 2, 3, 4].filter(() => random() < 0.2)),
      hideRest: random() < 0.5,
    };
    const found = arranged(given.values, {
      mask: given.passes && packed(given.passes),
      selection: given.selected && packed(given.selected),
      hidden: given.hidden,
      hideRest: given.hideRest,
    });
    const states = rows.map((row) => stateOf(row, given));
    const grey = rows.filter((row) => states[row] === OUTSIDE || states[row] === UNSELECTED);
    const shown = rows.filter((row) => states[row] === SHOWN);
    const passing = rows.filter((row) => !given.passes || given.passes[row]);
    assert.deepEqual([...found.state], states);
    assert.deepEqual([...found.order], [...grey, ...shown]);
    assert.deepEqual([found.grey, found.shown], [grey.length, shown.length]);
    assert.equal(found.passing, passing.length);
    assert.equal(found.counts.length, 256);
    found.counts.forEach((counted, value) => {
      assert.equal(counted, passing.filter((row) => given.values[row] === value).length);
    });
  }
});
