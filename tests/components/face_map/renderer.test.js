import assert from "node:assert/strict";
import { test } from "node:test";
import { inks } from "../../../explorer/components/face_map/renderer.js";
import { LEVELS } from "../../../explorer/components/face_map/sprites.js";
import { below, seeded } from "../seeded.js";

const random = seeded(1);
const palette = Uint8Array.from({ length: 1024 }, () => below(256, random));
const channels = (packed) => [0, 8, 16, 24].map((shift) => (packed >>> shift) & 255);

test("an opaque point in full replaces what is below", () => {
  const { colours, keep } = inks(palette, 1, null);
  for (let value = 0; value < 256; value++) {
    const [r, g, b, alpha] = channels(colours[value * (LEVELS + 1) + LEVELS]);
    assert.deepEqual([r, g, b], [...palette.subarray(4 * value, 4 * value + 3)]);
    assert.equal(alpha, 255);
  }
  assert.equal(keep[LEVELS], 0);
});

test("what is not covered stays as it is", () => {
  const { colours, keep } = inks(palette, 0.7, null);
  assert.equal(keep[0], 256);
  for (let value = 0; value < 256; value++) assert.equal(colours[value * (LEVELS + 1)], 0);
});

test("a point over itself never overflows a channel", () => {
  for (const opacity of [0.16, 0.5, 0.92, 1]) {
    const white = new Uint8Array(1024).fill(255);
    const { colours, keep } = inks(white, opacity, null);
    for (let level = 1; level <= LEVELS; level++) {
      let below = 0;
      for (let k = 0; k < 300; k++) {
        below = channels(colours[level])[0] + ((below * keep[level]) >>> 8);
        assert.ok(below <= 255);
      }
    }
  }
});

test("a flat colour has one entry, with its own alpha", () => {
  const { colours, keep, flat } = inks(palette, 1, [1, 0.5, 0, 0.5]);
  assert.equal(flat, true);
  assert.equal(colours.length, LEVELS + 1);
  const [r, g, b, alpha] = channels(colours[LEVELS]);
  assert.deepEqual([r, b, alpha], [128, 0, 128]);
  assert.ok(Math.abs(g - 64) <= 1);
  assert.equal(keep[LEVELS], 256 - Math.ceil((128 * 256) / 255));
});
