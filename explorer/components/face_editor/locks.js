// What attribute sliders have besides: the method of their vectors, locks that hold an attribute
// still while others move, and what is known about each.

import { signed } from "../amounts.js";
import { _, n_ } from "../language.js";
import { element } from "../live_socket.js";
import { locksOf, withLocks } from "../recipe.js";
import { MethodChoice } from "./method_choice.js";

const LEAST_SHARE = 0.05; // a lock that removes less of a vector is not worth a word
const PADLOCK =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="3" y="7" width="10" height="7" rx="1.5"/>' +
  '<path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none"/></svg>';

/**
 * @import { Bank, EditorData, KnownSlider, Recipe, Tick } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 * @import { Slider } from "./slider_banks.js"
 */
/** @typedef {Pick<EditorData, "methods" | "curve" | "removed">} LocksData */

/**
 * Of a slider that can be held or is told about.
 * @typedef {object} Row
 * @property {string} bank
 * @property {string} name
 * @property {string} label
 * @property {HTMLElement} text
 * @property {HTMLElement | null} lock
 * @property {HTMLElement} share
 */

export class Locks {
  /** @type {EditorData["removed"]} */
  removed;

  /**
   * @param {FaceEditor} editor
   * @param {LocksData} data
   */
  constructor(editor, data) {
    this.editor = editor;
    /** @type {Row[]} */
    this.rows = []; // of the banks that were built
    this.method = new MethodChoice(editor, data);
    this.release = element("button", {
      type: "button",
      class: "small",
      onclick: () => this.hold([]),
    });
    this.root = element("div", { class: "method" }, this.release, this.method.root);
    this.card = element("div", { class: "facts", popover: "auto", role: "dialog", tabindex: -1 });
    this.update(data);
  }

  // Rows are made anew with their banks.
  clear() {
    this.rows = [];
  }

  /** @param {Pick<LocksData, "removed">} data */
  update({ removed }) {
    this.removed = removed;
    this.show();
  }

  /** @param {Recipe} recipe */
  change(recipe) {
    this.editor.open(recipe);
    this.show();
  }

  /** @param {string[]} locks */
  hold(locks) {
    this.change(withLocks(this.editor.recipe, locks, this.editor.rules));
  }

  /** @param {string} name */
  toggle(name) {
    const locks = locksOf(this.editor.recipe);
    const others = locks.filter((lock) => lock !== name);
    this.hold(others.length < locks.length ? others : [...locks, name]);
  }

  /**
   * Give a row of SliderBanks what attributes have besides.
   * @param {Slider} slider
   * @param {KnownSlider} known
   * @param {() => Tick[]} ticks
   */
  decorate(slider, { label, facts }, ticks) {
    if (!facts.length) return;
    const { bank, lockable, name, row, input } = slider;
    const text = /** @type {HTMLElement} */ (row.querySelector(".name"));
    const share = element("small", { class: "share" });
    const about = element(
      "button",
      {
        type: "button",
        class: "about-slider",
        "aria-label": _("About {label}", { label }),
        tabindex: -1, // its key on the slider is I
        onclick: () => this.tell(slider, label, facts, ticks()),
      },
      element("span", {}, ...text.childNodes),
      share
    );
    text.replaceChildren(about);
    /** @type {Record<string, () => void>} */
    const keys = { i: () => about.click() };
    const lock = lockable ? this.padlock(name, label) : null;
    if (lock) {
      row.append(lock);
      keys.l = () => lock.click();
    }
    input.setAttribute("aria-keyshortcuts", Object.keys(keys).join(" ").toUpperCase());
    input.addEventListener("keydown", (event) => {
      const act =
        event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
    this.rows.push({ bank, name, label, text, lock, share });
  }

  /**
   * @param {string} name
   * @param {string} label
   */
  padlock(name, label) {
    const lock = element("button", {
      type: "button",
      class: "lock",
      "aria-label": _("Hold {label}", { label }),
      title: _("Hold {label} still while other sliders move", { label }),
      onclick: () => this.toggle(name),
    });
    lock.innerHTML = PADLOCK;
    return lock;
  }

  /**
   * The popover about one slider, under its name.
   * @param {Slider} slider
   * @param {string} label
   * @param {string[]} facts
   * @param {Tick[]} ticks
   */
  tell({ row, finish }, label, facts, ticks) {
    const set = ticks
      .filter(({ kind }) => kind === "without" || kind === "with")
      .map(({ at, kind }) =>
        element(
          "button",
          {
            type: "button",
            class: "small",
            onclick: () => {
              finish(at);
              this.card.hidePopover();
            },
          },
          kind === "with"
            ? _("Set to typical with ({amount})", { amount: signed(at) })
            : _("Set to typical without ({amount})", { amount: signed(at) })
        )
      );
    this.card.setAttribute("aria-label", _("About {label}", { label }));
    this.card.replaceChildren(
      element("strong", {}, label),
      ...facts.map((line) => element("p", {}, line)),
      element("div", { class: "set" }, ...set)
    );
    const box = row.getBoundingClientRect();
    this.card.showPopover();
    const below = Math.min(box.bottom, window.innerHeight - this.card.offsetHeight - 8);
    this.card.style.top = `${Math.max(8, below)}px`;
    this.card.style.left = `${box.left}px`;
    this.card.focus();
  }

  /**
   * The bank that is open: whether there is a choice of methods, and whether locks hold it.
   * @param {Bank} bank
   */
  open({ by_method: byMethod, held }) {
    this.method.root.hidden = !byMethod;
    this.root.hidden = !byMethod && !held;
  }

  show() {
    const locks = locksOf(this.editor.recipe);
    this.method.show();
    this.release.hidden = !locks.length;
    const count = locks.length;
    this.release.textContent = n_("Release the lock", "Release {count} locks", count, { count });
    for (const { bank, name, label, text, lock, share } of this.rows) {
      lock?.setAttribute("aria-pressed", String(locks.includes(name)));
      const removed = this.removed[bank]?.[name] ?? 0;
      const told = removed >= LEAST_SHARE ? `−${Math.round(100 * removed)}%` : "";
      share.textContent = told;
      text.title = told
        ? _("{label}: what is held takes {share} of this vector away", {
            label,
            share: told.slice(1),
          })
        : label;
    }
  }
}
