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

const level = (value) => Math.min(Math.max(Math.round(value), 0), 255);

/** Values along a line, half-way between them, too: the sum over all around, in whole levels. */
function along(line) {
  const at = (i) => line[Math.min(Math.max(i, 0), line.length - 1)];
  return Array.from({ length: 2 * line.length }, (_, k) => {
    let sum = 0;
    for (let i = -4; i < line.length + 4; i++) sum += kernel(k / 2 - i) * at(i);
    return level(sum);
  });
}

test("a picture is enlarged as its slow twin says: rows, then columns", () => {
  const { width, height, data } = noise();
  const larger = enlarged(noise());
  assert.deepEqual([larger.width, larger.height], [2 * width, 2 * height]);
  for (let k = 0; k < 4; k++) {
    const rows = Array.from({ length: height }, (_, y) =>
      along(Array.from({ length: width }, (_unused, x) => data[4 * (width * y + x) + k]))
    );
    for (let x = 0; x < 2 * width; x++) {
      along(rows.map((row) => row[x])).forEach((expected, y) => {
        assert.equal(larger.data[4 * (2 * width * y + x) + k], expected, `${x}, ${y}, ${k}`);
      });
    }
  }
});

test("every other pixel is the picture's own", () => {
  const { width, height, data } = noise();
  const larger = enlarged(noise());
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 8 * (2 * width * y + x);
      const own = 4 * (width * y + x);
      assert.deepEqual(larger.data.slice(at, at + 4), data.slice(own, own + 4));
    }
  }
});
