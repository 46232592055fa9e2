// What the map is made of, as bytes from the map's routes; see explorer/map/route.py.

import { inLanguage } from "../language.js";
import { fetched } from "../transport.js";

/**
 * @import { KnownColumn } from "../types.d.ts"
 * @import { Box, Column, Layout } from "./types.d.ts"
 */

const MOST_COLUMNS = 24; // kept in memory; the browser's own cache keeps the others

export class MapColumns {
  /**
   * @param {object} of
   * @param {string} of.path where the routes are
   * @param {string} of.key of the run that they must be of
   * @param {number} of.count of its faces
   */
  constructor({ path, key, count }) {
    this.base = `${httpBase()}${path}/${key}`;
    this.count = count;
    /** @type {Map<string, Promise<any>>} */
    this.kept = new Map(); // address -> promise, the latest last
  }

  /**
   * @template What
   * @param {string} address
   * @param {(response: Response) => Promise<What>} read
   * @returns {Promise<What>}
   */
  fetched(address, read) {
    let promise = this.kept.get(address);
    if (!promise) {
      promise = fetched(`${this.base}${address}`).then(async (response) => {
        if (!response.ok) throw new Error(await response.text());
        return read(response);
      });
      promise.catch(() => this.kept.delete(address)); // asked for again, it may be there
    }
    this.kept.delete(address);
    this.kept.set(address, promise);
    if (this.kept.size > MOST_COLUMNS) {
      const [oldest] = this.kept.keys();
      this.kept.delete(oldest);
    }
    return promise;
  }

  /**
   * @param {string} layout
   * @returns {Promise<Layout>}
   */
  positions(layout) {
    return this.fetched(`/positions/${segments(layout)}`, async (response) => {
      const positions = new Float32Array(await response.arrayBuffer());
      const dims = positions.length / this.count;
      if (dims !== 2 && dims !== 3) {
        throw new Error(
          `expected places of ${this.count} faces; found ${positions.length} numbers`
        );
      }
      return { positions, dims, ...box(positions, dims) };
    });
  }

  /**
   * What there is to colour by.
   * @returns {Promise<KnownColumn[]>}
   */
  known() {
    return this.fetched(`/columns${inLanguage()}`, (response) => response.json());
  }

  /**
   * @param {string} name
   * @returns {Promise<Column>}
   */
  column(name) {
    return this.fetched(`/column/${segments(name)}${inLanguage()}`, async (response) => ({
      values: new Uint8Array(await response.arrayBuffer()),
      about: JSON.parse(response.headers.get("Column") ?? ""),
    }));
  }

  /**
   * Packed bits, null when no filter is given.
   * @param {string} filter
   */
  mask(filter) {
    if (!filter) return null;
    return this.fetched(
      `/mask?filter=${encodeURIComponent(filter)}`,
      async (response) => new Uint8Array(await response.arrayBuffer())
    );
  }

  // All picture ids.
  ids() {
    return this.fetched("/ids", async (response) => (await response.text()).split("\n"));
  }

  /**
   * @param {string} id
   * @returns {Promise<{ attributes: string[] }>}
   */
  about(id) {
    return this.fetched(`/about/${id}${inLanguage()}`, (response) => response.json());
  }

  /** @param {string} id */
  picture(id) {
    return `${this.base}/picture/${id}`;
  }
}

/** @param {string} name */
const segments = (name) => name.split("/").map(encodeURIComponent).join("/");
/**
 * @param {Uint8Array} bits
 * @param {number} row
 */
export const bit = (bits, row) => (bits[row >> 3] >> (row & 7)) & 1;

/**
 * @param {Float32Array} positions (N, dims)
 * @param {number} dims
 * @returns {Box}
 */
export function box(positions, dims) {
  const low = new Array(dims).fill(Infinity);
  const high = new Array(dims).fill(-Infinity);
  for (let at = 0; at < positions.length; at += dims) {
    for (let k = 0; k < dims; k++) {
      const v = positions[at + k];
      if (v < low[k]) low[k] = v;
      if (v > high[k]) high[k] = v;
    }
  }
  return { low, high };
}

// Where the app's routes begin, below whatever path the app is served at.
function httpBase() {
  return new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "");
}
