// Map and editor of the explorer without Streamlit: mounted as that mounts them, with a session of the
// page's own behind them. Who answers is said by whoever makes the page.

import mountPart from "../components/editor_part/editor_part.js";
import editorStyles from "../components/face_editor/face_editor.css.js";
import mountEditor from "../components/face_editor/face_editor.js";
import mapStyles from "../components/face_map/face_map.css.js";
import mountMap from "../components/face_map/face_map.js";
import { _, N_ } from "../components/language.js";
import { element } from "../components/live_socket.js";
import { freshFace } from "../components/recipe.js";
import { answerBelow } from "../components/transport.js";
import { Arithmetic } from "./arithmetic.js";
import { sourceName } from "./names.js";
import { savePicture } from "./save.js";
import { SESSION, Session } from "./session.js";

/** @import { MapMessage, Recipe, Source } from "../components/types.d.ts" */
/**
 * @import { PageData } from "./types.d.ts"
 * @import { Links } from "./session.js"
 */
/**
 * @typedef {object} Answering
 * @property {(text: string) => Promise<ArrayBuffer | string>} ask a message with its number
 * @property {(address: string) => Promise<Response>} fetch
 * @property {() => unknown} socket
 * @property {() => Promise<Source>} someFace a random one
 */

const PARTS = /** @type {const} */ (["grid", "shelf"]);
const NOBODY = { setStateValue() {}, setTriggerValue() {} };
const PANEL = { role: "tabpanel" };
const NO_LINKS = ".on-face.link { display: none !important; }";
const SIDES = [N_("Face"), N_("Map and more")]; // of which a phone shows one
const PANES = [N_("Map"), N_("Arithmetic"), N_("Grid"), N_("Kept faces")];

/**
 * A place for a component, with its styles, apart from the page's own.
 * @param {string} styles
 */
function stand(styles) {
  const host = element("div", { class: "component" });
  const root = host.attachShadow({ mode: "open" });
  const style = element("style", {}, styles);
  style.dataset.component = "";
  root.append(style);
  return { host, root: /** @type {HTMLElement} */ (/** @type {unknown} */ (root)) };
}

export class Page {
  // Made by built().

  /** @type {HTMLElement} */
  root;
  /** @type {HTMLElement} */
  header;
  /** @type {HTMLElement} */
  tabs;
  /** @type {Record<string, HTMLElement>} */
  panes;
  /** @type {HTMLButtonElement} */
  undo;
  /** @type {HTMLButtonElement} */
  redo;

  /**
   * @param {PageData} page
   * @param {Answering} answering
   * @param {Links | null} links what writes addresses, null where the page has none of its own
   */
  constructor(page, answering, links) {
    this.page = page;
    this.answering = answering;
    /** @type {(() => unknown)[]} */
    this.closing = [page.editor.live, page.map].map(({ path }) => answerBelow(path, answering));
    /** @type {(() => void) | undefined} */
    this.closeEditor = undefined;
    /** @type {(() => void) | undefined} */
    this.closeMap = undefined;
    this.loading = element("p", { class: "loading", role: "status", hidden: "" });
    this.layout = page.lenses[0].layout;
    this.selected = "";
    this.heard = 0; // number of the map's latest message
    this.told = element("div", { class: "told", role: "status" });
    this.session = new Session(
      page,
      links,
      (recipe) => this.problem(recipe),
      () => this.show(),
      (text) => (this.told.textContent = text)
    );
    this.editor = stand(links ? editorStyles : editorStyles + NO_LINKS);
    this.map = stand(mapStyles);
    this.parts = { grid: stand(editorStyles), shelf: stand(editorStyles) };
    this.arithmetic = new Arithmetic(this);
    this.about = { ticks: page.editor.ticks, removed: page.editor.removed };
    this.aboutOf = ""; // the face that these are about
  }

  /** @param {HTMLElement} parent */
  async begin(parent) {
    parent.replaceChildren(this.built());
    this.open(PANES[0]);
    for (const part of PARTS) {
      const parentElement = this.parts[part].root;
      this.closing.push(mountPart({ parentElement, data: { part }, ...NOBODY }));
    }
    // The page stands at once; the face of the address comes when somebody can say whether it may.
    this.show();
    await this.session.begin();
  }

  close() {
    for (const close of [this.closeEditor, this.closeMap, ...this.closing]) close?.();
    this.arithmetic.close();
  }

  /** @param {string} text of what is being loaded, empty when all has come */
  tellLoading(text) {
    this.loading.textContent = text;
    this.loading.hidden = !text;
  }

  /** @param {Recipe} _shown that is shown now */
  onShow(_shown) {}

  built() {
    /**
     * @param {string} label
     * @param {string} title
     * @param {() => unknown} act
     */
    const button = (label, title, act) =>
      element("button", { type: "button", title, onclick: act }, label);
    this.undo = button(_("Undo"), _("Ctrl+Z, or Back in the browser"), () => this.session.step(-1));
    this.redo = button(_("Redo"), _("Ctrl+Shift+Z or Ctrl+Y, or Forward in the browser"), () =>
      this.session.step(1)
    );
    this.actions = element(
      "div",
      { class: "actions" },
      button(_("Random face"), _("Another face; your edits stay on."), async () =>
        this.session.setSource(await this.answering.someFace())
      ),
      button(_("Mean face"), _("Of all codes, without edits."), () =>
        this.session.set(this.fresh({ kind: "mean", value: null }))
      ),
      button(_("Walk"), _("From this face to a random one."), async () =>
        this.session.startWalk(this.fresh(await this.answering.someFace()))
      ),
      this.undo,
      this.redo,
      button(_("Save PNG"), _("The face as a picture of 512 pixels."), () => this.savePicture())
    );
    this.tabs = element(
      "div",
      { class: "panes", role: "tablist", "aria-label": _("Beside the face") },
      ...PANES.map((name) =>
        element("button", { type: "button", role: "tab", onclick: () => this.open(name) }, _(name))
      )
    );
    this.panes = {
      Map: element("section", PANEL, this.lenses(), this.map.host),
      Arithmetic: element("section", PANEL, this.arithmetic.root),
      Grid: element("section", PANEL, this.parts.grid.host),
      "Kept faces": element("section", PANEL, this.parts.shelf.host),
    };
    for (const [name, pane] of Object.entries(this.panes)) {
      pane.setAttribute("aria-label", _(name));
    }
    const about = element(
      "details",
      { class: "about" },
      element("summary", {}, _("About this page")),
      ...this.page.told.map((line) => element("p", {}, line))
    );
    this.pane = element("div", { class: "pane" }, this.tabs, ...Object.values(this.panes));
    this.stage = element(
      "div",
      { class: "face" },
      this.actions,
      this.loading,
      this.told,
      this.editor.host
    );
    this.header = element("header", {}, element("h1", {}, this.page.title), about);
    this.root = element("div", { class: "page" }, this.header, this.sides(), this.pane, this.stage);
    return this.root;
  }

  // On a phone the face or what is beside it.
  sides() {
    const choices = SIDES.map((side, k) => {
      const input = element("input", {
        type: "radio",
        name: "side",
        onchange: () => {
          this.root.dataset.side = String(k);
          this.arithmetic.show();
        },
      });
      input.checked = k === 0;
      return element("label", {}, input, _(side));
    });
    const group = { class: "choice sides", role: "radiogroup", "aria-label": _("Show") };
    return element("div", group, ...choices);
  }

  // What the map is laid out by.
  lenses() {
    const note = element("p", { class: "note" }, this.page.lenses[0].note);
    const choices = this.page.lenses.map((lens, k) => {
      const input = element("input", {
        type: "radio",
        name: "lens",
        onchange: () => {
          this.layout = lens.layout;
          note.textContent = lens.note;
          this.showMap();
        },
      });
      input.checked = k === 0;
      return element("label", {}, input, lens.name);
    });
    const group = { class: "choice", role: "radiogroup", "aria-label": _("Lens") };
    return element("div", { class: "lens" }, element("div", group, ...choices), note);
  }

  /** @param {string} name of a pane */
  open(name) {
    PANES.forEach((pane, k) => {
      const tab = this.tabs.children[k];
      tab.setAttribute("aria-selected", String(pane === name));
      this.panes[pane].hidden = pane !== name;
    });
    this.arithmetic.show();
  }

  show() {
    const { session, page } = this;
    const source = sourceName(session.recipe.source);
    this.undo.disabled = !session.past.length;
    this.redo.disabled = !session.future.length;
    this.onShow(session.recipe);
    this.askAbout();
    this.closeEditor = mountEditor({
      parentElement: this.editor.root,
      data: { ...page.editor, ...this.about, ...session.told, source },
      setStateValue() {},
      setTriggerValue: (_name, messages) => {
        this.told.textContent = "";
        session.take(/** @type {any} */ (messages));
      },
    });
    this.showMap();
    this.arithmetic.show();
  }

  // Ask what the sliders tell of this face; ticks follow when it is answered.
  async askAbout() {
    const { recipe } = this.session;
    const asked = JSON.stringify([recipe.source, recipe.method, recipe.locks]);
    if (asked === this.aboutOf) return;
    this.aboutOf = asked;
    const { ticks, removed } = await this.ask({ about: recipe }).catch(() => this.page.editor);
    if (asked !== this.aboutOf) return;
    this.about = { ticks, removed };
    this.show();
  }

  showMap() {
    const { session, page, layout, selected } = this;
    const { source } = session.recipe;
    this.closeMap = mountMap({
      parentElement: this.map.root,
      data: {
        ...page.map,
        layout,
        selected,
        picked: source.kind === "picture" ? source.value : null,
        session: SESSION,
        revision: this.heard,
      },
      setStateValue() {},
      setTriggerValue: (_name, messages) => this.hear(/** @type {any} */ (messages)),
    });
  }

  /**
   * What was done on the map; what was heard before is told again.
   * @param {({ revision: number } & MapMessage)[]} messages
   */
  hear(messages) {
    const fresh = messages.filter(({ revision }) => revision > this.heard);
    this.heard = Math.max(this.heard, ...messages.map(({ revision }) => revision));
    for (const message of fresh) this.follow(message);
    this.showMap();
  }

  /** @param {MapMessage} message of the map */
  async follow(message) {
    if ("picked" in message) this.session.setSource({ kind: "picture", value: message.picked });
    else if ("selected" in message) this.selected = message.selected;
    else if ("taken" in message) {
      const { code } = await this.ask({ take: message.taken });
      this.session.setSource({ kind: "code", value: code });
    }
  }

  /**
   * A question that the page itself has.
   * @param {import("./types.d.ts").Asked} what
   * @returns {Promise<any>}
   */
  async ask(what) {
    const text = await this.answering.ask(JSON.stringify({ number: 0, ...what }));
    const answer = typeof text === "string" ? JSON.parse(text) : {};
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  /** @param {Recipe} recipe */
  async problem(recipe) {
    try {
      await this.ask({ sum: [{ weight: 1, recipe }] });
    } catch (error) {
      return /** @type {Error} */ (error).message;
    }
    return "";
  }

  /** @param {Source} source */
  fresh(source) {
    return freshFace(this.session.recipe, source, this.page.editor.rules);
  }

  savePicture() {
    const face = /** @type {HTMLCanvasElement} */ (
      this.editor.root.querySelector(`[aria-label="${_("Edited face")}"]`)
    );
    savePicture(face, `${sourceName(this.session.recipe.source).toLowerCase()}.png`);
  }
}
