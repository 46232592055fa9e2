// Which slider of the editor was touched last, so that the map can be coloured by it.

export const IN_HAND = "slider"; // stands for its column
const TAKEN = "explorer-slider-in-hand";

/** @type {string | null} */
let touched = null; // its column; components that import this file share it

/**
 * @param {string} bank
 * @param {string | number} name
 * @param {string | null} method where the bank has a choice of them
 */
export function takeInHand(bank, name, method = null) {
  const column = method === null ? `${bank}/${name}` : `${bank}/${method}/${name}`;
  if (touched === column) return;
  touched = column;
  window.dispatchEvent(new Event(TAKEN));
}

/**
 * The column to fetch for what the map is coloured by; before any slider was touched, PC 1's.
 * @param {string} colour
 */
export function columnInHand(colour) {
  return colour === IN_HAND ? `slider/${touched ?? "components/1"}` : colour;
}

/**
 * Calls act() when another slider is touched; returns what ends that.
 * @param {() => void} act
 */
export function onSliderInHand(act) {
  window.addEventListener(TAKEN, act);
  return () => window.removeEventListener(TAKEN, act);
}
