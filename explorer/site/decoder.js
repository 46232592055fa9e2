// Codes to pictures by onnxruntime-web; near the mean of all codes a renderer fades to the mean's
// drawing, explorer/decoding/near_the_mean.py.

/**
 * @import { Space } from "./space.js"
 */

/** @typedef {{ run(feeds: object): Promise<Record<string, any>> }} Session of onnxruntime */

const MEAN = "mean"; // the renderer that every run has
const LARGEST_BATCH = 16; // pictures; WebAssembly keeps the memory that it once had

export class Decoder {
  /**
   * @param {Space} space
   * @param {any} ort onnxruntime
   * @param {(renderer: string) => Promise<Session>} open called once for each renderer
   * @param {{ names: string[], nearest: number, empty: number }} renderers nearest, empty: from
   *   where on a renderer fades, and where the mean alone is drawn
   */
  constructor(space, ort, open, renderers) {
    this.space = space;
    this.ort = ort;
    this.open = open;
    this.renderers = renderers;
    /** @type {Map<string, Promise<Session>>} */
    this.sessions = new Map();
    /** @type {Promise<unknown>} */
    this.turn = Promise.resolve(); // sessions of WebAssembly share one memory: one run at a time
  }

  /**
   * RGB of pictures, one after the other, and their side.
   * @param {Float32Array[]} codes
   * @param {string} [renderer] the mean where the run has no such one
   */
  async decode(codes, renderer = MEAN) {
    const name = this.renderers.names.includes(renderer) ? renderer : MEAN;
    const shares = codes.map((code) => (name === MEAN ? 1 : this.share(code)));
    if (shares.every((share) => share === 1)) return this.draw(name, codes);
    const [own, mean] = [await this.draw(name, codes), await this.draw(MEAN, codes)];
    const size = own.side ** 2 * 3;
    own.rgb.forEach((value, k) => {
      const share = shares[Math.floor(k / size)];
      own.rgb[k] = Math.round(share * value + (1 - share) * mean.rgb[k]);
    });
    return own;
  }

  /**
   * How much of a renderer's own drawing is seen, 0 to 1.
   * @param {Float32Array} code
   */
  share(code) {
    const [center, spread] = [this.space.numbers("center"), this.space.numbers("spread")];
    const { nearest, empty } = this.renderers;
    let sum = 0;
    code.forEach((value, d) => (sum += ((value - center[d]) / Math.max(spread[d], 1e-6)) ** 2));
    const distance = Math.sqrt(sum / code.length);
    return Math.min(1, Math.max(0, (distance - empty) / (nearest - empty)));
  }

  /**
   * @param {string} name
   * @param {Float32Array[]} codes
   */
  async draw(name, codes) {
    if (!this.sessions.has(name)) this.sessions.set(name, this.open(name));
    const session = await /** @type {Promise<Session>} */ (this.sessions.get(name));
    const drawn = this.turn.then(() => this.run(session, codes));
    this.turn = drawn.catch(() => {});
    return drawn;
  }

  /**
   * @param {Session} session
   * @param {Float32Array[]} codes
   */
  async run(session, codes) {
    let [rgb, side] = [new Uint8Array(), 0];
    for (let at = 0; at < codes.length; at += LARGEST_BATCH) {
      const batch = codes.slice(at, at + LARGEST_BATCH);
      const z = new Float32Array(batch.length * this.space.latent);
      batch.forEach((code, k) => z.set(code, k * this.space.latent));
      const { pixels } = await session.run({
        z: new this.ort.Tensor("float32", z, [batch.length, this.space.latent]),
      });
      if (!side) {
        side = pixels.dims[1];
        rgb = new Uint8Array(codes.length * side ** 2 * 3);
      }
      rgb.set(pixels.data, at * side ** 2 * 3);
    }
    return { rgb, side };
  }
}
