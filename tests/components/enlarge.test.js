import assert from "node:assert/strict";
import { test } from "node:test";
import { enlarged } from "../../explorer/components/enlarge.js";
import { withWindow } from "./browser.js";
import { seeded } from "./seeded.js";

withWindow();

/** (7, 5) of noise. */
function noise() {
  const random = seeded(3);
  const image = new ImageData(5, 7);
  for (let k = 0; k < image.data.length; k++) image.data[k] = k % 4 === 3 ? 255 : 255 * random();
  return image;
}

/** Keys 1981, equation 15. */
function kernel(away) {
  const s = Math.abs(away);
  if (s <= 1) return 1.5 * s ** 3 - 2.5 * s ** 2 + 1;
  return s < 2 ? -0.5 * s ** 3 + 2.5 * s ** 2 - 4 * s + 2 : 0;
}

/** One value of the larger picture, by the sum over all pixels around. */
function value({ width, height, data }, x, y, channel) {
  const [u, v] = [(x - 1) / 3, (y - 1) / 3];
  let sum = 0;
  for (let j = -3; j < height + 3; j++) {
    for (let i = -3; i < width + 3; i++) {
      const [column, row] = [i, j].map((at, k) =>
        Math.min(Math.max(at, 0), [width, height][k] - 1)
      );
      sum += kernel(u - i) * kernel(v - j) * data[4 * (width * row + column) + channel];
    }
  }
  return Math.min(Math.max(sum, 0), 255);
}

test("a picture is enlarged as its slow twin says, to the rounding", () => {
  const image = noise();
  const larger = enlarged(image);
  assert.deepEqual([larger.width, larger.height], [15, 21]);
  for (let y = 0; y < 21; y++) {
    for (let x = 0; x < 15; x++) {
      for (let k = 0; k < 4; k++) {
        const found = larger.data[4 * (15 * y + x) + k];
        assert.ok(Math.abs(found - value(image, x, y, k)) < 0.51, `${x}, ${y}, ${k}`);
      }
    }
  }
});

test("in the middle of each square lies the picture's own pixel", () => {
  const image = noise();
  const larger = enlarged(image);
  for (let y = 0; y < 7; y++) {
    for (let x = 0; x < 5; x++) {
      const at = 4 * (15 * (3 * y + 1) + 3 * x + 1);
      const own = 4 * (5 * y + x);
      assert.deepEqual(larger.data.slice(at, at + 4), image.data.slice(own, own + 4));
    }
  }
});
