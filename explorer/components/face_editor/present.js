// Present mode: map and face in large type, for the back of a room. Key F begins and ends it, Escape
// ends it. The page's own styles (explorer/page/explore/explore.css) hide the rest.

import { _ } from "../language.js";
import { element } from "../live_socket.js";

const PRESENTING = "presenting";
const CORNERS =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/></svg>';

export class Present {
  /** @param {HTMLElement} root of the editor */
  constructor(root) {
    this.root = root;
    this.button = element("button", {
      type: "button",
      class: "on-face present",
      "aria-label": _("Present"),
      "aria-pressed": "false",
      "aria-keyshortcuts": "F",
      title: _("Large, for a room (key F; Escape ends it)"),
      onclick: () => this.toggle(),
    });
    this.button.innerHTML = CORNERS;
    this.ended = () => !document.fullscreenElement && this.on && this.set(false);
    document.addEventListener("fullscreenchange", this.ended);
  }

  get on() {
    return document.documentElement.classList.contains(PRESENTING);
  }

  toggle() {
    this.set(!this.on);
    const page = document.documentElement;
    // Where a browser does not give the whole screen, the window has to do.
    if (this.on) page.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  }

  /** @param {boolean} on */
  set(on) {
    document.documentElement.classList.toggle(PRESENTING, on);
    this.root.classList.toggle(PRESENTING, on);
    this.button.setAttribute("aria-pressed", String(on));
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it was meant
   */
  takes(key) {
    if (key === "f") this.toggle();
    else if (key === "escape" && this.on) this.toggle();
    else return false;
    return true;
  }

  close() {
    document.removeEventListener("fullscreenchange", this.ended);
    this.set(false);
  }
}
