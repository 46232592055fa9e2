// Which points are drawn, in which order, and how many there are of each category.

import { bit } from "./columns.js";

/** @import { Shown } from "./types.d.ts" */

// What a row is drawn as, 0 not at all.
export const OUTSIDE = 1; // grey: it does not pass the filter
export const UNSELECTED = 2; // grey: it does, but a selection leaves it out
export const SHOWN = 3;

/**
 * The grey rows are those outside the filter or the selection.
 * @param {Uint8Array} values (N,) of the colour
 * @param {object} by
 * @param {Uint8Array | null} by.mask packed bits, null for everything
 * @param {Uint8Array | null} by.selection the same
 * @param {Set<number>} by.hidden categories that are not drawn
 * @param {boolean} by.hideRest faces outside the filter are not drawn
 * @returns {Shown}
 */
export function arranged(values, { mask, selection, hidden, hideRest }) {
  const counts = new Uint32Array(256);
  const order = new Uint32Array(values.length);
  const state = new Uint8Array(values.length);
  let passing = 0;
  let greyCount = 0;
  let shownCount = 0;
  const drawn = new Uint8Array(256).fill(1);
  for (const category of hidden) drawn[category] = 0;
  for (let row = 0; row < values.length; row++) {
    const passes = !mask || bit(mask, row);
    if (passes) {
      passing += 1;
      counts[values[row]] += 1;
    }
    if (passes ? !drawn[values[row]] : hideRest) continue;
    state[row] = !passes ? OUTSIDE : selection && !bit(selection, row) ? UNSELECTED : SHOWN;
    if (state[row] === SHOWN) shownCount += 1;
    else greyCount += 1;
  }
  let [nextGrey, nextShown] = [0, greyCount];
  for (let row = 0; row < values.length; row++) {
    if (state[row] === SHOWN) order[nextShown++] = row;
    else if (state[row]) order[nextGrey++] = row;
  }
  return {
    order: order.subarray(0, greyCount + shownCount),
    grey: greyCount,
    shown: shownCount,
    state,
    counts,
    passing,
  };
}
