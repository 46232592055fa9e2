// The page's end of its worker: what stands in the place of a server's sockets and routes.

import { _ } from "../components/language.js";
import { LocalSocket } from "./local_socket.js";

/** @import { FromWorker, SiteData, ToWorker } from "./types.d.ts" */

export class Local {
  /**
   * @param {SiteData} page
   * @param {(text: string) => void} onStatus what is being loaded, empty when all has come
   */
  constructor(page, onStatus) {
    this.drawn = page.drawn;
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
        const reason = said.failed;
        onStatus(_("This page could not be loaded: {reason}. Load it again.", { reason }));
      } else onStatus(said.loaded < said.of ? loading(said.loaded, said.of) : "");
    };
    const first = page.first.renderer ?? page.editor.rules.renderer; // what draws first
    const { files, renderers, language, instead, words } = page;
    this.tell({ open: files, renderers, first, language, instead, words });
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

  // One of the random faces that the page holds.
  someFace = async () => this.drawn[Math.floor(this.drawn.length * Math.random())];

  socket = () => new LocalSocket((text) => this.ask(text));
}

/**
 * @param {number} loaded bytes
 * @param {number} of
 */
const loading = (loaded, of) =>
  _("Loading the model: {loaded} of {of} MB …", {
    loaded: (loaded / 1e6).toFixed(1),
    of: (of / 1e6).toFixed(1),
  });
