// A face on a canvas of its own, shown several times as large as it was drawn.

import { paint } from "./live_socket.js";

const FACTOR = 2;
const LARGEST = 96; // pixels of a picture that is enlarged; larger ones have enough of their own

/**
 * Paint a picture, so that what a browser does to show it larger leaves no diamonds.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
export function paintLarge(canvas, image) {
  const isSmall = image.width <= LARGEST;
  canvas.dataset.factor = String(isSmall ? FACTOR : 1);
  paint(canvas, isSmall ? enlarged(image) : image);
}

/**
 * Twice as wide and high, by cubic convolution (Keys 1981, a = -1/2): every other pixel is the
 * picture's own, and half-way between b and c lies (9 (b + c) - a - d) / 16, first in each row, then
 * between rows. Beyond an edge its last pixel goes on.
 * @param {ImageData} image
 */
export function enlarged({ width, height, data }) {
  const larger = new ImageData(FACTOR * width, FACTOR * height);
  const to = larger.data;
  const row = 4 * FACTOR * width; // bytes
  for (let y = 0; y < height; y++) {
    let into = FACTOR * row * y;
    for (let x = 0; x < width; x++, into += 8) {
      const b = 4 * (width * y + x);
      const a = x > 0 ? b - 4 : b;
      const c = x < width - 1 ? b + 4 : b;
      const d = x < width - 2 ? b + 8 : c;
      for (let k = 0; k < 4; k++) {
        to[into + k] = data[b + k];
        to[into + 4 + k] = (9 * (data[b + k] + data[c + k]) - data[a + k] - data[d + k] + 8) >> 4;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const b = FACTOR * row * y;
    const a = y > 0 ? b - FACTOR * row : b;
    const c = y < height - 1 ? b + FACTOR * row : b;
    const d = y < height - 2 ? b + 2 * FACTOR * row : c;
    for (let k = 0, into = b + row; k < row; k++, into++) {
      to[into] = (9 * (to[b + k] + to[c + k]) - to[a + k] - to[d + k] + 8) >> 4;
    }
  }
  return larger;
}
