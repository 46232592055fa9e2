// What the map's routes answer, explorer/map/route.py, from the space file alone.

import { _ } from "../components/language.js";
import { directionFromText } from "./code_text.js";
import { axisOf } from "./compose.js";
import { dot } from "./space.js";

/**
 * @import { Space } from "./space.js"
 * @import { Meaning } from "../components/types.d.ts"
 */

/** @typedef {{ status: number, body: BodyInit, headers?: Record<string, string> }} Answer */

/**
 * @param {Space} space
 * @param {string} address below the path of the routes: /KEY/positions/LAYOUT and so on
 * @returns {Answer}
 */
export function mapAnswer(space, address) {
  const [path] = address.split("?"); // behind it stands the language, which is that of the page
  const [, , what, ...rest] = path.split("/").map(decodeURIComponent);
  const name = rest.join("/");
  const { told, words } = space;
  const { ids, map } = told;
  if (what === "ids") return { status: 200, body: ids.join("\n") };
  if (what === "columns") return { status: 200, body: JSON.stringify(words.columns) };
  if (what === "positions" && name in map.layouts) {
    return bytes(space.tensors[`positions.${name}`].data);
  }
  if (what === "about" && space.rowOf.has(name)) {
    const has = map.about[/** @type {number} */ (space.rowOf.get(name))];
    const attributes = has.map((attribute) => words.titles[attribute]);
    return { status: 200, body: JSON.stringify({ attributes }) };
  }
  if (what === "column") {
    try {
      const { values, meaning } = column(space, name);
      return { ...bytes(values), headers: { Column: JSON.stringify(meaning) } };
    } catch (error) {
      return { status: 404, body: /** @type {Error} */ (error).message };
    }
  }
  return {
    status: 404,
    body: _("expected what this page's map holds; found {address}", { address }),
  };
}

/** @param {Float32Array | Uint8Array} numbers @returns {Answer} */
const bytes = (numbers) => ({
  status: 200,
  body: /** @type {ArrayBuffer} */ (numbers.slice().buffer), // of its own: it is handed over
});

/**
 * @param {Space} space
 * @param {string} name
 * @returns {{ values: Uint8Array, meaning: Meaning }}
 */
export function column(space, name) {
  const { columns, meanings } = space.words;
  const row = columns.findIndex((known) => known.name === name);
  if (row >= 0) {
    const all = space.told.ids.length;
    const values = /** @type {Uint8Array} */ (space.tensors.columns.data);
    return { values: values.subarray(row * all, (row + 1) * all), meaning: meanings[row] };
  }
  const [kind, bank, ...rest] = name.split("/");
  if (kind !== "slider") {
    throw new Error(_("expected a column of this run; found {name}", { name }));
  }
  const method = bank === "attributes" ? /** @type {string} */ (rest.shift()) : "";
  return along(space, bank, rest.join("/"), method);
}

/**
 * Where along a slider's direction faces lie, in 256 equal steps between all but few of them.
 * @param {Space} space
 * @param {string} bank
 * @param {string} slider
 * @param {string} method
 * @returns {{ values: Uint8Array, meaning: Meaning }}
 */
function along(space, bank, slider, method) {
  const axis = axisOf(space, bank, slider, method);
  const { direction } = axis;
  const { tail, deviations } = space.told.map;
  const length = dot(direction, direction) * axis.unit;
  const from = dot(space.numbers("center"), direction);
  const found = Float64Array.from(space.told.ids, (_, row) =>
    length ? (dot(space.row("codes", row), direction) - from) / length : 0
  );
  const sorted = found.slice().sort();
  const [low, high] = [quantile(sorted, tail), quantile(sorted, 1 - tail)];
  const values = Uint8Array.from(found, (value) =>
    high > low ? Math.min(255, Math.max(0, Math.round(((value - low) * 255) / (high - low)))) : 0
  );
  const unit = deviations.includes(bank) ? _("standard deviations") : _("strengths");
  return {
    values,
    meaning: {
      title: _("{label}, slider", { label: labelOf(space, bank, slider) }),
      kind: "scale",
      range: [low, high],
      note: _("{unit} from the mean face", { unit }),
    },
  };
}

/**
 * @param {Space} space
 * @param {string} bank
 * @param {string} slider
 */
export function labelOf(space, bank, slider) {
  if (bank === "attributes") return space.words.titles[slider] ?? slider;
  if (bank === "directions") return directionFromText(slider).name;
  return bank === "components" ? `PC ${slider}` : `z ${slider}`;
}

/**
 * @param {Float64Array} sorted
 * @param {number} share
 */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
