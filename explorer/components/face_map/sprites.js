// Discs of a point as lists of pixels: which ones it covers, and how far, by where between pixels
// its middle lies.

export const PHASES = 4; // places of the middle within a pixel, in each direction
export const LEVELS = 8; // of coverage; level 0 covers nothing
const RADIUS_STEP = 1 / 8; // pixels; points differ in size in three dimensions
const SQUARE = 1.2; // pixels; below that radius a square of a few pixels does

export class Sprites {
  /** @param {number} stride pixels of a line of the picture that the discs are drawn into */
  constructor(stride) {
    this.stride = stride;
    /** @type {Map<number, ReturnType<typeof disc>>} */
    this.made = new Map(); // radius in steps -> sprites
  }

  /**
   * {starts, offsets, levels}: the pixels of phase p are at starts[p] to starts[p + 1] - 1; offsets
   * counts from the pixel of the middle; p is PHASES * phase of y + phase of x.
   * @param {number} radius
   */
  of(radius) {
    const steps = Math.max(1, Math.round(radius / RADIUS_STEP));
    let sprite = this.made.get(steps);
    if (!sprite) this.made.set(steps, (sprite = disc(steps * RADIUS_STEP, this.stride)));
    return sprite;
  }
}

/**
 * @param {number} radius
 * @param {number} stride
 */
function disc(radius, stride) {
  const reach = Math.ceil(radius) + 1;
  const starts = [0];
  /** @type {number[]} */
  const offsets = [];
  /** @type {number[]} */
  const levels = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    const x = ((phase % PHASES) + 0.5) / PHASES;
    const y = (Math.floor(phase / PHASES) + 0.5) / PHASES;
    for (let line = -reach; line <= reach; line++) {
      for (let column = -reach; column <= reach; column++) {
        const level = Math.round(LEVELS * covered(column + 0.5 - x, line + 0.5 - y, radius));
        if (!level) continue;
        offsets.push(line * stride + column);
        levels.push(level);
      }
    }
    starts.push(offsets.length);
  }
  return { starts, offsets: Int32Array.from(offsets), levels: Uint8Array.from(levels) };
}

/**
 * How far the pixel whose middle lies (dx, dy) from that of a point belongs to it, 0 to 1.
 * @param {number} dx
 * @param {number} dy
 * @param {number} radius
 */
function covered(dx, dy, radius) {
  if (radius <= SQUARE) return Math.max(Math.abs(dx), Math.abs(dy)) <= radius ? 1 : 0;
  return Math.min(1, Math.max(0, radius - Math.hypot(dx, dy)));
}
