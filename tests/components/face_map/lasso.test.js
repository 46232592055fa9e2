import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Area,
  bitsOf,
  combined,
  countOf,
  encloses,
  linkOf,
  rowsOfLink,
  textOf,
} from "../../../explorer/components/face_map/lasso.js";
import { packed, seeded } from "../seeded.js";

const random = seeded(1);
const drawn = (count, share = 0.5) => Array.from({ length: count }, () => random() < share);
const rowsOf = (bits) =>
  [...bits].flatMap((byte, at) =>
    Array.from({ length: 8 }, (_, k) => k)
      .filter((k) => (byte >> k) & 1)
      .map((k) => 8 * at + k)
  );

describe("an area", () => {
  const places = Float32Array.from({ length: 400 }, () => 100 * random());
  const pixel = (row) => [places[2 * row], places[2 * row + 1]];
  const all = Array.from({ length: 200 }, (_, row) => row);

  test("that is a box holds what lies between its corners, wherever it was begun", () => {
    for (const [from, to] of [
      [
        [20, 30],
        [70, 60],
      ],
      [
        [70, 60],
        [20, 30],
      ],
      [
        [70, 30],
        [20, 60],
      ],
    ]) {
      const area = new Area("box", ...from);
      area.extend(1, 1); // on the way
      area.extend(...to);
      const inside = ([x, y]) => x > 20 && x < 70 && y > 30 && y < 60;
      assert.deepEqual(
        rowsOf(area.rows(places, () => true)),
        all.filter((row) => inside(pixel(row)))
      );
    }
  });

  test("drawn freehand as a circle holds the disc", () => {
    const area = new Area("lasso", 90, 50);
    for (let k = 1; k < 60; k++) {
      const angle = (2 * Math.PI * k) / 60;
      area.extend(50 + 40 * Math.cos(angle), 50 + 40 * Math.sin(angle));
    }
    const away = (row) => Math.hypot(pixel(row)[0] - 50, pixel(row)[1] - 50);
    const chosen = new Set(rowsOf(area.rows(places, () => true)));
    for (const row of all) {
      if (Math.abs(away(row) - 40) > 0.1) assert.equal(chosen.has(row), away(row) < 40);
    }
  });

  test("takes no row that may not be chosen", () => {
    const area = new Area("box", -1, -1);
    area.extend(101, 101);
    const even = (row) => row % 2 === 0;
    assert.deepEqual(rowsOf(area.rows(places, even)), all.filter(even));
  });

  test("a trembling hand adds no corners", () => {
    const area = new Area("lasso", 0, 0);
    for (let k = 0; k < 100; k++) area.extend(k % 3, 0);
    assert.equal(area.corners.length, 1);
  });
});

test("a star's hollow, gone round twice, lies outside by the even-odd rule", () => {
  const star = Array.from({ length: 5 }, (_, k) => {
    const angle = (4 * Math.PI * k) / 5;
    return [Math.cos(angle), Math.sin(angle)];
  });
  assert.equal(encloses(star, 0, 0), false);
  assert.equal(encloses(star, 0.6, 0), true);
  assert.equal(encloses(star, -0.9, 0), false);
});

describe("packed bits", () => {
  test("count their rows", () => {
    for (const count of [1, 8, 9, 1000]) {
      const chosen = drawn(count);
      assert.equal(countOf(packed(chosen)), chosen.filter(Boolean).length);
    }
    assert.equal(countOf(null), 0);
  });

  test("come back from their text, long ones too", () => {
    for (const count of [8, 1003, 8 * 8192, 8 * 20_000]) {
      const bits = packed(drawn(count));
      assert.deepEqual(bitsOf(textOf(bits)), bits);
    }
    assert.equal(textOf(null), "");
    assert.equal(bitsOf(""), null);
  });

  test("are combined as sets", () => {
    const [before, rows] = [drawn(50), drawn(50)];
    const ways = {
      replace: (_, b) => b,
      add: (a, b) => a || b,
      remove: (a, b) => a && !b,
    };
    for (const [how, rule] of Object.entries(ways)) {
      const expected = rows.map((b, k) => rule(before[k], b));
      assert.deepEqual(combined(packed(before), packed(rows), how), packed(expected));
      const alone = rows.map((b) => rule(false, b));
      const found = combined(null, packed(rows), how);
      assert.deepEqual(found, alone.some(Boolean) ? packed(alone) : null);
    }
    assert.equal(combined(packed(rows), packed(rows), "remove"), null);
  });
});

describe("a selection in an address", () => {
  test("comes back, whatever its rows", () => {
    for (const count of [1, 7, 8, 200, 3175]) {
      for (const share of [0.003, 0.05, 0.5, 0.99]) {
        const bits = packed(drawn(count, share));
        if (!bits.some(Boolean)) continue;
        const text = linkOf(bits, count);
        assert.match(text, /^[\w.-]+$/);
        assert.deepEqual(rowsOfLink(text, count), bits);
      }
    }
  });

  test("is short where few are selected, and none is nothing", () => {
    const few = new Uint8Array(397);
    few.set([1, 0, 0, 0, 0, 0, 0, 128], 100);
    assert.ok(linkOf(few, 3175).length < 14);
    assert.equal(linkOf(null, 3175), "");
  });

  test("is none of another map's, nor of noise", () => {
    const text = linkOf(packed(drawn(200)), 200);
    for (const noise of ["", "200", "200.b", "200.gAA=", text.slice(0, -4), "200.g____", "x"]) {
      assert.equal(rowsOfLink(noise, 200), null);
    }
    assert.equal(rowsOfLink(text, 201), null);
  });
});
