// A place for a part of the editor; see __init__.py for `data`.

import { element } from "../live_socket.js";
import { offerPlace } from "../places.js";

/** @import { Mounting, PartData } from "../types.d.ts" */

/** @type {WeakMap<HTMLElement, () => void>} */
const taken = new WeakMap();

/** @param {Mounting<PartData>} mounting */
export default function ({ parentElement, data }) {
  if (!taken.has(parentElement)) {
    const root = element("div", { class: "place" });
    parentElement.append(root);
    const takeAway = offerPlace(data.part, root);
    taken.set(parentElement, () => {
      takeAway();
      root.remove();
    });
  }
  return () => {
    taken.get(parentElement)?.();
    taken.delete(parentElement);
  };
}
