// Mean or sharp: which renderer draws the faces. A switch of two, where the run has both.

import { _ } from "../language.js";
import { element } from "../live_socket.js";
import { rendererOf } from "../recipe.js";

/**
 * @import { KnownRenderer } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

export class RendererSwitch {
  /**
   * @param {FaceEditor} editor
   * @param {KnownRenderer[]} renderers none where there is nothing to choose
   */
  constructor(editor, renderers) {
    this.editor = editor;
    this.parts = renderers.map(({ name, label, hint }) => {
      const input = element("input", {
        type: "radio",
        name: "renderer",
        value: name,
        onchange: () => editor.drawBy(name),
      });
      return {
        name,
        input,
        root: element(
          "label",
          { title: _("{label}: {hint} Key M switches.", { label, hint }) },
          input,
          label
        ),
      };
    });
    this.root = element(
      "div",
      {
        class: "choices",
        role: "radiogroup",
        "aria-label": _("Renderer"),
        "aria-keyshortcuts": "M",
      },
      ...this.parts.map(({ root }) => root)
    );
    this.root.hidden = !renderers.length;
    this.show();
  }

  // The renderer of the recipe.
  show() {
    for (const { name, input } of this.parts) input.checked = name === this.chosen;
  }

  get chosen() {
    return rendererOf(this.editor.recipe, this.editor.rules);
  }

  // On to the other one.
  next() {
    if (!this.parts.length) return;
    const at = this.parts.findIndex(({ name }) => name === this.chosen);
    this.editor.drawBy(this.parts[(at + 1) % this.parts.length].name);
  }
}
