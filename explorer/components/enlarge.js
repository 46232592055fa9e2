// A face on a canvas of its own, shown several times as large as it was drawn.

import { paint } from "./live_socket.js";

const FACTOR = 3; // odd: in the middle of each square of pixels lies the decoder's own
const LARGEST = 96; // pixels of a picture that is enlarged; larger ones have enough of their own
const WHOLE = 27; // sum of the weights of one direction

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
 * Three times as wide and high, by cubic convolution (Keys 1981, a = -1/2): it goes through the
 * picture's own values. Beyond an edge its last pixel goes on.
 * @param {ImageData} image
 */
export function enlarged(image) {
  const { width, height } = image;
  const larger = new ImageData(FACTOR * width, FACTOR * height);
  const wide = new Int16Array(4 * FACTOR * width * height);
  widen(image.data, width, height, wide, 1);
  widen(wide, height, FACTOR * width, larger.data, 1 / (WHOLE * WHOLE));
  return larger;
}

/**
 * (height, width, 4) to (3 width, height, 4): three times as wide, 27 `scale` times as large, and
 * turned over, so that twice is both directions.
 * @param {ArrayLike<number>} from
 * @param {number} width
 * @param {number} height
 * @param {Int16Array | Uint8ClampedArray} to
 * @param {number} scale
 */
function widen(from, width, height, to, scale) {
  const row = 4 * height; // of `to`
  for (let y = 0; y < height; y++) {
    const start = 4 * width * y;
    for (let x = 0; x < width; x++) {
      const at = start + 4 * x;
      const left = x > 0 ? at - 4 : at;
      const lefter = x > 1 ? at - 8 : left;
      const right = x < width - 1 ? at + 4 : at;
      const righter = x < width - 2 ? at + 8 : right;
      const into = FACTOR * x * row + 4 * y;
      for (let k = 0; k < 4; k++) {
        const a = from[lefter + k];
        const b = from[left + k];
        const c = from[at + k];
        const d = from[right + k];
        const e = from[righter + k];
        to[into + k] = scale * (-a + 9 * b + 21 * c - 2 * d);
        to[into + row + k] = scale * WHOLE * c;
        to[into + 2 * row + k] = scale * (-2 * b + 21 * c + 9 * d - e);
      }
    }
  }
}
