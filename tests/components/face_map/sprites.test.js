import assert from "node:assert/strict";
import { test } from "node:test";
import { LEVELS, PHASES, Sprites } from "../../../explorer/components/face_map/sprites.js";

const STRIDE = 100;

// Pixels of one phase as [column, line, level], counted from that of the middle.
function pixels({ starts, offsets, levels }, phase) {
  const found = [];
  for (let at = starts[phase]; at < starts[phase + 1]; at++) {
    const line = Math.round(offsets[at] / STRIDE);
    found.push([offsets[at] - line * STRIDE, line, levels[at]]);
  }
  return found;
}

for (const radius of [2, 3.5, 7.25]) {
  test(`a disc of radius ${radius} covers its area around its middle`, () => {
    const sprite = new Sprites(STRIDE).of(radius);
    assert.equal(sprite.starts.length, PHASES ** 2 + 1);
    for (let phase = 0; phase < PHASES ** 2; phase++) {
      const x = ((phase % PHASES) + 0.5) / PHASES;
      const y = (Math.floor(phase / PHASES) + 0.5) / PHASES;
      const disc = pixels(sprite, phase);
      const mass = disc.reduce((sum, [, , level]) => sum + level, 0);
      // The rim fades from one pixel inside the radius to it.
      const area = Math.PI * (radius - 0.5) ** 2;
      assert.ok(Math.abs(mass / LEVELS / area - 1) < 0.1, `${mass / LEVELS} is not ${area}`);
      const middle = [0, 1].map(
        (k) => disc.reduce((sum, pixel) => sum + (pixel[k] + 0.5) * pixel[2], 0) / mass
      );
      assert.ok(Math.hypot(middle[0] - x, middle[1] - y) < 0.1);
      for (const [column, line, level] of disc) {
        assert.ok(Math.hypot(column + 0.5 - x, line + 0.5 - y) < radius);
        assert.ok(level >= 1 && level <= LEVELS);
      }
    }
  });
}

test("the smallest points are whole pixels", () => {
  const sprite = new Sprites(STRIDE).of(0.5);
  for (let phase = 0; phase < PHASES ** 2; phase++) {
    assert.ok(pixels(sprite, phase).every(([, , level]) => level === LEVELS));
    assert.equal(pixels(sprite, phase).length, 1);
  }
});

test("discs are made once, in steps of an eighth of a pixel", () => {
  const sprites = new Sprites(STRIDE);
  assert.equal(sprites.of(3), sprites.of(3.05));
  assert.notEqual(sprites.of(3), sprites.of(3.125));
});
