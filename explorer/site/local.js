// The page's end of its worker: what stands in the place of a server's sockets and routes.

import { answerBelow } from "../components/transport.js";

/** @import { FromWorker, PageData, ToWorker } from "./types.d.ts" */

export class Local {
  /**
   * @param {PageData} page
   * @param {string} first the renderer that draws first
   * @param {(text: string) => void} onStatus what is being loaded, empty when all has come
   */
  constructor(page, first, onStatus) {
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.asked = 0;
    /** @type {Map<number, (said: any) => void>} */
    this.waiting = new Map();
    this.worker.onmessage = ({ data }) => {
      const said = /** @type {FromWorker} */ (data);
      if ("id" in said) {
        this.waiting.get(said.id)?.(said);
        this.waiting.delete(said.id);
      } else if ("failed" in said) {
        onStatus(`This page could not be loaded: ${said.failed}. Load it again.`);
      } else onStatus(said.loaded < said.of ? loading(said.loaded, said.of) : "");
    };
    this.tell({ open: page.files, renderers: page.renderers, first });
    const { socket, fetch } = this;
    answerBelow(page.editor.live.path, { socket, fetch });
    answerBelow(page.map.path, { socket, fetch });
  }

  /** @param {ToWorker} what */
  tell(what) {
    this.worker.postMessage(what);
  }

  /**
   * @param {string} text a message with its number
   * @returns {Promise<ArrayBuffer | string>}
   */
  ask(text) {
    const id = (this.asked += 1);
    this.tell({ id, ask: text });
    return new Promise((come) => this.waiting.set(id, ({ answer }) => come(answer)));
  }

  /** @param {string} address @returns {Promise<Response>} */
  fetch = (address) => {
    const id = (this.asked += 1);
    this.tell({ id, fetch: address });
    return new Promise((come) =>
      this.waiting.set(id, ({ response: { body, ...init } }) => come(new Response(body, init)))
    );
  };

  socket = () => new LocalSocket((text) => this.ask(text));
}

/**
 * @param {number} loaded bytes
 * @param {number} of
 */
const loading = (loaded, of) =>
  `Loading the model: ${(loaded / 1e6).toFixed(1)} of ${(of / 1e6).toFixed(1)} MB …`;

// As much of a WebSocket as live_socket.js uses.
export class LocalSocket {
  /** @param {(text: string) => Promise<ArrayBuffer | string>} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {number} */
    this.readyState = WebSocket.CONNECTING;
    /** @type {(() => void) | undefined} */
    this.onopen = undefined;
    /** @type {((event: { data: ArrayBuffer | string }) => void) | undefined} */
    this.onmessage = undefined;
    queueMicrotask(() => {
      if (this.readyState !== WebSocket.CONNECTING) return;
      this.readyState = WebSocket.OPEN;
      this.onopen?.();
    });
  }

  /** @param {string} text */
  async send(text) {
    const data = await this.ask(text);
    if (this.readyState === WebSocket.OPEN) this.onmessage?.({ data });
  }

  close() {
    this.readyState = WebSocket.CLOSED;
  }
}
