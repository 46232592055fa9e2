// Shared by the components: places elsewhere on the page in which parts of the editor are shown.

const CHANGED = "explorer-place";

/** @type {Map<string, HTMLElement>} */
const places = new Map(); // name of a part -> where it goes; components that import this share it

/**
 * Give a part of the editor a place; returns what takes it away.
 * @param {string} part
 * @param {HTMLElement} root
 */
export function offerPlace(part, root) {
  places.set(part, root);
  window.dispatchEvent(new Event(CHANGED));
  return () => {
    if (places.get(part) === root) places.delete(part);
  };
}

/**
 * Calls settle(places) now and whenever a part gets a place; returns what ends that.
 * @param {(places: ReadonlyMap<string, HTMLElement>) => void} settle
 */
export function onPlaces(settle) {
  const listen = () => settle(places);
  window.addEventListener(CHANGED, listen);
  listen();
  return () => window.removeEventListener(CHANGED, listen);
}
