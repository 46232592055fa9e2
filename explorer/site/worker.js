// What answers the page, in a thread of its own: the space, the decoders and the map.

import { sayInstead, speak } from "../components/language.js";
import { answer } from "./answers.js";
import { Decoder } from "./decoder.js";
import { mapAnswer } from "./map_answers.js";
import { Space } from "./space.js";

/** @import { FromWorker, ToWorker } from "./types.d.ts" */

const ROOT = new URL("../../", import.meta.url); // of the site
const RUNTIME = "lib/onnxruntime.js";
const WASM = "lib/onnxruntime.wasm.gz";
const SPACE = "data/space.safetensors.gz";

/** @param {string} renderer */
const modelOf = (renderer) => `data/${renderer}.onnx.gz`;

/** @type {(space: Space) => void} */
let spaceCame = () => {};
/** @type {Promise<Space>} */
const space = new Promise((come) => (spaceCame = come));
/** @type {(decoder: Decoder) => void} */
let decoderCame = () => {};
/** @type {Promise<Decoder>} */
const decoder = new Promise((come) => (decoderCame = come));

/** @type {Record<string, number>} */
let sizes = {};
let [loaded, of] = [0, 0]; // bytes of what is being loaded

/** @param {FromWorker} what @param {Transferable[]} [given] */
const say = (what, given = []) => self.postMessage(what, { transfer: given });

/**
 * A file of the site, unpacked. A server may have unpacked it on the way.
 * @param {string} path
 * @returns {Promise<ArrayBuffer>}
 */
async function file(path) {
  of += sizes[path] ?? 0;
  const response = await fetch(new URL(path, ROOT));
  if (!response.ok || !response.body) throw new Error(`${path}: ${response.status}`);
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(part, on) {
        loaded += part.length;
        say({ loaded: Math.min(loaded, of), of });
        on.enqueue(part);
      },
    })
  );
  const content = await new Response(counted).arrayBuffer();
  const [first, second] = new Uint8Array(content, 0, 2);
  if (first !== 0x1f || second !== 0x8b) return content;
  const unpacked = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).arrayBuffer();
}

/** @param {Extract<ToWorker, { open: unknown }>} what */
async function open({ open: files, renderers, first, language, instead, words }) {
  sizes = files;
  sayInstead(instead);
  const spoken = speak(language);
  const coming = [file(SPACE), file(WASM), file(modelOf(first))];
  await spoken;
  spaceCame(new Space(await coming[0], words));
  const ort = await import(new URL(RUNTIME, ROOT).href);
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from other origins
  ort.env.wasm.wasmBinary = await coming[1];
  /** @param {string} name */
  const session = async (name) => {
    const model = await (name === first ? coming[2] : file(modelOf(name)));
    return ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
  };
  decoderCame(new Decoder(await space, ort, session, renderers));
}

self.onmessage = async ({ data }) => {
  const asked = /** @type {ToWorker} */ (data);
  if ("open" in asked) {
    await open(asked).catch((error) => say({ failed: String(error.message ?? error) }));
  } else if ("ask" in asked) {
    const found = await answer(asked.ask, await space, await decoder);
    say({ id: asked.id, answer: found }, typeof found === "string" ? [] : [found]);
  } else {
    say({ id: asked.id, response: mapAnswer(await space, asked.fetch) });
  }
};
