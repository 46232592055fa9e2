// The wish for a file, one at a time, made again until the file is here.

/** @import { DownloadData } from "../types.d.ts" */

export class Wish {
  /** @type {(wish: string) => void} */
  tell = () => {}; // given by who mounts the button
  /** @type {string | null} */
  open = null; // what is not answered
  count = 0; // of wishes
  id = Math.random().toString(36).slice(2);

  make() {
    this.open = `${this.id}-${++this.count}`;
    this.tell(this.open);
  }

  /**
   * The file, when it is the one that is wished for. A file is told once: where what was drawn next
   * overwrote it before it came here, it is wished for anew.
   * @param {DownloadData} data
   * @returns {string | undefined}
   */
  answer({ answered, content }) {
    if (this.open === null || answered !== this.open) return undefined;
    if (content === undefined) this.make();
    else this.open = null;
    return content;
  }
}
