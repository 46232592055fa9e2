// Which slider of the editor was touched last, so that the map can be coloured by it.

export const IN_HAND = "slider"; // stands for its column, as in explorer/map/columns.py
const TAKEN = "explorer-slider-in-hand";

let touched = null; // its column; components that import this file share it

export function takeInHand(bank, name, method = "mean_difference") {
  const column = bank === "attributes" ? `${bank}/${method}/${name}` : `${bank}/${name}`;
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
