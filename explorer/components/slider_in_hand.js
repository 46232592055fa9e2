// Which slider of the editor was touched last, so that the map can be coloured by it.

const IN_HAND = "slider"; // stands for its column, as in explorer/map/columns.py
const TAKEN = "explorer-slider-in-hand";

// Components are scripts of their own and meet in the window only.
function takeInHand(bank, name, method = "mean_difference") {
  const column = bank === "attributes" ? `${bank}/${method}/${name}` : `${bank}/${name}`;
  if (window.explorerSlider === column) return;
  window.explorerSlider = column;
  window.dispatchEvent(new Event(TAKEN));
}

// The column to fetch for what the map is coloured by; before any slider was touched, PC 1's.
function columnInHand(colour) {
  return colour === IN_HAND ? `slider/${window.explorerSlider ?? "components/1"}` : colour;
}

// Calls act() when another slider is touched; returns what ends that.
function onSliderInHand(act) {
  window.addEventListener(TAKEN, act);
  return () => window.removeEventListener(TAKEN, act);
}
