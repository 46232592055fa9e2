// Copies the address of the face at hand. That of somebody's photo asks first: the link would hold it.

import { addressWith } from "../address.js";
import { _, N_ } from "../language.js";
import { element } from "../live_socket.js";

/**
 * @import { EditorData } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const TOLD_FOR = 2000; // ms
const ASKS = N_(
  "This face is made from a photo. Who has the link can see it. Copy the link all the same?"
);
const CHAIN =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1"/>' +
  '<path d="M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"/></svg>';

export class CopyLink {
  link = ""; // query parameter
  address = ""; // its text

  /**
   * @param {FaceEditor} editor
   * @param {EditorData} data
   */
  constructor(editor, data) {
    this.editor = editor;
    this.update(data);
    this.button = element("button", {
      type: "button",
      class: "on-face link",
      "aria-label": _("Copy link"),
      title: _("Copy a link to this face and its edits"),
      onclick: () => this.copy(),
    });
    this.button.innerHTML = CHAIN;
  }

  /** @param {EditorData} data */
  update({ link, address, private: isPrivate }) {
    this.link = link;
    this.address = address;
    this.isPrivate = isPrivate;
  }

  async copy() {
    if (this.isPrivate && !window.confirm(_(ASKS))) return;
    const url = addressWith(this.link, this.address);
    try {
      await navigator.clipboard.writeText(url);
      this.editor.status.textContent = _("The link is copied.");
    } catch {
      window.prompt(_("Copy this link:"), url); // a page without https may not write there
      return;
    }
    setTimeout(() => (this.editor.status.textContent = ""), TOLD_FOR);
  }
}
