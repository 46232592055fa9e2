// A button that saves a file which Python makes when it is pressed; see __init__.py.

import { element } from "../live_socket.js";
import { Wish } from "./wish.js";

/** @import { DownloadData, Mounting } from "../types.d.ts" */

/** @type {Map<string, Wish>} */
const wishes = new Map(); // of each button, which the page may take away and make anew meanwhile

class Download {
  /**
   * @param {HTMLElement} parent
   * @param {DownloadData} data
   */
  constructor(parent, data) {
    this.wish = wishes.get(data.button) ?? new Wish();
    wishes.set(data.button, this.wish);
    this.button = element("button", { type: "button", onclick: () => this.want() });
    this.root = element("div", { class: "download" }, this.button);
    parent.append(this.root);
    this.update(data);
  }

  /** @param {DownloadData} data */
  update(data) {
    const { label, name, about, kind } = data;
    this.button.textContent = `↓ ${label}`;
    this.button.title = about;
    this.button.setAttribute("aria-label", label);
    const content = this.wish.answer(data);
    if (content !== undefined) save(new Blob([bytes(content)], { type: kind }), name);
    this.button.classList.toggle("waiting", this.wish.open !== null);
  }

  // Pressed once more, it is asked for anew: what was asked for may be lost.
  want() {
    this.wish.make();
    this.button.classList.add("waiting");
  }

  close() {
    this.root.remove();
  }
}

/** @param {string} base64 */
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const href = URL.createObjectURL(file);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** @type {WeakMap<HTMLElement, Download>} */
const downloads = new WeakMap();

/** @param {Mounting<DownloadData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let download = downloads.get(parentElement);
  if (!download) {
    download = new Download(parentElement, data);
    downloads.set(parentElement, download);
  }
  download.wish.tell = (wish) => setTriggerValue("wanted", wish);
  download.update(data);
  return () => {
    download.close();
    downloads.delete(parentElement);
  };
}
