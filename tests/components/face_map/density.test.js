import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, smoothed } from "../../../explorer/components/face_map/density.js";
import { below, seeded } from "../seeded.js";

const near = (found, expected) =>
  found.forEach((v, k) => {
    assert.ok(Math.abs(v - expected[k]) < 1e-5, `${v} at ${k} is not ${expected[k]}`);
  });

test("each cell counts the places of the rows that lie in it", () => {
  // biome-ignore format: one kind a line
  const all = [
    [0, 0], [3.9, 3.9], [4, 0], [11.9, 7.9],
    [-0.1, 2], [2, 8], [NaN, 1], [12, 1], [-1, 5], [1, -1], // beside the screen
  ];
  const places = Float32Array.from(all.flat());
  assert.deepEqual([...counted(places, all.keys(), 3, 2)], [2, 1, 0, 0, 0, 1]);
  assert.deepEqual([...counted(places, [1, 3], 3, 2)], [1, 0, 0, 0, 0, 1]);
});

// A mean over 7 cells three times along lines of `length` cells, beyond which all is empty.
function box3(line) {
  for (let pass = 0; pass < 3; pass++) {
    line = line.map((_, at) => {
      let sum = 0;
      for (let k = at - 3; k <= at + 3; k++) sum += line[k] ?? 0;
      return sum / 7;
    });
  }
  return line;
}

test("smoothing is three means over seven cells, across and down", () => {
  const random = seeded(1);
  for (const [columns, lines] of [
    [31, 17],
    [5, 23],
    [1, 1],
  ]) {
    const values = Float32Array.from({ length: columns * lines }, () => below(4, random));
    const rows = Array.from({ length: lines }, (_, l) => [
      ...values.subarray(l * columns, (l + 1) * columns),
    ]).map(box3);
    const expected = new Array(values.length);
    for (let c = 0; c < columns; c++) {
      box3(rows.map((row) => row[c])).forEach((v, l) => (expected[l * columns + c] = v));
    }
    near(smoothed(values, columns, lines), expected);
  }
});

test("a face away from the border loses nothing and goes evenly to all sides", () => {
  const side = 41;
  const values = new Float32Array(side * side);
  values[20 * side + 20] = 1;
  const spread = smoothed(values, side, side);
  near([spread.reduce((a, b) => a + b)], [1]);
  near(spread, spread.toReversed());
  assert.equal(spread.indexOf(Math.max(...spread)), 20 * side + 20);
});
