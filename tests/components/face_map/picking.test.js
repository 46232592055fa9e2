import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GridIndex, rowToward } from "../../../explorer/components/face_map/picking.js";
import { below, seeded } from "../seeded.js";

// (N, 2) places of several kinds that an index might stumble over.
const KINDS = {
  spread: (random) => [random(), random()],
  "in heaps": (random) => [below(3, random) + 1e-3 * random(), 100 * below(2, random)],
  "on a line": (random) => [5, random()],
  "all at one place": () => [1, 2],
  "with one far away": (random, k) => (k ? [random(), random()] : [1e6, -1e6]),
};

function scattered(kind, count, random, stride = 2) {
  const places = new Float32Array(count * stride);
  for (let k = 0; k < count; k++) places.set(KINDS[kind](random, k), k * stride);
  return places;
}

// What GridIndex.nearest gives, by looking at every row.
function nearestOf(places, stride, rows, x, y, k, within) {
  return rows
    .map((row) => Math.hypot(places[row * stride] - x, places[row * stride + 1] - y))
    .filter((distance) => distance <= within)
    .sort((a, b) => a - b)
    .slice(0, k);
}

function same(found, expected) {
  assert.equal(found.length, expected.length);
  found.forEach((v, k) => {
    assert.ok(Math.abs(v - expected[k]) <= 1e-6 * (1 + expected[k]), `${found} is not ${expected}`);
  });
}

describe("the index finds the nearest", () => {
  for (const kind of Object.keys(KINDS)) {
    test(`of places ${kind}`, () => {
      const random = seeded(1);
      for (const [count, stride] of [
        [1, 2],
        [40, 2],
        [500, 3],
      ]) {
        const places = scattered(kind, count, random, stride);
        const all = Array.from({ length: count }, (_, row) => row);
        const some = all.filter((row) => row % 3 === 0);
        const indices = [
          [all, new GridIndex(places, stride)],
          [some, new GridIndex(places, stride, Uint32Array.from(some))],
        ];
        for (let turn = 0; turn < 60; turn++) {
          const at = below(count, random) * stride;
          const beside = turn % 2 ? 10 * random() - 5 : 0; // on a place, or somewhere else
          const [x, y] = [places[at] + beside, places[at + 1] - beside];
          const [k, within] = [1 + below(8, random), turn % 3 ? Infinity : random()];
          for (const [rows, index] of indices) {
            const found = index.nearest(x, y, k, within);
            same(found.distances, nearestOf(places, stride, rows, x, y, k, within));
            assert.equal(new Set(found.rows).size, found.rows.length);
            found.rows.forEach((row, n) => {
              assert.ok(rows.includes(row));
              const away = Math.hypot(places[row * stride] - x, places[row * stride + 1] - y);
              same([found.distances[n]], [away]);
            });
          }
        }
      }
    });
  }

  test("of no places at all", () => {
    const index = new GridIndex(new Float32Array([1, 2]), 2, new Uint32Array(0));
    assert.deepEqual(index.nearest(0, 0, 3), { rows: [], distances: [] });
  });
});

describe("the next face in a direction", () => {
  const ALL = () => true;
  const WAYS = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ];

  test("of a lattice is the neighbour", () => {
    const side = 5;
    const places = Float32Array.from({ length: 2 * side ** 2 }, (_, k) =>
      k % 2 ? Math.floor(k / 2 / side) : (k / 2) % side
    );
    const middle = 2 * side + 2;
    const found = WAYS.map(([dx, dy]) => rowToward(places, 2, middle, dx, dy, ALL));
    assert.deepEqual(found, [middle + 1, middle - 1, middle + side, middle - side]);
    assert.equal(rowToward(places, 2, 0, -1, 0, ALL), -1);
  });

  test("lies within 45 degrees and is the least way, what lies aside counted three times", () => {
    const random = seeded(2);
    for (let turn = 0; turn < 100; turn++) {
      const places = scattered("spread", 60, random);
      const [from, way] = [below(60, random), below(4, random)];
      const [dx, dy] = WAYS[way];
      const accept = (row) => row % 4 !== 1;
      const cost = (row) => {
        const [x, y] = [0, 1].map((k) => places[2 * row + k] - places[2 * from + k]);
        const [along, aside] = dx ? [x * dx, Math.abs(y)] : [y * dy, Math.abs(x)];
        return along > 0 && aside <= along && accept(row) ? along + 2 * aside : Infinity;
      };
      const costs = Array.from({ length: 60 }, (_, row) => (row === from ? Infinity : cost(row)));
      const least = Math.min(...costs);
      const found = rowToward(places, 2, from, dx, dy, accept);
      assert.equal(found, least === Infinity ? -1 : costs.indexOf(least));
    }
  });
});
