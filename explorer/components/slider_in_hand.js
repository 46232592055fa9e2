// Which slider of the editor was touched last, so that the map can be coloured by it.

export const IN_HAND = "slider"; // stands for its column
const TAKEN = "explorer-slider-in-hand";

let touched = null; // its column; components that import this file share it

// parts: bank, method where the bank has a choice, and slider, see explorer/map/columns.py.
export function takeInHand(...parts) {
  const column = parts.join("/");
  if (touched === column) return;
  touched = column;
  window.dispatchEvent(new Event(TAKEN));
}

// The column to fetch for what the map is coloured by; before any slider was touched, PC 1's.
export function columnInHand(colour) {
  return colour === IN_HAND ? `slider/${touched ?? "components/1"}` : colour;
}

// Calls act() when another slider is touched; returns what ends that.
export function onSliderInHand(act) {
  window.addEventListener(TAKEN, act);
  return () => window.removeEventListener(TAKEN, act);
}
