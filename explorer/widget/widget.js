// The explorer in a notebook: the page of explorer/site/ in an output, answered by the kernel through
// the channel that anywidget has to it.

import { sayInstead, speakBy } from "../components/language.js";
import { same } from "../components/same.js";
import { LocalSocket } from "../site/local_socket.js";
import { Page } from "../site/page.js";
import pageStyles from "../site/site.css.js";
import texts from "./texts.js";
import widgetStyles from "./widget.css.js";

/**
 * @import { Source } from "../components/types.d.ts"
 * @import { PageData } from "../site/types.d.ts"
 */

/**
 * As much of anywidget's model as is used here.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(what: object) => void} send
 * @property {(event: string, heard: (...what: any[]) => void) => void} on
 * @property {(event: string, heard: (...what: any[]) => void) => void} off
 */

class Kernel {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.asked = 0;
    this.view = Math.random().toString(36).slice(2); // outputs of one widget share its channel
    /** @type {Map<number, (said: any, body: ArrayBuffer | undefined) => void>} */
    this.waiting = new Map();
    /**
     * @param {{ view: string, id: number }} said
     * @param {DataView[]} [buffers]
     */
    this.hear = (said, buffers = []) => {
      if (said.view !== this.view) return;
      const [body] = buffers;
      const bytes = body?.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength);
      this.waiting.get(said.id)?.(said, /** @type {ArrayBuffer | undefined} */ (bytes));
      this.waiting.delete(said.id);
    };
    model.on("msg:custom", this.hear);
  }

  /**
   * @template What
   * @param {object} what
   * @param {(said: any, body: ArrayBuffer | undefined) => What} read
   * @returns {Promise<What>}
   */
  tell(what, read) {
    const id = (this.asked += 1);
    this.model.send({ view: this.view, id, ...what });
    return new Promise((come) => this.waiting.set(id, (...said) => come(read(...said))));
  }

  /** @param {string} text */
  ask = (text) =>
    this.tell(
      { ask: text },
      ({ answer }, body) => /** @type {ArrayBuffer | string} */ (body ?? answer)
    );

  /** @param {string} address */
  fetch = (address) =>
    this.tell({ fetch: address }, ({ status, headers }, body) => {
      return new Response(body, { status, headers });
    });

  someFace = () => this.tell({ random: true }, ({ source }) => /** @type {Source} */ (source));

  socket = () => new LocalSocket((text) => this.ask(text));

  close() {
    this.model.off("msg:custom", this.hear);
  }
}

// Whether a notebook is dark: JupyterLab and marimo say so, others have what the browser prefers.
function isDark() {
  const { jpThemeLight } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  const { classList } = document.body;
  if (classList.contains("dark") || classList.contains("light")) return classList.contains("dark");
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {{ model: Model, el: HTMLElement }} given */
export async function render({ model, el }) {
  /** @type {PageData & { colours: Record<"light" | "dark", Record<string, string>> }} */
  const data = structuredClone(model.get("_page"));
  speakBy(data.language, texts);
  sayInstead(data.instead);
  const kernel = new Kernel(model);
  // Routes of this output alone, whatever else the notebook shows.
  data.editor.live.path = data.map.live.path = `/live-${kernel.view}`;
  data.map.path = `/map-${kernel.view}`;
  data.first = model.get("recipe");
  const root = el.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = `${pageStyles}\n${widgetStyles}`;
  const main = document.createElement("main");
  main.lang = data.language;
  for (const [name, value] of Object.entries(data.colours[isDark() ? "dark" : "light"])) {
    main.style.setProperty(name, value);
  }
  root.append(style, main);
  const page = new Page(data, kernel, null);
  page.onShow = (recipe) => {
    if (same(recipe, model.get("recipe"))) return;
    model.set("recipe", recipe);
    model.save_changes();
  };
  const onRecipe = () => page.session.set(model.get("recipe"));
  model.on("change:recipe", onRecipe);
  await page.begin(main);
  return () => {
    model.off("change:recipe", onRecipe);
    page.close();
    kernel.close();
  };
}
