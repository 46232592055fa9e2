// Arithmetic on faces: A − B + C, where each is a face or the mean of a group; the result can be
// edited.

import { _, n_ } from "../components/language.js";
import { element, LiveSocket, liveUrl, paint } from "../components/live_socket.js";
import { freshFace, rendererOf } from "../components/recipe.js";

/**
 * @import { Recipe } from "../components/types.d.ts"
 * @import { Term } from "./types.d.ts"
 */

/**
 * @typedef {object} Host the page, as far as it is needed here
 * @property {import("./types.d.ts").PageData} page
 * @property {import("./session.js").Session} session
 * @property {(what: import("./types.d.ts").Asked) => Promise<any>} ask
 */

const SIGNS = ["", "−", "+"];
const WEIGHTS = [1, -1, 1];
const FIRST = ["face", "without:Eyeglasses", "with:Eyeglasses"];

export class Arithmetic {
  /** @type {LiveSocket | undefined} */
  live;

  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    this.turn = 0;
    this.code = "";
    this.shown = ""; // what was asked last
    this.said = element("p", { class: "note", role: "status" });
    this.operands = SIGNS.map((sign, k) => this.operand(sign, k));
    this.result = face(_("Result"));
    this.take = element(
      "button",
      { type: "button", onclick: () => this.edit(), title: _("Make the result the edited face") },
      _("Edit this face")
    );
    this.root = element(
      "div",
      { class: "arithmetic" },
      element(
        "p",
        { class: "note" },
        _(
          "Faces are added and subtracted as codes. A group is the mean code of all faces of the " +
            "map with an attribute, or without it."
        )
      ),
      element(
        "div",
        { class: "sum" },
        ...this.operands.map(({ root }) => root),
        element("div", { class: "term" }, element("b", {}, "="), this.result, this.take)
      ),
      this.said
    );
  }

  /**
   * @param {string} sign
   * @param {number} k
   */
  operand(sign, k) {
    const { groups } = this.host.page;
    const select = element("select", {
      "aria-label": _("Operand {letter}", { letter: "ABC"[k] }),
      onchange: () => this.show(),
    });
    /** @param {string} value @param {string} text */
    const option = (value, text) => element("option", { value }, text);
    select.append(option("face", _("The edited face")), option("mean", _("Mean face")));
    for (const [has, label] of [
      ["with", _("Faces with")],
      ["without", _("Faces without")],
    ]) {
      const all = groups.map(({ name, title }) =>
        option(`${has}:${name}`, has === "with" ? title : _("not {title}", { title }))
      );
      select.append(element("optgroup", { label }, ...all));
    }
    select.value = FIRST[k];
    if (select.selectedIndex < 0) select.selectedIndex = k ? 2 : 0;
    const canvas = face(_("Face {name}", { name: "ABC"[k] }));
    const root = element("div", { class: "term" }, element("b", {}, sign), canvas, select);
    return { select, canvas, root };
  }

  /** @param {number} k @returns {Term} */
  term(k) {
    const { recipe } = this.host.session;
    const [kind, attribute] = this.operands[k].select.value.split(/:(.*)/);
    const weight = WEIGHTS[k];
    if (kind === "face") return { weight, recipe };
    if (kind === "mean") return { weight, recipe: this.fresh({ kind: "mean", value: null }) };
    return { weight, attribute, has: kind === "with" };
  }

  /** @param {Recipe["source"]} source */
  fresh(source) {
    const { renderer } = this.host.session.recipe;
    const plain = this.host.page.editor.rules.plain;
    return freshFace({ ...plain, renderer }, source, this.host.page.editor.rules);
  }

  // Compute and draw, where it is seen.
  async show() {
    if (!this.root.offsetParent) return;
    const terms = this.operands.map((_, k) => this.term(k));
    const { recipe } = this.host.session;
    const asked = JSON.stringify([terms, rendererOf(recipe, this.host.page.editor.rules)]);
    if (asked === this.shown) return;
    this.shown = asked;
    this.turn += 1;
    const { turn } = this;
    try {
      const { code, parts } = await this.host.ask({ sum: terms });
      if (turn !== this.turn) return;
      this.said.textContent = terms
        .flatMap((term, k) => ("attribute" in term ? [counted("ABC"[k], parts[k].faces)] : []))
        .join(" ");
      this.code = code;
      this.draw([...parts.map((/** @type {{ code: string }} */ part) => part.code), code]);
    } catch (error) {
      this.said.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {string[]} codes */
  draw(codes) {
    const { live } = this.host.page.editor;
    this.live ??= new LiveSocket(liveUrl(live.path), () => {}, live);
    const canvases = [...this.operands.map(({ canvas }) => canvas), this.result];
    const recipes = codes.map((value) => this.fresh({ kind: "code", value }));
    this.live.request("sum", recipes, (images, _, at) =>
      images.forEach((image, k) => paint(canvases[at + k], image))
    );
  }

  close() {
    this.live?.close();
  }

  edit() {
    if (!this.code) return;
    const { session, page } = this.host;
    const source = /** @type {const} */ ({ kind: "code", value: this.code });
    session.set(freshFace(session.recipe, source, page.editor.rules));
  }
}

/**
 * @param {string} letter of an operand
 * @param {number} faces
 */
const counted = (letter, faces) =>
  n_("{letter}: {count} face.", "{letter}: {count} faces.", faces, {
    letter,
    count: faces.toLocaleString("en"),
  });

/** @param {string} name */
const face = (name) =>
  element("canvas", { role: "img", "aria-label": name, width: 64, height: 64 });
