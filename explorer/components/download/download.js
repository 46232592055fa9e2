// A button that saves a file which Python makes when it is pressed; see __init__.py.

import { element } from "../live_socket.js";

/** @import { DownloadData, Mounting } from "../types.d.ts" */

class Download {
  /** @type {(wish: string) => void} */
  tell; // given by who mounts it
  /** @type {string | null} */
  wish = null; // that is not answered
  count = 0; // of wishes
  id = Math.random().toString(36).slice(2);

  /**
   * @param {HTMLElement} parent
   * @param {DownloadData} data
   */
  constructor(parent, data) {
    this.button = element("button", { type: "button", onclick: () => this.want() });
    this.root = element("div", { class: "download" }, this.button);
    parent.append(this.root);
    this.update(data);
  }

  /** @param {DownloadData} data */
  update({ label, name, about, kind, wish, content }) {
    this.button.textContent = `↓ ${label}`;
    this.button.title = about;
    this.button.setAttribute("aria-label", label);
    if (content === undefined || wish !== this.wish) return;
    this.wish = null;
    this.button.classList.remove("waiting");
    save(new Blob([bytes(content)], { type: kind }), name);
  }

  // Pressed once more, it is asked for anew: what was asked for may be lost.
  want() {
    this.wish = `${this.id}-${++this.count}`;
    this.button.classList.add("waiting");
    this.tell(this.wish);
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
  download.tell = (wish) => setTriggerValue("wanted", wish);
  download.update(data);
  return () => {
    download.close();
    downloads.delete(parentElement);
  };
}
