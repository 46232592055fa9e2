// Choosing a group by drawing around it, freehand or as a box, and sets of rows as packed bits.

/** @import { Pixel } from "./types.d.ts" */

const FINE = 3; // pixels between the corners of a lasso

// What is being drawn, in CSS pixels.
export class Area {
  /**
   * @param {"lasso" | "box"} kind
   * @param {number} x
   * @param {number} y
   */
  constructor(kind, x, y) {
    this.kind = kind;
    /** @type {Pixel[]} */
    this.corners = [[x, y]];
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  extend(x, y) {
    const [lastX, lastY] = this.corners[this.corners.length - 1];
    if (this.kind === "box") this.corners[1] = [x, y];
    else if (Math.hypot(x - lastX, y - lastY) >= FINE) this.corners.push([x, y]);
  }

  /** @returns {Pixel[]} */
  get polygon() {
    if (this.kind === "lasso") return this.corners;
    const [[x, y], [u, v]] = [this.corners[0], this.corners[this.corners.length - 1]];
    return [
      [x, y],
      [u, y],
      [u, v],
      [x, v],
    ];
  }

  /** @param {CanvasRenderingContext2D} pen */
  outline(pen) {
    pen.beginPath();
    for (const corner of this.polygon) pen.lineTo(...corner);
    pen.closePath();
  }

  /**
   * Packed bits of the rows inside.
   * @param {Float32Array} places (N, 2) pixels
   * @param {(row: number) => boolean} accept whether it may be chosen
   */
  rows(places, accept) {
    const { polygon } = this;
    const [xs, ys] = [0, 1].map((k) => polygon.map((corner) => corner[k]));
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const count = places.length / 2;
    const bits = new Uint8Array(Math.ceil(count / 8));
    for (let row = 0; row < count; row++) {
      const [x, y] = [places[2 * row], places[2 * row + 1]];
      if (x < left || x > right || y < top || y > bottom || !accept(row)) continue;
      if (encloses(polygon, x, y)) bits[row >> 3] |= 1 << (row & 7);
    }
    return bits;
  }
}

/**
 * Even-odd rule: a ray to the right crosses the outline an odd number of times.
 * @param {Pixel[]} polygon
 * @param {number} x
 * @param {number} y
 */
export function encloses(polygon, x, y) {
  let inside = false;
  for (let k = 0, before = polygon.length - 1; k < polygon.length; before = k++) {
    const [[ax, ay], [bx, by]] = [polygon[k], polygon[before]];
    if (ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay)) inside = !inside;
  }
  return inside;
}

/**
 * What a new group makes of the one before; null is no group.
 * @param {Uint8Array | null} before
 * @param {Uint8Array} rows
 * @param {"replace" | "add" | "remove"} how
 */
export function combined(before, rows, how) {
  const bits = rows.map((byte, k) => {
    if (how === "add") return byte | (before?.[k] ?? 0);
    return how === "remove" ? (before?.[k] ?? 0) & ~byte : byte;
  });
  return bits.some(Boolean) ? bits : null;
}

/** @param {Uint8Array | null} bits */
export function countOf(bits) {
  let count = 0;
  for (let byte of bits ?? []) for (; byte; byte &= byte - 1) count += 1;
  return count;
}

/**
 * Packed bits as text that Python reads, see explorer/faces/selection.py.
 * @param {Uint8Array | null} bits
 */
export function textOf(bits) {
  if (!bits) return "";
  let text = "";
  for (let at = 0; at < bits.length; at += 8192) {
    text += String.fromCharCode(...bits.subarray(at, at + 8192));
  }
  return btoa(text);
}

/** @param {string} text */
export const bitsOf = (text) => (text ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : null);

/**
 * A selection as a short text for an address: "g" and the gaps between its rows, or "b" and all
 * bits, whichever is shorter; "" for none. Without the letters that an address would escape.
 * @param {Uint8Array | null} bits
 * @param {number} count faces on the map
 */
export function linkOf(bits, count) {
  if (!bits) return "";
  const gaps = [];
  for (let row = 0, last = -1; row < count; row++) {
    if (!((bits[row >> 3] >> (row & 7)) & 1)) continue;
    let gap = row - last - 1;
    last = row;
    for (; gap > 127; gap >>>= 7) gaps.push((gap & 127) | 128);
    gaps.push(gap);
  }
  const [kind, bytes] = gaps.length < bits.length ? ["g", Uint8Array.from(gaps)] : ["b", bits];
  const text = textOf(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${count}.${kind}${text}`;
}

/**
 * The rows of such a text; null where it is none of so many faces.
 * @param {string} text
 * @param {number} count
 */
export function rowsOfLink(text, count) {
  const [, faces, kind, code] = /^(\d+)\.([gb])([\w-]+)$/.exec(text) ?? [];
  if (Number(faces) !== count) return null;
  /** @type {Uint8Array} */
  let bytes;
  try {
    bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0)
    );
  } catch {
    return null;
  }
  const bits = new Uint8Array(Math.ceil(count / 8));
  if (kind === "b") {
    if (bytes.length !== bits.length) return null;
    bits.set(bytes);
    if (count % 8) bits[bits.length - 1] &= (1 << (count % 8)) - 1;
  } else {
    let [row, gap, shift] = [-1, 0, 0];
    for (const byte of bytes) {
      gap += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte & 128) continue;
      row += gap + 1;
      if (row >= count) return null;
      bits[row >> 3] |= 1 << (row & 7);
      [gap, shift] = [0, 0];
    }
  }
  return bits.some(Boolean) ? bits : null;
}
