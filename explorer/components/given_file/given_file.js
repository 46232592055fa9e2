// A place for a file; see __init__.py.

import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { Camera } from "./camera.js";
import { base64, TooLarge, toSend } from "./shrink.js";

/** @import { GivenFileData, Mounting } from "../types.d.ts" */

class GivenFile {
  /** @type {GivenFileData} */
  data;
  /** @type {(file: { name: string, content: string, number: string } | null) => void} */
  tell; // given by who mounts it
  /** @type {HTMLInputElement} */
  input;
  /** @type {HTMLInputElement} */
  shot; // on a phone it opens the camera
  /** @type {HTMLElement} */
  place;
  count = 0; // of files that were given here
  id = Math.random().toString(36).slice(2);

  /**
   * @param {HTMLElement} parent
   * @param {GivenFileData} data
   */
  constructor(parent, data) {
    const isPhoto = data.side !== null;
    this.input = element("input", {
      type: "file",
      hidden: "",
      onchange: () => this.chosen(this.input),
    });
    this.shot = element("input", {
      type: "file",
      hidden: "",
      accept: "image/*",
      capture: "user",
      onchange: () => this.chosen(this.shot),
    });
    this.label = element("span", { class: "label", id: "label" });
    this.button = element("button", {
      type: "button",
      "aria-describedby": "label",
      onclick: () => this.input.click(),
    });
    this.camera = new Camera(
      (picture) => this.give(picture, "camera.jpg"),
      (problem) => this.say(problem, true)
    );
    const camera = element(
      "button",
      { type: "button", onclick: () => this.photograph() },
      _("Camera")
    );
    camera.hidden = !isPhoto;
    this.hint = element(
      "span",
      { class: "hint" },
      isPhoto ? _("or drop or paste it") : _("or drop it")
    );
    this.away = element(
      "button",
      {
        type: "button",
        class: "away",
        "aria-label": _("Take the file away"),
        onclick: () => this.drop(),
      },
      "✕"
    );
    this.away.hidden = true;
    this.status = element("output", { class: "status" });
    this.place = element(
      "div",
      {
        class: "place",
        ondragover: (event) => {
          event.preventDefault();
          this.place.classList.add("over");
        },
        ondragleave: () => this.place.classList.remove("over"),
        ondrop: (event) => {
          event.preventDefault();
          this.place.classList.remove("over");
          this.take(event.dataTransfer?.files);
        },
      },
      this.button,
      camera,
      this.hint,
      this.status,
      this.away
    );
    this.root = element(
      "div",
      { class: "given-file" },
      this.label,
      this.place,
      this.camera.root,
      this.input,
      this.shot
    );
    parent.append(this.root);
    /** @param {ClipboardEvent} event */
    this.pasted = (event) => this.take(event.clipboardData?.files);
    if (isPhoto) document.addEventListener("paste", this.pasted);
    this.update(data);
  }

  /** @param {GivenFileData} data */
  update(data) {
    this.data = data;
    this.label.textContent = data.label;
    this.button.textContent = data.side === null ? _("Choose a file") : _("Choose a photo");
    this.input.accept = data.endings.map((ending) => `.${ending}`).join(",");
  }

  photograph() {
    const byHand = window.matchMedia("(pointer: coarse)").matches || !Camera.isThere;
    if (byHand) this.shot.click();
    else this.camera.open();
  }

  /** @param {HTMLInputElement} input */
  chosen(input) {
    this.take(input.files);
    input.value = ""; // so that the same one can be chosen again
  }

  /** @param {FileList | null | undefined} files */
  take(files) {
    if (files?.length) this.give(files[0], files[0].name);
  }

  /**
   * @param {Blob} file
   * @param {string} name
   */
  async give(file, name) {
    const { most, side } = this.data;
    const number = `${this.id}-${++this.count}`;
    this.say(_("Reading …"));
    try {
      const content = await base64(await toSend(file, most, side));
      if (number !== `${this.id}-${this.count}`) return; // another one was given meanwhile
      this.tell({ name, content, number });
      this.say(name);
      this.away.hidden = side !== null;
    } catch (error) {
      if (error instanceof TooLarge) this.say(error.message, true);
      else
        this.say(
          _("It cannot be read: {reason}", { reason: /** @type {Error} */ (error).message }),
          true
        );
    }
  }

  drop() {
    this.count++;
    this.tell(null);
    this.say("");
    this.away.hidden = true;
  }

  /**
   * @param {string} text
   * @param {boolean} [isProblem]
   */
  say(text, isProblem = false) {
    this.status.textContent = text;
    this.status.title = text;
    this.status.classList.toggle("problem", isProblem);
    this.hint.hidden = text !== "";
  }

  close() {
    document.removeEventListener("paste", this.pasted);
    this.count++; // what is still read is not wanted
    this.camera.close();
    this.root.remove();
  }
}

/** @type {WeakMap<HTMLElement, GivenFile>} */
const places = new WeakMap();

/** @param {Mounting<GivenFileData>} mounting */
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  let place = places.get(parentElement);
  if (!place) {
    place = new GivenFile(parentElement, data);
    places.set(parentElement, place);
  }
  place.tell = (file) =>
    data.side === null ? setStateValue("file", file) : setTriggerValue("photo", file);
  place.update(data);
  return () => {
    place.close();
    places.delete(parentElement);
  };
}
